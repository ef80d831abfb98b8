#include <cstdio>
#include <exception>
#include <string>

#include "compiler/diagnostics/version.h"
#include "runtime/cli/command.h"

namespace {

// Whether there is such a subcommand; says which there are where not.
bool knows(const CLI::App& app, const std::string& word) {
  std::string known;
  for (const CLI::App* command : app.get_subcommands(std::function<bool(const CLI::App*)>())) {
    if (command->get_name() == word) return true;
    known += (known.empty() ? "" : ", ") + command->get_name();
  }
  std::fprintf(stderr, "stria has no command `%s`; it has: %s\n", word.c_str(), known.c_str());
  return false;
}

int run(int argc, char** argv) {
  using namespace stria::cli;
  set_program_path(argv[0]);
  CLI::App app("Stria: models of neural responses to sound, written down and run.", "stria");
  app.set_version_flag("--version", std::string("stria ") + stria::version() + " (" + stria::commit() + ")");
  app.require_subcommand(1);
  app.failure_message(CLI::FailureMessage::simple);
  Action action;
  add_run(app, action);
  add_check(app, action);
  add_explain(app, action);
  add_fmt(app, action);
  add_bench(app, action);
  if (argc > 1 && argv[1][0] != '-' && !knows(app, argv[1])) return exit_bad_command;
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? exit_done : exit_bad_command;
  }
  return action ? action() : exit_bad_command;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const stria::DataError& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    if (!error.fix.empty()) std::fprintf(stderr, "  = fix: %s\n", error.fix.c_str());
    return stria::cli::exit_wrong_input;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "stria has a bug: %s\nPlease report it together with the spec.\n", error.what());
    return stria::cli::exit_bug;
  }
}

#include <cstdio>
#include <exception>
#include <string>

#include "compiler/diagnostics/version.h"
#include "runtime/cli/command.h"

namespace {

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

// stria fmt: the canonical layout.
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "compiler/syntax/parse.h"
#include "runtime/cli/command.h"

namespace stria::cli {

namespace {

int format_specs(const std::vector<std::string>& specs, bool check_only) {
  bool errors = false, differs = false;
  for (const auto& path : specs) {
    Diagnostics diagnostics;
    Modules modules({}, compile_options({}).standard_library, diagnostics);
    const Module* module = modules.load_spec(path);
    if (diagnostics.has_errors() || !module) {
      print_messages(diagnostics);
      errors = true;
      continue;
    }
    const std::string text = format(module->tree);
    if (text == module->file.text) continue;
    differs = true;
    if (check_only) {
      std::fprintf(stderr, "%s is not in canonical layout\n", path.c_str());
      continue;
    }
    const std::string temporary = path + ".new";
    {
      std::ofstream out(temporary, std::ios::binary);
      out << text;
      if (!out) throw DataError("cannot write `" + temporary + "`", "is the folder writable?");
    }
    std::filesystem::rename(temporary, path);
  }
  return errors || (check_only && differs) ? exit_wrong_input : exit_done;
}

}  // namespace

void add_fmt(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand("fmt", "write specs in the canonical layout");
  auto specs = std::make_shared<std::vector<std::string>>();
  auto check_only = std::make_shared<bool>(false);
  command->add_option("spec", *specs, "spec files")->required();
  command->add_flag("--check", *check_only, "change nothing; say which files differ");
  command->callback([=, &action] { action = [=] { return format_specs(*specs, *check_only); }; });
}

}  // namespace stria::cli

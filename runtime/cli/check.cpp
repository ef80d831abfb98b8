// stria check: parse, names, types, units, shapes; no data are read.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "runtime/cli/command.h"

namespace stria::cli {

namespace {

struct CheckOptions {
  std::vector<std::string> specs;
  std::string format = "text";
  bool apply = false;
  SpecOptions spec;
};

// Makes the certain fixes of one file, last place first so that earlier places stay where they are.
int apply_edits(const std::vector<Diagnostic>& diagnostics, const SourceFile& file) {
  std::vector<Edit> edits;
  for (const auto& diagnostic : diagnostics)
    for (const auto& fix : diagnostic.fixes)
      if (!fix.edits.empty() && std::all_of(fix.edits.begin(), fix.edits.end(),
                                            [&](const Edit& edit) { return edit.range.file == &file; })) {
        edits.insert(edits.end(), fix.edits.begin(), fix.edits.end());
        break;
      }
  std::sort(edits.begin(), edits.end(),
            [](const Edit& a, const Edit& b) { return a.range.begin > b.range.begin; });
  std::string text = file.text;
  uint32_t last = static_cast<uint32_t>(text.size()) + 1;
  int made = 0;
  for (const auto& edit : edits) {
    if (edit.range.end > last || edit.range.end > text.size()) continue;
    text.replace(edit.range.begin, edit.range.end - edit.range.begin, edit.replacement);
    last = edit.range.begin;
    ++made;
  }
  if (made == 0) return 0;
  const std::string temporary = file.path + ".new";
  {
    std::ofstream out(temporary, std::ios::binary);
    out << text;
    if (!out) throw DataError("cannot write `" + temporary + "`", "is the folder writable?");
  }
  std::filesystem::rename(temporary, file.path);
  return made;
}

int check(const CheckOptions& options) {
  bool errors = false;
  const std::map<std::string, Format> formats{
      {"text", Format::text}, {"short", Format::short_line}, {"json", Format::json}};
  std::vector<std::unique_ptr<Compiler>> compilers;
  std::vector<Diagnostic> all;
  for (const auto& spec : options.specs) {
    Diagnostics diagnostics;
    compilers.push_back(std::make_unique<Compiler>(spec, compile_options(options.spec), diagnostics));
    compilers.back()->check();
    errors = errors || diagnostics.has_errors();
    const auto sorted = diagnostics.sorted();
    all.insert(all.end(), sorted.begin(), sorted.end());
    if (options.apply && compilers.back()->spec()) {
      const int made = apply_edits(sorted, compilers.back()->spec()->file);
      if (made > 0)
        std::fprintf(stderr, "%s: %d fix%s made; check again\n", spec.c_str(), made, made == 1 ? "" : "es");
    }
  }
  const Format format = formats.at(options.format);
  const std::string text = render(all, {format, format == Format::text && wants_colour(2), most_messages});
  if (format == Format::json)
    std::fputs(text.c_str(), stdout);
  else
    std::fputs(text.c_str(), stderr);
  return errors ? exit_wrong_input : exit_done;
}

}  // namespace

void add_check(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand("check", "check specs without running them; no data are read");
  auto options = std::make_shared<CheckOptions>();
  command->add_option("spec", options->specs, "spec files")->required();
  command->add_flag("--apply", options->apply, "make the fixes that are certain");
  command->add_option("--format", options->format, "text, short or json")
      ->check(CLI::IsMember({"text", "short", "json"}));
  add_spec_options(*command, options->spec);
  command->callback([options, &action] { action = [options] { return check(*options); }; });
}

}  // namespace stria::cli

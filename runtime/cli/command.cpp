#include "runtime/cli/command.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace stria::cli {

namespace {
std::string program_path;
}

void set_program_path(std::string path) {
  char resolved[4096];
  const ssize_t length = readlink("/proc/self/exe", resolved, sizeof(resolved) - 1);
  program_path = length > 0 ? std::string(resolved, static_cast<size_t>(length)) : std::move(path);
}

void add_spec_options(CLI::App& command, SpecOptions& options) {
  command.add_option("--set", options.overrides, "change one item: NAME.ITEM=VALUE, as often as needed")
      ->expected(1)
      ->take_all();
  command.add_option("--path", options.search, "a folder where `use` looks for files")
      ->expected(1)
      ->take_all();
}

CompileOptions compile_options(const SpecOptions& options) {
  return {options.search, default_standard_library(program_path), options.overrides};
}

bool wants_colour(int file_descriptor) {
  return isatty(file_descriptor) == 1 && std::getenv("NO_COLOR") == nullptr;
}

void report_data_error(const DataError& error, Diagnostics& diagnostics) {
  auto& message = diagnostics.report(Kind::bad_data, error.where, error.what());
  if (error.where.known()) message.mark("asked for here");
  if (!error.fix.empty()) message.fix(error.fix);
}

void print_messages(const Diagnostics& diagnostics) {
  const auto all = diagnostics.sorted();
  if (all.empty()) return;
  std::fputs(render(all, {Format::text, wants_colour(STDERR_FILENO), most_messages}).c_str(), stderr);
}

int wrong_input(const Diagnostics& diagnostics) {
  print_messages(diagnostics);
  return exit_wrong_input;
}

}  // namespace stria::cli

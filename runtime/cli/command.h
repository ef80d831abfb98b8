// The `stria` command: one file a subcommand. Exit codes (cli.md): 0 done, 1 the spec or the data is wrong, 2
// a bad command line, 3 interrupted, 4 a member diverged, 70 a bug of ours.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "compiler/sema/compile.h"

namespace stria::cli {

enum ExitCode {
  exit_done = 0,
  exit_wrong_input = 1,
  exit_bad_command = 2,
  exit_interrupted = 3,
  exit_diverged = 4,
  exit_bug = 70
};

// What a subcommand does once the command line is read.
using Action = std::function<int()>;

// Each adds its subcommand and says, in `action`, what to do if it is the one.
void add_run(CLI::App& app, Action& action);
void add_check(CLI::App& app, Action& action);
void add_explain(CLI::App& app, Action& action);
void add_fmt(CLI::App& app, Action& action);
void add_bench(CLI::App& app, Action& action);

// ---------------------------------------------------------------- shared by subcommands
struct SpecOptions {
  std::vector<std::string> search;     // --path
  std::vector<std::string> overrides;  // --set
};
void add_spec_options(CLI::App& command, SpecOptions& options);
CompileOptions compile_options(const SpecOptions& options);

// Prints all messages to stderr as text, in colour on a terminal that wants it.
void print_messages(const Diagnostics& diagnostics);
int wrong_input(const Diagnostics& diagnostics);  // prints them; exit_wrong_input
// Messages that a person can take in at once: more are counted, and found again when these are mended.
inline constexpr size_t most_messages = 20;
bool wants_colour(int file_descriptor);
// Reports what is wrong with the data as a message, with the place in the spec that asked for it.
void report_data_error(const DataError& error, Diagnostics& diagnostics);

// Where the program lies, for finding the standard library.
void set_program_path(std::string path);

}  // namespace stria::cli

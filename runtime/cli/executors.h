// The executors that a command can be told to use, by name.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "runtime/report/run.h"

namespace stria::cli {

// --executor plan|reference; `name` holds the default.
void add_executor_option(CLI::App& command, std::string& name);

// What makes a member's executor. Members of one model share its compiled plans.
report::ExecutorFactory executor_factory(const std::string& name);

}  // namespace stria::cli

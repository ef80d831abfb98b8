// The executors that a command can be told to use, by name.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "runtime/exec/executor.h"
#include "runtime/report/run.h"

namespace CLI {
class App;
}

namespace stria::cli {

// --executor plan|reference; `name` holds the default.
void add_executor_option(CLI::App& command, std::string& name);

// Threads that each of `n_members` members uses of `n_threads` (0: one a core): several where there are more
// than members, for an executor that can use them; results do not depend on it.
int threads_a_member(const std::string& executor, int n_threads, size_t n_members);

// Models compiled once, however many members and protocols have them. Safe to use from several threads at
// once. The first program of each meaning must outlive it.
class SharedModels {
 public:
  const exec::CompiledModel& of(const ModelProgram& program);

 private:
  std::mutex mutex_;
  std::map<const ModelProgram*, const exec::CompiledModel*> by_program_;
  std::map<std::string, std::unique_ptr<exec::CompiledModel>> by_meaning_;
};

// What makes a member's executor, and says what memory it takes. Members of one model share its plans.
struct Executors {
  report::ExecutorFactory make;
  report::MemoryFunction memory_needs;  // null: not known
};
Executors executors(const std::string& name, int n_threads_a_member);

}  // namespace stria::cli

// A graph compiled to native steps, and the memory they run over.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/codegen/compile.h"
#include "compiler/ir/graph.h"
#include "compiler/plan/layout.h"
#include "runtime/exec/reference.h"
#include "runtime/exec/stretch_rows.h"
#include "runtime/exec/workers.h"

namespace stria::exec {

// One graph, planned and compiled for parts of `lanes` clips. Safe to use from several threads at once.
class PlanProgram {
 public:
  // A plan made for such options (plan/prepare.h makes one of a graph).
  static plan::PlanOptions options(Precision precision, int64_t lanes, const codegen::Target& target);
  PlanProgram(plan::Plan plan, Precision precision, const codegen::Target& target);

  const plan::Plan& plan() const { return plan_; }
  const std::vector<codegen::StepFunction>& steps() const { return compiled_.steps(); }
  int64_t lanes() const { return plan_.options.lanes; }
  int64_t real_bytes() const { return precision_ == Precision::float32 ? 4 : 8; }
  double milliseconds() const { return compiled_.milliseconds(); }  // spent on code

 private:
  Precision precision_;
  plan::Plan plan_;
  codegen::CompiledPlan compiled_;
};

// The arena of one user of a program, for clips of at most `max_bins` bins, `max_clips` at once. `keep` says
// how much of a step lies in memory at once (compiler/plan/stretches.h); results do not hang on it. Used by
// one thread.
class PlanMemory {
 public:
  // n_threads: those of the workers it is run with, at most.
  PlanMemory(const PlanProgram& program, int64_t max_bins, int64_t max_clips,
             plan::Keep keep = plan::Keep::between_phases, int n_threads = 1);

  // Where the numbers of a parameter or model buffer lie, row-major; they stay the caller's.
  void bind(std::string_view argument, void* numbers) { bind(argument_index(argument), numbers); }
  void bind(size_t argument, void* numbers);
  // Where a result's numbers go, instead of into the arena: the caller's, with 64 bytes to spare behind them.
  // For those that the plan makes as one array of their own.
  bool can_bind(size_t result) const;
  void bind_result(size_t result, void* numbers);
  // The batch at hand: sizes of all that follows. At most those of the constructor.
  void set_batch(int64_t n_bins, int64_t n_clips);
  // An input [clips, bins, entries] in row-major order; what lies outside becomes zero. By name, or by
  // argument_index().
  template <typename From>
  void set_input(std::string_view argument, const From* values) {
    Workers one(1);
    set_input(argument_index(argument), values, one);
  }
  template <typename From>
  void set_input(size_t input, const From* values, Workers& workers);
  size_t argument_index(std::string_view argument) const;
  // All steps; where `milliseconds` is given, the time of each is added to its entry. Results hang on the
  // sizes alone, not on the number of workers. Allocates nothing.
  void run(Workers& workers, std::vector<double>* milliseconds = nullptr);
  // A result, row-major: [entries], [clips, entries] or [clips, bins, entries]. By name, or by
  // result_index().
  template <typename To>
  void get(std::string_view result, To* values) const {
    get(result_index(result), values);
  }
  template <typename To>
  void get(size_t result, To* values) const;
  size_t result_index(std::string_view result) const;
  int64_t numbers(std::string_view result) const;
  bool has(std::string_view result) const;
  size_t arena_bytes() const { return static_cast<size_t>(layout_.bytes); }

 private:
  struct Free {
    void operator()(void* memory) const;
  };
  template <typename RunStep>
  void each_stretch(size_t phase, int64_t first_part, int64_t last_part, const RunStep& run) const;
  void run_phase(size_t phase, Workers& workers, std::vector<double>* milliseconds);
  void run_step(int step, const Stretch& at, Workers& workers, std::vector<double>* milliseconds);
  void run_step(size_t step, const Stretch& at, Workers& workers);
  void run_piece(size_t step, const Stretch& at, int64_t piece, int64_t n_pieces);
  void* const* table_of_piece(int64_t part, int64_t piece);
  int64_t pieces(size_t step, int64_t n_bins) const;
  void set_address(size_t buffer, void* numbers);
  const plan::FlatResult& result(std::string_view name) const;
  std::byte* address(size_t buffer, int64_t part) const;
  void set_number(std::byte* numbers, int64_t i, double value) const;
  template <typename Real, typename From>
  void fill_input(size_t buffer, int64_t part, const From* values) const;
  template <typename Real, typename To>
  void read(const plan::FlatResult& result, To* values) const;

  const PlanProgram& program_;
  plan::Stretches stretches_;
  plan::Layout layout_;
  int64_t max_bins_, max_parts_, n_bins_ = 0, n_clips_ = 0, n_parts_ = 0;
  std::unique_ptr<std::byte, Free> arena_;
  std::vector<void*> table_;  // [part][buffer]
  int64_t n_sharing_;         // threads that may share a step's bins
  std::vector<size_t> scratch_;
  std::vector<void*> shared_tables_;  // [part][thread][buffer]: while they do, each with scratch of its own
  std::optional<StretchRows> rows_;
};

// evaluate() of reference.h by a plan: with passes and our own derivative instead of LibTorch's.
struct PlanEvaluateOptions {
  Precision precision = Precision::float32;
  int64_t lanes = 1;
  std::string differentiate;
  std::vector<std::string> with_respect_to;
  codegen::Target target = codegen::host();
  plan::Keep keep = plan::Keep::between_phases;
  int64_t outer_bins = plan::PlanOptions().outer_bins;
};
Evaluation evaluate_plan(const ir::Graph& graph, const NamedTensors& arguments,
                         const PlanEvaluateOptions& options);

}  // namespace stria::exec

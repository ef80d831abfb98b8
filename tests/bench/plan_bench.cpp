// From the training graph of StateNet with a GRU of 70 (specs/bench/statenet_gru.stria) to code, and the
// code.
#include <benchmark/benchmark.h>

#include "compiler/codegen/compile.h"
#include "compiler/passes/pass.h"
#include "compiler/passes/split_complex.h"
#include "runtime/exec/executor.h"
#include "runtime/train/step_timing.h"
#include "tests/bench/spec.h"

using namespace stria;

namespace {

const ModelProgram& gru() {
  static const auto program = bench::model_of("bench/statenet_gru.stria");
  return *program;
}

ir::Graph after_passes(const ModelProgram& program) {
  passes::PassOptions options;
  options.differentiate = "loss";
  for (const ParameterInfo& parameter : program.parameters) options.with_respect_to.push_back(parameter.path);
  return passes::run_passes(passes::split_complex(program.train), options);
}

plan::Plan plan_of(const ir::Graph& graph, int64_t lanes) {
  return plan::make_plan(plan::flatten(graph),
                         codegen::plan_options(codegen::host(), codegen::Precision::float32, lanes));
}

void make_graphs(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(bench::model_of("bench/statenet_gru.stria"));
}

void run_passes(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(after_passes(gru()));
}

void make_plan(benchmark::State& state) {
  const ir::Graph graph = after_passes(gru());
  for (auto _ : state) benchmark::DoNotOptimize(plan_of(graph, state.range(0)));
}

void generate_code(benchmark::State& state) {
  const plan::Plan plan = plan_of(after_passes(gru()), state.range(0));
  for (auto _ : state)
    benchmark::DoNotOptimize(codegen::CompiledPlan(plan, codegen::host(), codegen::Precision::float32));
}

// One member, clips of 999 bins.
void step(benchmark::State& state) {
  const ModelProgram& program = gru();
  const int64_t n_clips = state.range(0), n_bins = 999;
  const exec::CompiledModel model(program);
  const auto executor = exec::make_plan_executor(model);
  const auto n_units = static_cast<size_t>(program.n_units);
  executor->initialise(0, {std::vector<double>(n_units, 0.0), std::vector<double>(n_units, 0.5),
                           std::vector<double>(n_units, 1.0)});
  const exec::Batch batch = train::random_batch(0, n_clips, n_bins, program);
  executor->begin_training({});
  benchmark::DoNotOptimize(executor->step(batch, 1e-3));  // compiles
  for (auto _ : state) benchmark::DoNotOptimize(executor->step(batch, 1e-3));
  state.counters["FLOP/s"] =
      benchmark::Counter(train::operations_of_step({program, {}, n_clips, n_bins, 1, 1, 1, 1, {}}),
                         benchmark::Counter::kIsIterationInvariantRate, benchmark::Counter::kIs1000);
}

}  // namespace

BENCHMARK(make_graphs)->Unit(benchmark::kMillisecond);
BENCHMARK(run_passes)->Unit(benchmark::kMillisecond);
BENCHMARK(make_plan)->ArgName("lanes")->Arg(1)->Arg(8)->Unit(benchmark::kMillisecond);
BENCHMARK(generate_code)->ArgName("lanes")->Arg(1)->Arg(8)->Unit(benchmark::kMillisecond);
BENCHMARK(step)->ArgName("clips")->Arg(1)->Arg(16)->Unit(benchmark::kMillisecond);

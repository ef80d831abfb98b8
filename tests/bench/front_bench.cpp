// From text to checked experiments.
#include <benchmark/benchmark.h>

#include <fstream>
#include <sstream>

#include "compiler/syntax/parse.h"
#include "tests/bench/spec.h"

using namespace stria;

namespace {

std::string text_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

void parse_text(benchmark::State& state, const std::string& path) {
  const SourceFile file{path, "", text_of(path), false};
  for (auto _ : state) {
    Diagnostics diagnostics;
    benchmark::DoNotOptimize(parse_spec(file, diagnostics));
    if (diagnostics.has_errors()) state.SkipWithError("the text has errors");
  }
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(file.text.size()));
}

void parse_quickstart(benchmark::State& state) { parse_text(state, bench::spec_path("quickstart.stria")); }
void parse_layers(benchmark::State& state) {
  parse_text(state, std::string(STRIA_STDLIB_DIR) + "/stria/layers.stria");
}

// The library's modules that it uses are parsed and checked with it.
void check_quickstart(benchmark::State& state) {
  for (auto _ : state) {
    Diagnostics diagnostics;
    Compiler compiler(bench::spec_path("quickstart.stria"), bench::compile_options(), diagnostics);
    compiler.check();
    if (diagnostics.has_errors()) state.SkipWithError("the spec has errors");
  }
}

}  // namespace

BENCHMARK(parse_quickstart)->Unit(benchmark::kMillisecond);
BENCHMARK(parse_layers)->Unit(benchmark::kMillisecond);
BENCHMARK(check_quickstart)->Unit(benchmark::kMillisecond);

BENCHMARK_MAIN();

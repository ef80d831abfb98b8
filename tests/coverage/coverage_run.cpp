#include "tests/coverage/coverage_run.h"

#include <cmath>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "compiler/sema/compile.h"
#include "compiler/syntax/parse.h"
#include "runtime/data/native_host.h"
#include "runtime/exec/executor.h"
#include "runtime/report/run.h"
#include "tests/data/sound_files.h"
#include "tests/report/scratch_folder.h"

namespace stria::testing {
namespace {

namespace fs = std::filesystem;

// Tones of a fifth of a second at 8 kHz, two trials each.
void write_sounds(const fs::path& folder) {
  fs::create_directories(folder);
  for (int stimulus = 1; stimulus <= 4; ++stimulus) {
    std::vector<short> samples(1600);
    for (size_t i = 0; i < samples.size(); ++i)
      samples[i] = static_cast<short>(8000 * std::sin(0.1 * stimulus * static_cast<double>(i)));
    const std::string number = std::to_string(stimulus);
    data::testing::write_wav16((folder / ("stim" + number + ".wav")).string(), 8000, samples);
    std::ofstream(folder / ("spike" + number)) << "10 20 " << 30 * stimulus << "\n15 90\n";
  }
}

Outcome refused(Stage stage, const Diagnostics& diagnostics) {
  Outcome outcome{stage, {}, render(diagnostics.sorted(), {.format = Format::short_line, .colour = false})};
  for (const Diagnostic& each : diagnostics.sorted()) {
    const std::string code(info(each.kind).code);
    const bool is_new = std::find(outcome.codes.begin(), outcome.codes.end(), code) == outcome.codes.end();
    if (code.starts_with('E') && is_new) outcome.codes.push_back(code);
  }
  return outcome;
}

// Trains every experiment; what stops it is reported.
void run_all(Compiler& compiler, const fs::path& folder, Diagnostics& diagnostics) {
  data::NativeDataHost host;
  const auto experiments = compiler.link(host);
  for (const Experiment& experiment : experiments) {
    if (diagnostics.has_errors()) return;
    report::RunOptions options;
    options.folder = folder / experiment.name;
    options.n_threads = 1;
    options.make_executor = [](const ModelProgram& program) {
      return exec::make_reference_executor(program);
    };
    const auto outcome = report::run_experiment(experiment, options);
    if (!diagnostics.has_errors() && outcome.exit_code() != 0)
      throw std::runtime_error("the experiment ends with code " + std::to_string(outcome.exit_code()));
  }
}

}  // namespace

std::string Outcome::text() const {
  std::string list;
  for (const std::string& code : codes) list += (list.empty() ? "" : ", ") + code;
  switch (refused_by) {
    case Stage::parse:
      return "refused: " + list;
    case Stage::check:
      return "parsed, refused: " + list;
    case Stage::run:
      return "parsed, checked, refused: " + list;
    case Stage::none:
      break;
  }
  return "parsed, checked, runs";
}

std::vector<std::string> overrides_in(const std::string& text) {
  static const std::string mark = "# --set ";
  std::vector<std::string> overrides;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with(mark)) overrides.push_back(line.substr(mark.size()));
  return overrides;
}

Outcome run_spec(const std::string& text) {
  const test::ScratchFolder scratch;
  write_sounds(scratch / "sounds");
  const std::string path = (scratch / "spec.stria").string();
  std::ofstream(path, std::ios::binary) << text;
  {
    Diagnostics diagnostics;
    const SourceFile file{.path = "spec.stria", .module = "", .text = text};
    parse_spec(file, diagnostics);
    if (diagnostics.has_errors()) return refused(Stage::parse, diagnostics);
  }
  Diagnostics diagnostics;
  const fs::path shared = fs::path(STRIA_SOURCE_DIR) / "tests" / "coverage";  // tiny.stria
  const fs::path before = fs::current_path();
  fs::current_path(scratch / "");  // messages name the spec without its folder
  Compiler compiler("spec.stria", {{shared.string()}, STRIA_STDLIB_DIR, overrides_in(text)}, diagnostics);
  fs::current_path(before);
  compiler.check();
  if (diagnostics.has_errors()) return refused(Stage::check, diagnostics);
  try {
    fs::current_path(scratch / "");
    run_all(compiler, scratch / "runs", diagnostics);
    fs::current_path(before);
  } catch (const DataError& error) {
    fs::current_path(before);
    diagnostics.report(Kind::bad_data, error.where, error.what());
  }
  return diagnostics.has_errors() ? refused(Stage::run, diagnostics) : Outcome{};
}

}  // namespace stria::testing

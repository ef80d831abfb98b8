#include "runtime/cli/bench_report.h"

#include "runtime/exec/memory.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <numeric>

#include "compiler/diagnostics/version.h"

namespace stria::cli {
namespace {

using Json = nlohmann::ordered_json;
constexpr double giga = 1e-9;

using Row = std::array<std::string, 11>;

bool makes_again(const BenchedModel& model) {
  return model.memory && model.memory->keep == plan::Keep::starts;
}

Json memory_json(const BenchedModel& model) {
  if (!model.memory) return nullptr;
  return {{"bytes", model.memory->bytes}, {"keeps", plan::name_of(model.memory->keep)}};
}

Row row_of(const BenchReport& report, const BenchedModel& model) {
  const auto number = [](double value) { return fmt::format("{:.4g}", value); };
  return {model.label,
          fmt::format("{} x {}", model.n_clips, model.n_bins),
          std::to_string(model.n_members),
          std::to_string(model.n_threads),
          model.compile_ms ? number(*model.compile_ms) : "-",
          number(model.step_ms.median),
          number(model.step_ms.least),
          number(model.step_ms.p90),
          number(giga * model.operations_per_second()),
          model.memory ? exec::memory_text(model.memory->bytes) + (makes_again(model) ? " *" : "") : "-",
          fmt::format("{:.1f} %", 100 * report.share_of_peak(model))};
}

// The first column to the left, numbers to the right.
std::string aligned(const std::vector<Row>& rows) {
  std::string text;
  for (const Row& row : rows) {
    for (size_t column = 0; column < row.size(); ++column) {
      size_t width = 0;
      for (const Row& each : rows) width = std::max(width, each[column].size());
      text +=
          column == 0 ? fmt::format("{:<{}}", row[0], width) : fmt::format("  {:>{}}", row[column], width);
    }
    text += '\n';
  }
  return text;
}

Json profile_json(const BenchedModel& model) {
  Json steps = Json::array();
  for (size_t i = 0; i < model.plan_ms.size(); ++i)
    steps.push_back({{"step", i}, {"does", model.plan_steps.at(i)}, {"ms", model.plan_ms[i]}});
  return steps;
}

// The steps that take longest, until what is left is a hundredth of the whole.
std::string profile_text(const BenchedModel& model) {
  if (model.plan_ms.empty()) return "";
  std::vector<size_t> order(model.plan_ms.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return model.plan_ms[a] > model.plan_ms[b]; });
  const double sum = std::accumulate(model.plan_ms.begin(), model.plan_ms.end(), 0.0);
  std::string text = fmt::format("\nSteps of the plan of {}, one at a time: {:.4g} ms\n", model.label, sum);
  double left = sum;
  for (const size_t i : order) {
    if (left < sum / 100) break;
    left -= model.plan_ms[i];
    text += fmt::format("{:>9.3f} ms {:>5.1f} %  step {:<3} {:.100}\n", model.plan_ms[i],
                        100 * model.plan_ms[i] / sum, i, model.plan_steps.at(i));
  }
  return text;
}

Json json_of_model(const BenchReport& report, const BenchedModel& model) {
  Json json = {
      {"experiment", model.experiment},
      {"model", model.label},
      {"text", model.program.text},
      {"n_bands", model.program.n_bands()},
      {"n_units", model.program.n_units},
      {"parameters", model.program.parameter_count()},
      {"batch", model.n_clips},
      {"n_bins", model.n_bins},
      {"members", model.n_members},
      {"threads", model.n_threads},
      {"memory", memory_json(model)},
      {"compile_ms", model.compile_ms ? Json(*model.compile_ms) : Json(nullptr)},
      {"step_ms",
       {{"median", model.step_ms.median}, {"least", model.step_ms.least}, {"p90", model.step_ms.p90}}},
      {"operations", model.operations},
      {"gflops", giga * model.operations_per_second()},
      {"share_of_peak", report.share_of_peak(model)},
      {"profile", profile_json(model)}};
  for (size_t i = 1; i < model.program.inputs.size(); ++i)
    json["streams"][model.program.inputs[i].stream()] = model.program.inputs[i].size;
  return json;
}

}  // namespace

Json json_of(const BenchReport& report) {
  Json json = {{"stria", {{"version", version()}, {"commit", commit()}}},
               {"spec", report.spec},
               {"executor", report.executor},
               {"steps", report.n_steps},
               {"product_gflops", giga * report.product_operations_per_second}};
  json["models"] = Json::array();
  for (const BenchedModel& model : report.models) json["models"].push_back(json_of_model(report, model));
  return json;
}

std::string text_of(const BenchReport& report) {
  std::vector<Row> rows = {{"model", "clips x bins", "members", "threads", "compile ms", "step ms", "least",
                            "90 %", "GFLOP/s", "memory", "of peak"}};
  bool again = false;
  std::string profiles;
  for (const BenchedModel& model : report.models) {
    rows.push_back(row_of(report, model));
    again = again || makes_again(model);
    profiles += profile_text(model);
  }
  return fmt::format(
      "A training step of all members: forward, loss, backward, AdamW; executor {}, median of {} steps.\n"
      "GFLOP/s: forward and backward counted op by op in the differentiated graph; an exp counts as one.\n"
      "Peak: {:.1f} GFLOP/s a thread, the product of two 1024 x 1024 matrices in this process.\n{}\n{}{}",
      report.executor, report.n_steps, giga * report.product_operations_per_second,
      again ? "* states alone are saved within --memory; the rest runs again for the derivatives.\n" : "",
      aligned(rows), profiles);
}

}  // namespace stria::cli

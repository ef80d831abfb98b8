#include "runtime/cli/explain_memory.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>

#include "runtime/exec/memory.h"

namespace stria::cli {

namespace {

using plan::Keep;

// More bins than any clip has.
constexpr int64_t most_bins = int64_t{1} << 32;

class Scans {
 public:
  explicit Scans(const plan::Plan& plan)
      : plan_(plan),
        kept_(plan::choose_stretches(plan, Keep::between_phases)),
        starts_(plan::choose_stretches(plan, Keep::starts)) {}

  std::vector<SavingScan> run() const {
    std::vector<SavingScan> result;
    for (size_t s = 0; s < plan_.steps.size(); ++s) {
      if (plan_.steps[s].scans.empty()) continue;
      SavingScan scan = scan_of(s);
      if (!scan.values.empty()) result.push_back(std::move(scan));
    }
    return result;
  }

 private:
  SavingScan scan_of(size_t s) const {
    const plan::Step& step = plan_.steps[s];
    SavingScan result;
    result.reverse = step.reverse;
    for (const int scan : step.scans) {
      for (const plan::State& state : plan_.flat.scans[static_cast<size_t>(scan)].states)
        result.states += plan_.flat.values[static_cast<size_t>(state.value)].entries;
    }
    for (const plan::Group& group : step.groups) {
      for (const int i : group.instructions) {
        const plan::Instruction& made = plan_.flat.instructions[static_cast<size_t>(i)];
        if (is_saved(made.result))
          result.values.push_back(
              {plan::name_of(made), plan_.flat.values[static_cast<size_t>(made.result)].entries});
      }
    }
    for (const plan::Phase& phase : starts_.phases) {
      result.made_again = result.made_again || std::find(phase.again.begin(), phase.again.end(),
                                                         static_cast<int>(s)) != phase.again.end();
    }
    return result;
  }
  // Read outside the phase that makes it.
  bool is_saved(int value) const {
    const int buffer = plan_.places[static_cast<size_t>(value)].buffer;
    if (buffer < 0 || plan_.buffers[static_cast<size_t>(buffer)].kind != plan::BufferKind::stream)
      return false;
    const plan::Span& span = kept_.spans[static_cast<size_t>(buffer)];
    return !span.is_short && span.last_phase > span.made;
  }

  const plan::Plan& plan_;
  plan::Stretches kept_, starts_;
};

// Two digits, rounded down: "640,000".
std::string bins_text(int64_t bins) {
  int64_t place = 1;
  while (bins / place >= 100) place *= 10;
  std::string digits = std::to_string(bins / place * place);
  for (auto at = static_cast<int64_t>(digits.size()) - 3; at > 0; at -= 3)
    digits.insert(static_cast<size_t>(at), ",");
  return digits;
}

}  // namespace

int64_t SavingScan::numbers() const {
  int64_t result = 0;
  for (const SavedValue& value : values) result += value.numbers;
  return result;
}

ExplainedMemory explain_memory(const ModelProgram& program, const plan::Plan& plan, int64_t n_clips,
                               int64_t budget) {
  ExplainedMemory result;
  result.budget = budget;
  result.n_clips = n_clips;
  result.scans = Scans(plan).run();
  const auto bytes = [&](Keep keep, int64_t n_bins) {
    return exec::step_needs(program, plan, {n_clips, n_bins, 0, 0, 0}).of(keep);
  };
  for (const Keep keep : {Keep::between_phases, Keep::starts}) {
    StepMemory& step = keep == Keep::starts ? result.starts : result.kept;
    constexpr int64_t many = 1 << 22;
    step.bytes_a_bin = static_cast<double>(bytes(keep, 2 * many) - bytes(keep, many)) / many;
    int64_t fits = 0, too_long = most_bins;
    while (too_long - fits > 1) {
      const int64_t middle = fits + (too_long - fits) / 2;
      (bytes(keep, middle) <= budget ? fits : too_long) = middle;
    }
    step.longest_clip = fits;
  }
  return result;
}

std::string text_of(const ExplainedMemory& memory) {
  std::string text;
  for (const SavingScan& scan : memory.scans) {
    std::vector<std::string> values;
    for (const SavedValue& value : scan.values)
      values.push_back(fmt::format("{} {}", value.op, value.numbers));
    text += fmt::format("  a scan {} saves {} numbers a bin for its derivative: {}\n",
                        scan.reverse ? "backwards" : "forwards", scan.numbers(), fmt::join(values, ", "));
  }
  const auto step = [](const StepMemory& of) {
    return fmt::format("{:.0f} bytes a bin, clips of up to {} bins", of.bytes_a_bin,
                       bins_text(of.longest_clip));
  };
  text += fmt::format("  a training step within --memory {}, batches of {}: {}\n",
                      exec::memory_text(memory.budget), memory.n_clips, step(memory.kept));
  if (memory.starts.longest_clip > memory.kept.longest_clip)
    text +=
        fmt::format("  longer ones: states every √T bins, the rest made again: {}\n", step(memory.starts));
  return text;
}

nlohmann::ordered_json json_of(const ExplainedMemory& memory) {
  nlohmann::ordered_json json;
  json["budget"] = memory.budget;
  json["batch"] = memory.n_clips;
  const auto step = [](const StepMemory& of) -> nlohmann::ordered_json {
    return {{"bytes_a_bin", of.bytes_a_bin}, {"longest_clip", of.longest_clip}};
  };
  json["saved"] = step(memory.kept);
  json["made_again"] = step(memory.starts);
  json["scans"] = nlohmann::ordered_json::array();
  for (const SavingScan& scan : memory.scans) {
    nlohmann::ordered_json values = nlohmann::ordered_json::array();
    for (const SavedValue& value : scan.values)
      values.push_back({{"op", value.op}, {"numbers", value.numbers}});
    json["scans"].push_back({{"backwards", scan.reverse},
                             {"states", scan.states},
                             {"saved", values},
                             {"made_again_for_longer_clips", scan.made_again}});
  }
  return json;
}

}  // namespace stria::cli

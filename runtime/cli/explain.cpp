// stria explain: what a message kind means, and what a spec means: defaults filled in, shapes, parameters,
// reach, work.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "runtime/cli/command.h"
#include "runtime/data/native_host.h"

namespace stria::cli {

namespace {

using Json = nlohmann::ordered_json;

struct Options {
  std::string subject, model;
  std::vector<std::string> assumptions;  // "N=1"
  std::string emit = "summary";
  bool json = false;
  SpecOptions spec;
};

int explain_code(const KindInfo& kind) {
  fmt::print("{}: {}\n", kind.code, kind.title);
  for (const auto& [word, text] : {std::pair{"wrong", kind.wrong}, {"right", kind.right}}) {
    if (text.empty()) continue;
    fmt::print("\n{}:\n", word);
    for (size_t start = 0; start < text.size();) {
      const size_t end = std::min(text.find('\n', start), text.size());
      fmt::print("    {}\n", text.substr(start, end - start));
      start = end + 1;
    }
  }
  return exit_done;
}

// Sizes that `--assume N=1` gives; F and N alone are open before data are read.
std::optional<std::map<std::string, int64_t>> assumed(const std::vector<std::string>& texts) {
  std::map<std::string, int64_t> sizes;
  for (const auto& text : texts) {
    const size_t equals = text.find('=');
    const std::string name = text.substr(0, equals);
    char* end = nullptr;
    const int64_t size = equals == std::string::npos ? 0 : std::strtoll(text.c_str() + equals + 1, &end, 10);
    if ((name != "N" && name != "F") || size < 1 || !end || *end != '\0') {
      fmt::print(stderr, "`--assume` takes N=SIZE or F=SIZE, both at least 1; `{}` is not such\n", text);
      return std::nullopt;
    }
    sizes[name] = size;
  }
  return sizes;
}

std::string bounds_text(const Bounds& bounds) {
  switch (bounds.kind) {
    case Bounds::Kind::none:
      return "";
    case Bounds::Kind::above:
      return fmt::format("> {:g}", bounds.low);
    case Bounds::Kind::below:
      return fmt::format("< {:g}", bounds.high);
    case Bounds::Kind::between:
      return fmt::format("{:g} .. {:g}", bounds.low, bounds.high);
  }
  return "";
}

Json model_json(const std::string& label, const ModelProgram& program) {
  Json json;
  json["model"] = label;
  json["text"] = program.text;
  json["bands"] = program.n_bands;
  json["units"] = program.n_units;
  json["dt_ms"] = program.dt * 1000;
  json["parameters"] = program.parameter_count();
  json["reach"] = {
      {"past_bins", program.reach_past < 0 ? Json(nullptr) : Json(program.reach_past)},
      {"past_ms", program.reach_past < 0 ? Json(nullptr) : Json(program.reach_past * program.dt * 1000)},
      {"future_bins", program.reach_future}};
  json["flops_per_bin"] = ir::flops(program.predict).per_bin;
  json["executor"] = "reference";
  for (const auto& parameter : program.parameters) {
    Json row;
    row["path"] = parameter.path;
    row["sizes"] = parameter.sizes;
    row["count"] = parameter.count();
    if (!parameter.unit.empty()) row["unit"] = parameter.unit;
    if (parameter.bounds.kind != Bounds::Kind::none) row["within"] = bounds_text(parameter.bounds);
    json["by_path"].push_back(row);
  }
  return json;
}

void print_model(const std::string& label, const ModelProgram& program) {
  fmt::print("model {} = {}\n", label, program.text);
  fmt::print("  at F = {}, N = {}, dt = {:g} ms\n", program.n_bands, program.n_units, program.dt * 1000);
  for (const auto& parameter : program.parameters) {
    std::string sizes;
    for (const int64_t size : parameter.sizes) sizes += (sizes.empty() ? "" : ", ") + std::to_string(size);
    fmt::print("  {:<34} {:<16} {:>9}", parameter.path, "[" + sizes + "]", parameter.count());
    if (!parameter.unit.empty()) fmt::print("  in {}", parameter.unit);
    if (const std::string bounds = bounds_text(parameter.bounds); !bounds.empty())
      fmt::print("  within {}", bounds);
    fmt::print("\n");
  }
  fmt::print("  {:<51} {:>9}\n", "parameters", program.parameter_count());
  if (program.reach_past < 0)
    fmt::print("  sees all the past of a clip");
  else
    fmt::print("  sees {} bins back ({:g} ms)", program.reach_past, program.reach_past * program.dt * 1000);
  fmt::print("{}\n",
             program.reach_future > 0 ? fmt::format(", {} ahead", program.reach_future) : ", nothing ahead");
  fmt::print("  {:.0f} FLOP a bin; run by the reference executor\n\n", ir::flops(program.predict).per_bin);
}

void print_protocol(const Protocol& protocol) {
  const auto& optimizer = protocol.optimizer;
  fmt::print("protocol {}\n", protocol.text);
  fmt::print("  split {} / {} / {}, seed {}\n", protocol.split.train.text(), protocol.split.valid.text(),
             protocol.split.test.text(), protocol.split.seed);
  fmt::print("  AdamW lr {:g}, betas {:g} and {:g}, epsilon {:g}, weight decay {:g}; batch {}\n",
             optimizer.learning_rate, optimizer.beta1, optimizer.beta2, optimizer.epsilon,
             optimizer.weight_decay, protocol.batch);
  fmt::print("  stops after {} epochs without a better validation loss, at most {}\n", protocol.stop.patience,
             protocol.stop.max_epochs);
}

int explain_spec(const Options& options) {
  const auto sizes = assumed(options.assumptions);
  if (!sizes) return exit_bad_command;
  Diagnostics diagnostics;
  Compiler compiler(options.subject, compile_options(options.spec), diagnostics);
  compiler.check();
  if (diagnostics.has_errors()) {
    print_messages(diagnostics);
    return exit_wrong_input;
  }
  const auto plans = compiler.outline();
  Json all = Json::array();
  std::set<std::string> shown, protocols;
  for (const auto& plan : plans) {
    const int64_t bands = sizes->contains("F") ? sizes->at("F") : plan.n_bands.value_or(0);
    const int64_t units = sizes->contains("N") ? sizes->at("N") : 1;
    if (!options.model.empty() && options.model != plan.label) continue;
    if (bands == 0 || !plan.dt) {
      fmt::print(stderr, "{}: {} is known only from the data; say it with `--assume F=SIZE`\n", plan.label,
                 plan.dt ? "F" : "the step");
      continue;
    }
    const auto program = compiler.build(*plan.model, plan.protocol.get(), bands, units, *plan.dt);
    if (!program) break;
    if (!shown.insert(plan.label + program->text).second) continue;
    if (options.emit == "graph")
      fmt::print("{}\n", ir::print(program->predict));
    else if (options.json)
      all.push_back(model_json(plan.label, *program));
    else
      print_model(plan.label, *program);
    if (!options.json && options.emit == "summary" && protocols.insert(plan.rules.text).second)
      print_protocol(plan.rules);
  }
  if (diagnostics.has_errors()) {
    print_messages(diagnostics);
    return exit_wrong_input;
  }
  if (options.json)
    fmt::print("{}\n", Json{{"models", all}}.dump(2));
  else if (!sizes->contains("N") && options.emit == "summary")
    fmt::print("N is open before data are read: shown for one unit (`--assume N=SIZE`)\n");
  return exit_done;
}

}  // namespace

void add_explain(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand(
      "explain", "what a spec means: parameters, reach, work; or what a message code means");
  auto options = std::make_shared<Options>();
  command->add_option("subject", options->subject, "a spec file, or a message code such as E0301")
      ->required();
  command->add_option("--assume", options->assumptions, "a size that only data tell: N=1, F=34")
      ->expected(1)
      ->take_all();
  command->add_option("--model", options->model, "this model alone");
  command->add_option("--emit", options->emit, "summary or graph")
      ->check(CLI::IsMember({"summary", "graph"}));
  command->add_flag("--json", options->json, "for programs");
  add_spec_options(*command, options->spec);
  command->callback([options, &action] {
    action = [options] {
      if (const auto* kind = find_kind(options->subject)) return explain_code(*kind);
      return explain_spec(*options);
    };
  });
}

}  // namespace stria::cli

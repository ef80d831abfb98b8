#include "runtime/cli/explain_model.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace stria::cli {

namespace {

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

// "specs/quickstart.stria:14"; a file that `use` found by the path it is found by, "stria/layers.stria:20".
std::string place_text(Range place) {
  if (!place.known()) return "";
  const SourceFile& file = *place.file;
  if (file.path == "--set") return fmt::format("--set {}", file.text);
  std::string path = file.path;
  if (!file.module.empty()) {
    path = file.module + ".stria";
    std::replace(path.begin(), path.begin() + static_cast<std::ptrdiff_t>(file.module.size()), '.', '/');
  }
  return fmt::format("{}:{}", path, position_of(file, place.begin).line);
}

const char* word(ArgumentInfo::From from) {
  switch (from) {
    case ArgumentInfo::From::default_value:
      return "default";
    case ArgumentInfo::From::written:
      return "written";
    case ArgumentInfo::From::with:
      return "with";
    case ArgumentInfo::From::sweep:
      return "sweep";
    case ArgumentInfo::From::set:
      return "--set";
  }
  return "";
}

std::string argument_lines(const std::vector<ArgumentInfo>& arguments) {
  std::string lines;
  for (const auto& argument : arguments) {
    const std::string place = place_text(argument.place);
    const bool says_itself = argument.from == ArgumentInfo::From::set || place.empty();
    lines += fmt::format("  {:<50}  {}\n", argument.path + " = " + argument.text,
                         says_itself ? place : fmt::format("{}, {}", word(argument.from), place));
  }
  return lines;
}

Json arguments_json(const std::vector<ArgumentInfo>& arguments) {
  Json list = Json::array();
  for (const auto& argument : arguments) {
    Json row{{"path", argument.path}, {"value", argument.text}, {"from", word(argument.from)}};
    if (argument.place.known()) row["place"] = place_text(argument.place);
    list.push_back(row);
  }
  return list;
}

std::string parameter_line(const ParameterInfo& parameter) {
  std::string sizes;
  for (const int64_t size : parameter.sizes) sizes += (sizes.empty() ? "" : ", ") + std::to_string(size);
  std::string line =
      fmt::format("  {:<34} {:<16} {:>9}", parameter.path, "[" + sizes + "]", parameter.count());
  if (parameter.is_complex) line += "  complex";
  if (!parameter.unit.empty()) line += "  in " + parameter.unit;
  if (const std::string bounds = bounds_text(parameter.bounds); !bounds.empty()) line += "  within " + bounds;
  return line + "\n";
}

std::string reach_text(const ModelProgram& program) {
  const double ms = program.dt * 1000;
  const std::string past = program.reach_past < 0 ? "all the past of a clip"
                                                  : fmt::format("{} bins back ({:g} ms)", program.reach_past,
                                                                program.reach_past * ms);
  const std::string future =
      program.reach_future > 0
          ? fmt::format("{} bins ahead ({:g} ms)", program.reach_future, program.reach_future * ms)
          : "nothing ahead";
  return fmt::format("  sees {}, {}\n", past, future);
}

Json reach_json(const ModelProgram& program) {
  const double ms = program.dt * 1000;
  const bool endless = program.reach_past < 0;
  return {{"past_bins", endless ? Json(nullptr) : Json(program.reach_past)},
          {"past_ms", endless ? Json(nullptr) : Json(program.reach_past * ms)},
          {"future_bins", program.reach_future},
          {"future_ms", program.reach_future * ms}};
}

}  // namespace

std::string InUnits::text() const {
  std::string text;
  const auto add = [&](int64_t factor, const std::string& power) {
    if (factor == 0 && !(power.empty() && text.empty())) return;
    if (!text.empty()) text += factor < 0 ? " - " : " + ";
    const int64_t shown = text.empty() ? factor : std::abs(factor);
    text += power.empty() ? std::to_string(shown) : shown == 1 ? power : fmt::format("{} {}", shown, power);
  };
  add(quadratic, "N^2");
  add(linear, "N");
  add(constant, "");
  return text;
}

// Newton's forward differences: the third is 0, the second 2 c2.
std::optional<InUnits> in_units(const std::vector<int64_t>& values) {
  if (values.size() != 4) return std::nullopt;
  const int64_t first = values[1] - values[0], second = values[2] - 2 * values[1] + values[0];
  if (values[3] - 3 * values[2] + 3 * values[1] - values[0] != 0 || second % 2 != 0) return std::nullopt;
  InUnits result;
  result.quadratic = second / 2;
  result.linear = first - 3 * result.quadratic;
  result.constant = values[0] - result.linear - result.quadratic;
  return result;
}

std::string text_of(const ExplainedModel& model) {
  const ModelProgram& program = model.program;
  std::string text = fmt::format("model {} = {}\n", model.label, program.text);
  text += fmt::format("  at F = {}, N = {}, dt = {:g} ms\n", program.n_bands(), program.n_units,
                      program.dt * 1000);
  for (size_t i = 1; i < program.inputs.size(); ++i)
    text += fmt::format("  {:<50}  [{}]\n", "input " + program.inputs[i].stream(), program.inputs[i].size);
  text += argument_lines(program.arguments);
  for (const auto& parameter : program.parameters) text += parameter_line(parameter);
  const auto formula = [](const std::optional<InUnits>& polynomial) {
    return polynomial ? " = " + polynomial->text() : std::string();
  };
  text +=
      fmt::format("  {:<51} {:>9}{}\n", "parameters", program.parameter_count(), formula(model.parameters));
  text += reach_text(program);
  text += fmt::format("  {:.0f} FLOP a bin{}; run as native code by the plan executor\n",
                      ir::flops(program.predict).per_bin, formula(model.flops));
  if (model.memory) text += text_of(*model.memory);
  return text + "\n";
}

Json json_of(const ExplainedModel& model) {
  const ModelProgram& program = model.program;
  Json json;
  json["model"] = model.label;
  json["text"] = program.text;
  json["bands"] = program.n_bands();
  for (size_t i = 1; i < program.inputs.size(); ++i)
    json["streams"][program.inputs[i].stream()] = program.inputs[i].size;
  json["units"] = program.n_units;
  json["dt_ms"] = program.dt * 1000;
  json["arguments"] = arguments_json(program.arguments);
  json["parameters"] = program.parameter_count();
  if (model.parameters) json["parameters_in_units"] = model.parameters->text();
  json["reach"] = reach_json(program);
  json["flops_per_bin"] = ir::flops(program.predict).per_bin;
  if (model.flops) json["flops_per_bin_in_units"] = model.flops->text();
  json["executor"] = "plan";
  if (model.memory) json["memory"] = json_of(*model.memory);
  json["by_path"] = Json::array();
  for (const auto& parameter : program.parameters) {
    Json row{{"path", parameter.path}, {"sizes", parameter.sizes}, {"count", parameter.count()}};
    if (!parameter.unit.empty()) row["unit"] = parameter.unit;
    if (parameter.bounds.kind != Bounds::Kind::none) row["within"] = bounds_text(parameter.bounds);
    json["by_path"].push_back(row);
  }
  return json;
}

std::string text_of(const std::string& kind, const std::string& name,
                    const std::vector<ArgumentInfo>& arguments) {
  return fmt::format("{} {}\n{}\n", kind, name, argument_lines(arguments));
}

Json json_of(const std::string& name, const std::vector<ArgumentInfo>& arguments) {
  return {{"text", name}, {"arguments", arguments_json(arguments)}};
}

}  // namespace stria::cli

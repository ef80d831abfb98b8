// Whether the units of a model are models of their own, so that each may keep its own best epoch: nothing
// that training moves belongs to two units, and nothing in training makes what one unit learns hang on
// another.
#include <fmt/format.h>

#include "compiler/ir/axes.h"
#include "compiler/sema/compile.h"

namespace stria {

namespace {

using ir::Made;
using ir::Taken;

constexpr size_t axis_of_units = 2;  // of a rate [B, T, N]

// Which slices of the arguments a unit's rate takes.
class RateOfUnit {
 public:
  explicit RateOfUnit(const ir::Graph& predict)
      : predict_(predict),
        taken_(ir::taken_by_slices(predict, predict.find_result("rate")->value, axis_of_units)) {}

  Taken takes(const std::string& path) const {
    const ir::Argument* argument = predict_.find_argument(path);
    return argument ? taken_[argument->value] : Taken{};
  }

 private:
  const ir::Graph& predict_;
  std::vector<Taken> taken_;
};

std::optional<size_t> axis_of(const Taken& taken) {
  return taken.part == Taken::Part::slice ? std::optional(taken.axis) : std::nullopt;
}

std::string new_value_of(const BufferInfo& buffer) { return "buffer:" + buffer.path; }

// Of the training graph's values, where parameters and buffers fall into their units.
std::vector<Made> made_of_units(const ModelProgram& program) {
  std::vector<Made> arguments;
  for (const ir::Argument& argument : program.train.arguments) {
    std::optional<size_t> axis;
    for (const ParameterInfo& parameter : program.parameters)
      if (parameter.path == argument.name) axis = parameter.unit_axis;
    for (const BufferInfo& buffer : program.buffers)
      if (buffer.path == argument.name) axis = buffer.unit_axis;
    arguments.push_back(axis ? Made{Made::Of::slices, *axis} : Made{});
  }
  return ir::made_of_slices(program.train, arguments);
}

// The first buffer whose new value for one unit takes other units in.
const BufferInfo* mixed_buffer(const ModelProgram& program, const std::vector<Made>& made) {
  for (const BufferInfo& buffer : program.buffers) {
    const ir::Result* result = program.train.find_result(new_value_of(buffer));
    if (result == nullptr) continue;
    const Made& value = made[result->value];
    const bool own = value.of == Made::Of::slices && value.axis == *buffer.unit_axis;
    if (!own && value.of != Made::Of::fixed) return &buffer;
  }
  return nullptr;
}

const char* const one_by_one =
    "leave out `per = \"unit\"`, or fit units one by one: `sweep unit in data.units` with `units = [unit]`";

}  // namespace

void Compiler::separate_units(ModelProgram& program, const Protocol& rules, const Recipe& protocol) {
  Elaborator& e = *elaborator_;
  const RateOfUnit rate(program.predict);
  const auto refuse = [&](const std::string& why) -> Diagnostic& {
    return e
        .report(Kind::units_tied, rules.stop.place,
                fmt::format("the units of `{}` have no best epochs of their own: {}", program.text, why))
        .mark("a best epoch for each unit")
        .fix(one_by_one);
  };
  const auto shared = [](const Taken& taken, const std::string& what) {
    return taken.part == Taken::Part::nothing ? what + " is part of no unit's rate" : "they share " + what;
  };
  for (ParameterInfo& parameter : program.parameters) {
    if (parameter.frozen) continue;
    const Taken taken = rate.takes(parameter.path);
    parameter.unit_axis = axis_of(taken);
    if (parameter.unit_axis) continue;
    refuse(shared(taken, fmt::format("the parameter `{}`", parameter.path)))
        .also(parameter.declared, taken.part == Taken::Part::all
                                      ? "no dim of it gives each unit a part of its own"
                                      : "declared here");
    return;
  }
  for (BufferInfo& buffer : program.buffers) {
    if (program.train.find_result(new_value_of(buffer)) == nullptr) continue;
    const Taken taken = rate.takes(buffer.path);
    buffer.unit_axis = axis_of(taken);
    if (buffer.unit_axis) continue;
    refuse(shared(taken, fmt::format("the statistics `{}`, which training changes", buffer.path)));
    return;
  }
  const std::vector<Made> made = made_of_units(program);
  if (const BufferInfo* buffer = mixed_buffer(program, made)) {
    refuse(fmt::format("in training, `{}` of one unit takes others in", buffer->path));
  } else if (made[program.train.find_result("loss")->value].of == Made::Of::mixed) {
    const auto resolved = resolve(protocol);
    refuse("in training, the loss is no sum of terms of one unit each")
        .also(setting_range(*open_body(*resolved), "loss"), "the loss");
  }
}

}  // namespace stria

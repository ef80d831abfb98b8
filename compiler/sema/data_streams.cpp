// Streams of a dataset: what their types say, and which of them a model takes beside the stimulus.
#include <fmt/format.h>

#include <algorithm>

#include "compiler/sema/compile.h"
#include "compiler/sema/dataset.h"
#include "compiler/sema/words.h"

namespace stria {

namespace {

// Items of every dataset, which are no streams for models.
bool is_item(const std::string& function) {
  for (const char* item : {"stimulus", "trials", "response", "length", "stimulus_name", "unit_name"})
    if (function == item) return true;
  return false;
}

constexpr std::string_view stream_prefix = "input:";

}  // namespace

std::string stream_argument(const std::string& stream) { return std::string(stream_prefix) + stream; }

std::string ModelInput::stream() const {
  return argument == stimulus_argument ? "stimulus" : argument.substr(stream_prefix.size());
}

Value DataProgram::stream(const DataStream& stream, std::optional<size_t>, size_t) {
  throw DataError(fmt::format("`{}` has no stream `{}`", name(), stream.name));
}

const ast::TypeExpr* LinkedDataset::stream_result(const ast::FnDecl& function) {
  const auto meaning = function.result ? elaborator_.meant(*function.result, *body_.scope) : std::nullopt;
  return meaning && meaning->type->kind == ast::TypeExpr::Kind::stream ? meaning->type : nullptr;
}

std::optional<LinkedDataset::StreamType> LinkedDataset::stream_type(const ast::FnDecl& function) {
  const auto meaning = function.result ? elaborator_.meant(*function.result, *body_.scope) : std::nullopt;
  if (function.result && !meaning) return std::nullopt;
  const auto* type = stream_result(function);
  if (!type || !type->every) {
    elaborator_
        .report(Kind::missing_item, function.name.range,
                fmt::format("`{}` says what it gives, and how often", function.name.text))
        .mark(type ? "`every` is not there" : "no type")
        .fix(fmt::format("`fn {}(s): stream [F] every dt = ...`", function.name.text));
    return std::nullopt;
  }
  StreamType result;
  Scope& scope = *meaning->scope;
  result.step = declared_step(type->every, scope);
  if (!type->unit.empty())
    if (const auto unit = elaborator_.unit_of(type->unit, scope)) result.unit = *unit;
  for (const auto& item : type->shape ? *type->shape : std::vector<ast::DimItem>{}) {
    const auto* reference = item.value ? std::get_if<ast::NameRef>(&item.value->node) : nullptr;
    const bool sized = item.kind == ast::DimItem::Kind::sized;
    result.dims.push_back(sized ? item.name->text : reference ? reference->name : "");
    if (!sized) continue;
    if (const auto size = declared_size(item.value, scope)) result.size = size;
  }
  return result;
}

std::optional<Rational> LinkedDataset::declared_step(const ast::ExprPtr& every, Scope& scope) {
  const auto number = elaborator_.as_number(elaborator_.evaluate(every, scope));
  if (!number || !number->known) return std::nullopt;
  Dimension time;
  time.exponents[Dimension::time] = 1;
  if (number->dimension == time && number->exact && number->value > 0) return number->exact;
  elaborator_
      .report_value(Kind::unit_wanted, *every, scope,
                    fmt::format("the step of a stream is a time above 0, this is {}", number->text()),
                    "the step")
      .mark("not a step")
      .fix("`every 5ms`");
  return std::nullopt;
}

std::optional<int64_t> LinkedDataset::declared_size(const ast::ExprPtr& written, Scope& scope) {
  const auto size = elaborator_.as_number(elaborator_.evaluate(written, scope));
  if (!size || !size->known) return std::nullopt;
  if (size->is_whole && size->value >= 1) return size->exact->numerator();
  elaborator_
      .report_value(Kind::bad_size, *written, scope,
                    fmt::format("a size must be a whole number of at least 1, this is {}", size->text()),
                    "the size")
      .mark("not a size");
  return std::nullopt;
}

std::vector<std::string> LinkedDataset::stream_names() {
  std::vector<std::string> names;
  for (const auto& item : body_.entity->items)
    if (const auto* fn = std::get_if<ast::FnDecl>(&item->node))
      if (!is_item(fn->name.text) && stream_result(*fn)) names.push_back(fn->name.text);
  return names;
}

std::optional<DeclaredStream> LinkedDataset::declared_stream(const std::string& name) {
  const ast::FnDecl& fn = *function_of(body_, name);
  const Site site(elaborator_, origin_);
  const size_t errors = elaborator_.diagnostics().n_reported();
  const auto type = stream_type(fn);
  if (!type) return std::nullopt;
  check_stream_of_model(fn, *type);
  if (elaborator_.diagnostics().n_reported() > errors) return std::nullopt;
  const bool of_units = fn.formals.size() == 2;
  DataStream stream{name, of_units, of_units ? "N" : type->dims.front(), type->size};
  if (stream.dim == "F" && !stream.size) stream.size = bands_;
  return DeclaredStream{stream, type->unit};
}

void LinkedDataset::refuse(const ast::FnDecl& fn, Kind kind, const std::string& why, const std::string& mark,
                           const std::string& fix) {
  elaborator_.report(kind, fn.name.range, why).mark(mark).fix(fix);
}

// Whether a model can take it: of a stimulus or of a unit and a stimulus, frames of one dim or numbers.
void LinkedDataset::check_stream_of_model(const ast::FnDecl& fn, const StreamType& type) {
  const std::string& name = fn.name.text;
  if (type.step && step_ && !(*type.step == *step_))
    refuse(fn, Kind::unit_wanted,
           fmt::format("`{}` has a bin every {:g} ms, and `stimulus` every {:g} ms", name,
                       1e3 * type.step->value(), 1e3 * step_->value()),
           "all streams of a model have one step", "the same step after `every`");
  if (fn.formals.size() == 1) return check_frames_of_model(fn, type);
  if (fn.formals.size() != 2)
    refuse(fn, Kind::unknown_argument,
           fmt::format("`{}` feeds an input of a model, and takes {}", name,
                       counted(fn.formals.size(), "argument")),
           "of a stimulus, or of a unit and a stimulus",
           fmt::format("`fn {}(s)` or `fn {}(u, s)`", name, name));
  else if (!type.dims.empty())
    refuse(fn, Kind::shape_mismatch,
           fmt::format("`{}` is of a unit and a stimulus, and gives more than a number a bin", name),
           "models see its N units as a frame [N]",
           fmt::format("`fn {}(u, s): stream every dt = ...`, ending with `psth`", name));
}

void LinkedDataset::check_frames_of_model(const ast::FnDecl& fn, const StreamType& type) {
  const std::string& name = fn.name.text;
  if (type.dims.size() != 1 || type.dims.front().empty())
    return refuse(
        fn, Kind::shape_mismatch,
        fmt::format("`{}` feeds an input of a model: its frames have one dim, which has a name", name),
        type.dims.size() == 1 ? "no name" : counted(type.dims.size(), "dim"),
        fmt::format("`fn {}(s): stream [D = 34] every dt = ...`", name));
  const std::string& dim = type.dims.front();
  if (dim == "N" || dim == "R" || dim == "S" || dim == "T")
    refuse(fn, Kind::unknown_dim,
           fmt::format("`{}` cannot be the dim of a frame of `{}`: it is one of the data", dim, name),
           "gives frames of a stimulus", "a dim of its own, as `stream [D = 34] every dt`");
  else if (dim == "F" && bands_ && type.size && *bands_ != *type.size)
    refuse(fn, Kind::shape_mismatch,
           fmt::format("`{}` promises F = {}, and `stimulus` F = {}", name, *type.size, *bands_),
           "one dim of two sizes", fmt::format("another name, as `stream [D = {}]`", *type.size));
}

// ---------------------------------------------------------------- what models take
std::vector<Compiler::DeclaredInput> Compiler::inputs_of(const Recipe& model) {
  std::vector<DeclaredInput> inputs;
  const auto resolved = resolve(model);
  if (!resolved) return inputs;
  for (const auto& item : resolved->recipe.entity().items)
    if (const auto* input = std::get_if<ast::InputDecl>(&item->node)) {
      inputs.push_back({input->name.text, input->name.range, std::nullopt});
      const auto meaning = elaborator_->meant(*input->type, *resolved->recipe.home);
      if (meaning && !meaning->type->unit.empty() && meaning->type->kind != ast::TypeExpr::Kind::unit)
        inputs.back().unit = elaborator_->unit_of(meaning->type->unit, *meaning->scope);
    }
  return inputs;
}

bool Compiler::fits_unit(const Recipe& model, const DeclaredInput& input, const LinkedDataset& data,
                         const std::string& stream, const Number& given, Range range) {
  if (!input.unit) return true;
  if (input.unit->dimension == given.dimension && input.unit->value == given.value) return true;
  const std::string subject = stream == "stimulus" ? "the stimulus" : "`" + stream + "`";
  elaborator_
      ->report(Kind::unit_wanted, range,
               fmt::format("the model `{}` takes {}, {} of {} is {}", model.name(),
                           input.unit->dimension.text(), subject, data.name(), given.dimension.text()))
      .mark("another unit")
      .also(data.place(stream), fmt::format("{} is declared here", subject))
      .fix("an `input` without a unit takes the numbers as they are");
  return false;
}

void Compiler::report_no_stream(const Recipe& model, const DeclaredInput& input, LinkedDataset& data,
                                Range range) {
  const auto names = data.stream_names();
  auto& message =
      elaborator_->report(Kind::missing_item, range,
                          fmt::format("the model `{}` takes `{}`, and the dataset `{}` has no such stream",
                                      model.name(), input.name, data.name()));
  message.mark(fmt::format("nothing feeds its input `{}`", input.name)).also(input.range, "declared here");
  if (names.empty())
    message.note("the first input is the stimulus; the dataset declares no stream beside it");
  else
    message.note(
        fmt::format("the first input is the stimulus; the dataset's other streams are: {}", listed(names)));
  if (const auto close = nearest(input.name, names))
    message.fix(fmt::format("did you mean `{}`?", *close));
  else
    message.fix(fmt::format("`fn {}(s): stream [D] every dt = ...` in the dataset", input.name));
}

// Two declared sizes of one dim.
void Compiler::check_sizes(const std::vector<DataStream>& before, const DataStream& stream,
                           const LinkedDataset& data, Range range) {
  for (const DataStream& other : before)
    if (other.dim == stream.dim && other.size && stream.size && *other.size != *stream.size)
      elaborator_
          ->report(Kind::shape_mismatch, range,
                   fmt::format("`{}` of {} promises {} = {}, and `{}` {} = {}", stream.name, data.name(),
                               stream.dim, *stream.size, other.name, other.dim, *other.size))
          .mark("one dim of two sizes")
          .also(data.place(stream.name), "declared here")
          .fix("give one of the two dims another name");
}

std::optional<std::vector<DataStream>> Compiler::streams_of(const Recipe& model, LinkedDataset& data,
                                                            Range range) {
  const auto inputs = inputs_of(model);
  const size_t errors = diagnostics_.n_reported();
  std::vector<DataStream> streams;
  if (!inputs.empty()) fits_unit(model, inputs.front(), data, "stimulus", data.stimulus_unit(), range);
  for (size_t i = 1; i < inputs.size(); ++i) {
    const auto names = data.stream_names();
    if (std::find(names.begin(), names.end(), inputs[i].name) == names.end()) {
      report_no_stream(model, inputs[i], data, range);
      continue;
    }
    const auto declared = data.declared_stream(inputs[i].name);
    if (!declared || !fits_unit(model, inputs[i], data, inputs[i].name, declared->unit, range)) continue;
    check_sizes(streams, declared->stream, data, range);
    streams.push_back(declared->stream);
  }
  return diagnostics_.n_reported() > errors ? std::nullopt : std::optional(streams);
}

}  // namespace stria

#include "compiler/sema/value.h"

#include <fmt/format.h>

#include "compiler/sema/recipe.h"
#include "compiler/sema/tensor.h"
#include "compiler/sema/words.h"

namespace stria {

const Value* Description::find(std::string_view field) const {
  for (const auto& [name, value] : fields)
    if (name == field) return &value;
  return nullptr;
}

namespace {

struct Describer {
  std::string operator()(const Unknown&) const { return "something not known yet"; }
  std::string operator()(const None&) const { return "`none`"; }
  std::string operator()(const Number& number) const {
    if (!number.known) return number.dimension.is_plain() ? "a number" : number.dimension.text();
    return number.dimension.is_plain() ? fmt::format("the number {}", number.text())
                                       : fmt::format("{}, {}", number.text(), number.dimension.text());
  }
  std::string operator()(bool truth) const { return truth ? "`true`" : "`false`"; }
  std::string operator()(const Text& text) const { return fmt::format("the text \"{}\"", text.text); }
  std::string operator()(const Path& path) const { return fmt::format("the path \"{}\"", path.path); }
  std::string operator()(const List& list) const { return fmt::format("a list of {}", list.items.size()); }
  std::string operator()(const Record&) const { return "a record `{...}`"; }
  std::string operator()(const DataPointer& data) const { return data->describe(); }
  std::string operator()(const std::shared_ptr<const Description>& description) const {
    return fmt::format("`{}(...)`", description->name);
  }
  std::string operator()(const std::shared_ptr<const Recipe>& recipe) const {
    if (recipe->kind != Recipe::Kind::entity) return "a chain";
    return with_article(ast::word(recipe->entity().kind)) + fmt::format(", `{}`", recipe->entity().name.text);
  }
  std::string operator()(const std::shared_ptr<const Function>& function) const {
    return function->name.empty() ? "a function" : fmt::format("the function `{}`", function->name);
  }
  std::string operator()(const std::shared_ptr<const Tensor>& tensor) const {
    if (tensor->dims.empty()) return tensor->is_stream ? "a stream" : "a run value";
    return fmt::format("a {} {}", tensor->is_stream ? "stream" : "tensor", stria::text(tensor->dims));
  }
  std::string operator()(const std::shared_ptr<const DimValue>& dim) const {
    return fmt::format("the dim {}", dim->dim->text());
  }
  std::string operator()(const std::shared_ptr<const AffineIndex>&) const { return "an index"; }
  std::string operator()(const std::shared_ptr<const Symbol>& symbol) const {
    return fmt::format("`{}`, which a run makes", symbol->name);
  }
};

struct Writer {
  std::string operator()(const Unknown&) const { return "?"; }
  std::string operator()(const None&) const { return "none"; }
  std::string operator()(const Number& number) const { return number.text(); }
  std::string operator()(bool truth) const { return truth ? "true" : "false"; }
  std::string operator()(const Text& text) const { return "\"" + text.text + "\""; }
  std::string operator()(const Path& path) const { return "\"" + path.path + "\""; }
  std::string operator()(const List& list) const {
    std::vector<std::string> parts;
    for (const auto& item : list.items) parts.push_back(stria::text(item));
    return "[" + listed(parts) + "]";
  }
  std::string operator()(const Record& record) const {
    std::vector<std::string> parts;
    for (const auto& [name, value] : record.fields) parts.push_back(name + " = " + stria::text(value));
    return "{" + listed(parts) + "}";
  }
  std::string operator()(const DataPointer& data) const { return data->describe(); }
  std::string operator()(const std::shared_ptr<const Description>& description) const {
    std::vector<std::string> parts;
    for (const auto& [name, value] : description->fields) parts.push_back(name + " = " + stria::text(value));
    return description->name + "(" + listed(parts) + ")";
  }
  std::string operator()(const std::shared_ptr<const Recipe>& recipe) const { return recipe->text; }
  std::string operator()(const std::shared_ptr<const Function>& function) const {
    return function->name.empty() ? "fn" : function->name;
  }
  std::string operator()(const std::shared_ptr<const Tensor>& tensor) const {
    return stria::text(tensor->dims);
  }
  std::string operator()(const std::shared_ptr<const DimValue>& dim) const {
    return dim->dim->is_nameless() ? (dim->dim->size ? std::to_string(*dim->dim->size) : "?")
                                   : dim->dim->name;
  }
  std::string operator()(const std::shared_ptr<const AffineIndex>&) const { return "index"; }
  std::string operator()(const std::shared_ptr<const Symbol>& symbol) const { return symbol->name; }
};

}  // namespace

std::string describe(const Value& value) { return std::visit(Describer{}, value.value); }
std::string text(const Value& value) { return std::visit(Writer{}, value.value); }

// ---------------------------------------------------------------- arguments of natives
const Value& NativeArguments::value(std::string_view name) const {
  for (const auto& [formal, value] : values_)
    if (formal == name) return value;
  throw std::logic_error(fmt::format("`{}` is declared without `{}`", function_, name));
}

DataError NativeArguments::wrong_kind(std::string_view name, std::string_view expected) const {
  return DataError(
      fmt::format("`{}` of `{}` is {}, expected {}", name, function_, describe(value(name)), expected));
}

std::string NativeArguments::text(std::string_view name) const {
  if (const auto* text = value(name).get<Text>()) return text->text;
  if (const auto* path = value(name).get<Path>()) return path->path;
  throw wrong_kind(name, "a text or path");
}

double NativeArguments::real(std::string_view name) const {
  if (const auto* number = value(name).get<Number>()) return number->value;
  if (const auto* dim = value(name).object<DimValue>(); dim && dim->dim->size)
    return static_cast<double>(*dim->dim->size);
  throw wrong_kind(name, "a number");
}

int64_t NativeArguments::integer(std::string_view name) const {
  if (const auto* number = value(name).get<Number>(); number && number->exact && number->exact->is_whole())
    return number->exact->numerator();
  if (const auto* dim = value(name).object<DimValue>(); dim && dim->dim->size) return *dim->dim->size;
  throw wrong_kind(name, "a whole number");
}

bool NativeArguments::flag(std::string_view name) const {
  if (const auto* truth = value(name).get<bool>()) return *truth;
  throw wrong_kind(name, "true or false");
}

Rational NativeArguments::exact(std::string_view name) const {
  if (const auto* number = value(name).get<Number>(); number && number->exact) return *number->exact;
  throw wrong_kind(name, "a number that is known exactly");
}

std::vector<Value> NativeArguments::list(std::string_view name) const {
  if (const auto* list = value(name).get<List>()) return list->items;
  throw wrong_kind(name, "a list");
}

}  // namespace stria

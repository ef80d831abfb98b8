#include "compiler/ir/graph.h"

namespace stria::ir {
namespace {

std::string_view element_name(Element element) {
  switch (element) {
    case Element::real:
      return "real";
    case Element::complex:
      return "complex";
    case Element::boolean:
      return "boolean";
  }
  return "?";
}

}  // namespace

const Result* Graph::find_result(std::string_view name) const {
  for (const Result& result : results) {
    if (result.name == name) return &result;
  }
  return nullptr;
}

const Argument* Graph::find_argument(std::string_view name) const {
  for (const Argument& argument : arguments) {
    if (argument.name == name) return &argument;
  }
  return nullptr;
}

std::string to_string(const Type& type) {
  std::string text(element_name(type.element));
  text += '[';
  for (size_t i = 0; i < type.dims.size(); ++i) {
    if (i > 0) text += ',';
    const Dim& d = type.dims[i];
    if (d.is_number()) {
      text += std::to_string(d.size);
    } else {
      text += d.letter;
    }
  }
  return text + ']';
}

}  // namespace stria::ir

// The text form. Values are numbered in the order in which they appear, so equal graphs print alike.
#include <charconv>

#include "compiler/diagnostics/display.h"
#include "compiler/ir/rules.h"

namespace stria::ir {
namespace {

std::string number(double value) {
  char buffer[32];
  return {buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr};
}

// Bare where letters, digits, `_`, `.` and inner `:` suffice.
std::string name_text(std::string_view name) {
  bool bare = !name.empty() && name.back() != ':';
  for (const char c : name) {
    const bool letter_or_digit = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    bare = bare && (letter_or_digit || c == '_' || c == '.' || c == ':');
  }
  return bare ? std::string(name) : in_quotes(name);
}

template <typename Values, typename Text>
std::string joined(const Values& values, const Text& text) {
  std::string result;
  for (const auto& value : values) {
    if (!result.empty()) result += ", ";
    result += text(value);
  }
  return result;
}

std::string attribute_text(const Attribute& attribute) {
  struct Writer {
    std::string operator()(int64_t value) const { return std::to_string(value); }
    std::string operator()(double value) const { return number(value); }
    std::string operator()(const std::string& value) const { return in_quotes(value); }
    std::string operator()(const std::vector<int64_t>& values) const {
      return "[" + joined(values, [](int64_t value) { return std::to_string(value); }) + "]";
    }
    std::string operator()(const std::vector<double>& values) const {
      return "[" + joined(values, [](double value) { return number(value); }) + "]";
    }
    std::string operator()(const std::vector<Dim>& values) const {
      const auto text = [](const Dim& d) {
        return d.is_number() ? std::to_string(d.size) : std::string(1, d.letter);
      };
      return "[" + joined(values, text) + "]";
    }
  };
  return std::visit(Writer{}, attribute);
}

class Printer {
 public:
  explicit Printer(const Graph& graph) : graph_(graph), names_(graph.values.size()) {}

  std::string run() {
    static constexpr std::string_view kinds[] = {"parameter", "buffer", "input"};
    text_ = "graph " + name_text(graph_.name) + "(";
    text_ += joined(graph_.arguments, [&](const Argument& argument) {
      define(argument.value);
      return std::string(kinds[static_cast<size_t>(argument.kind)]) + " " + name_text(argument.name) + ": " +
             to_string(graph_.type(argument.value));
    });
    text_ += ") {\n";
    print_nodes(graph_.body, "  ");
    text_ += "  return ";
    text_ += joined(graph_.results,
                    [&](const Result& result) { return name_text(result.name) + " = " + use(result.value); });
    return text_ + "\n}\n";
  }

 private:
  std::string define(ValueId id) {
    names_[id] = "%" + std::to_string(next_++);
    return names_[id];
  }
  std::string use(ValueId id) const { return names_[id]; }

  void print_nodes(const Region& region, const std::string& indent) {
    for (const Node& node : region.nodes) {
      text_ += indent + joined(node.results, [&](ValueId id) { return define(id); });
      text_ += " = " + std::string(info(node.op).name);
      if (!node.operands.empty()) text_ += " " + joined(node.operands, [&](ValueId id) { return use(id); });
      Attributes written;
      for (const auto& attribute : node.attributes) {
        if (!is_usual(attribute.first, attribute.second)) written.push_back(attribute);
      }
      if (!written.empty()) {
        text_ +=
            " {" + joined(written, [](const auto& a) { return a.first + "=" + attribute_text(a.second); });
        text_ += "}";
      }
      for (const Region& inner : node.regions) print_region(inner, indent);
      text_ += "  # " + joined(node.results, [&](ValueId id) { return to_string(graph_.type(id)); }) + "\n";
    }
  }

  void print_region(const Region& region, const std::string& indent) {
    text_ += " (";
    text_ += joined(region.arguments, [&](ValueId id) {
      const std::string name = define(id);
      return name + ": " + to_string(graph_.type(id));
    });
    text_ += ") {\n";
    print_nodes(region, indent + "  ");
    text_ += indent + "  yield " + joined(region.results, [&](ValueId id) { return use(id); }) + "\n";
    text_ += indent + "}";
  }

  const Graph& graph_;
  std::vector<std::string> names_;
  size_t next_ = 0;
  std::string text_;
};

}  // namespace

std::string print(const Graph& graph) { return Printer(graph).run(); }

}  // namespace stria::ir

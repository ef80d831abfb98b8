// Reads the text form: a cursor over the text, and one function for each thing that print.cpp writes.
#include <algorithm>
#include <charconv>
#include <map>

#include "compiler/ir/rules.h"

namespace stria::ir {
namespace {

bool is_name_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
}

class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {}

  [[noreturn]] void fail(const std::string& reason) const { fail_at(at_, reason); }

  [[noreturn]] void fail_at(size_t place, const std::string& reason) const {
    const auto line = 1 + std::count(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(place), '\n');
    throw InternalError("graph text, line " + std::to_string(line) + ": " + reason);
  }

  // Blanks and comments, which run from `#` to the end of the line.
  void skip_blanks() {
    while (at_ < text_.size()) {
      if (text_[at_] == '#') {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t' || text_[at_] == '\r') {
        ++at_;
      } else {
        return;
      }
    }
  }

  size_t place() {
    skip_blanks();
    return at_;
  }

  bool at_end() { return place() == text_.size(); }

  bool sees(std::string_view token) {
    skip_blanks();
    return text_.substr(at_).starts_with(token);
  }

  bool take(std::string_view token) {
    if (!sees(token)) return false;
    at_ += token.size();
    return true;
  }

  void expect(std::string_view token) {
    if (!take(token)) fail("`" + std::string(token) + "` expected");
  }

  std::string name() {
    if (sees("\"")) return quoted();
    const size_t start = at_;
    while (at_ < text_.size() &&
           (is_name_letter(text_[at_]) ||
            (text_[at_] == ':' && at_ + 1 < text_.size() && is_name_letter(text_[at_ + 1])))) {
      ++at_;
    }
    if (at_ == start) fail("a name is expected");
    return std::string(text_.substr(start, at_ - start));
  }

  std::string quoted() {
    expect("\"");
    std::string result;
    while (at_ < text_.size() && text_[at_] != '"') {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) {
        ++at_;
        result += text_[at_] == 'n' ? '\n' : text_[at_] == 't' ? '\t' : text_[at_];
      } else {
        result += text_[at_];
      }
      ++at_;
    }
    if (at_ == text_.size()) fail("a text is not closed");
    ++at_;
    return result;
  }

  template <typename Number>
  Number number() {
    skip_blanks();
    Number value{};
    const auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), value);
    if (error != std::errc{}) fail("a number is expected");
    at_ = static_cast<size_t>(end - text_.data());
    return value;
  }

  Dim dim_or_letter() {
    if (take("B")) return batch_dim;
    if (take("T")) return time_dim;
    return dim(number<int64_t>());
  }

  // "[a, b]"
  template <typename Read>
  auto list(const Read& read) {
    std::vector<decltype(read())> items;
    expect("[");
    while (!take("]")) {
      if (!items.empty()) expect(",");
      items.push_back(read());
    }
    return items;
  }

 private:
  std::string_view text_;
  size_t at_ = 0;
};

class Reader {
 public:
  explicit Reader(std::string_view text) : cursor_(text) {}

  Graph run() {
    cursor_.expect("graph");
    graph_.name = cursor_.name();
    cursor_.expect("(");
    while (!cursor_.take(")")) {
      if (!graph_.arguments.empty()) cursor_.expect(",");
      read_argument();
    }
    cursor_.expect("{");
    while (!cursor_.take("return")) read_node(graph_.body);
    while (!cursor_.take("}")) {
      if (!graph_.results.empty()) cursor_.expect(",");
      std::string name = cursor_.name();
      cursor_.expect("=");
      graph_.results.push_back({std::move(name), use()});
      graph_.body.results.push_back(graph_.results.back().value);
    }
    if (!cursor_.at_end()) cursor_.fail("text after the graph");
    if (const std::string reason = verify(graph_); !reason.empty()) cursor_.fail(reason);
    return std::move(graph_);
  }

 private:
  void read_argument() {
    const ArgumentKind kind = cursor_.take("parameter") ? ArgumentKind::parameter
                              : cursor_.take("buffer")  ? ArgumentKind::buffer
                                                        : ArgumentKind::input;
    if (kind == ArgumentKind::input) cursor_.expect("input");
    std::string name = cursor_.name();
    cursor_.expect(":");
    const ValueId value = define(static_cast<int64_t>(graph_.values.size()), read_type());
    graph_.arguments.push_back({kind, std::move(name), value});
    graph_.body.arguments.push_back(value);
  }

  Type read_type() {
    Type type;
    type.element = cursor_.take("real")      ? Element::real
                   : cursor_.take("complex") ? Element::complex
                                             : Element::boolean;
    if (type.element == Element::boolean) cursor_.expect("boolean");
    type.dims = cursor_.list([&] { return cursor_.dim_or_letter(); });
    return type;
  }

  int64_t label() {
    cursor_.expect("%");
    return cursor_.number<int64_t>();
  }

  ValueId define(int64_t label, Type type) {
    graph_.values.push_back(std::move(type));
    const auto id = static_cast<ValueId>(graph_.values.size() - 1);
    if (!labels_.emplace(label, id).second) cursor_.fail("%" + std::to_string(label) + " is defined twice");
    return id;
  }

  ValueId use() {
    const int64_t wanted = label();
    const auto found = labels_.find(wanted);
    if (found == labels_.end()) cursor_.fail("%" + std::to_string(wanted) + " is not defined before this");
    return found->second;
  }

  std::vector<ValueId> uses() {
    std::vector<ValueId> ids;
    if (!cursor_.sees("%")) return ids;
    do ids.push_back(use());
    while (cursor_.take(","));
    return ids;
  }

  Attribute read_attribute(AttributeKind kind) {
    switch (kind) {
      case AttributeKind::integer:
        return cursor_.number<int64_t>();
      case AttributeKind::real:
        return cursor_.number<double>();
      case AttributeKind::text:
        return cursor_.quoted();
      case AttributeKind::integers:
        return cursor_.list([&] { return cursor_.number<int64_t>(); });
      case AttributeKind::reals:
        return cursor_.list([&] { return cursor_.number<double>(); });
      case AttributeKind::dims:
        return cursor_.list([&] { return cursor_.dim_or_letter(); });
    }
    return {};
  }

  Attributes read_attributes() {
    Attributes attributes;
    if (!cursor_.take("{")) return attributes;
    while (!cursor_.take("}")) {
      if (!attributes.empty()) cursor_.expect(",");
      const std::string name = cursor_.name();
      cursor_.expect("=");
      attributes.emplace_back(name, read_attribute(attribute_kind(name)));
    }
    return attributes;
  }

  void read_node(Region& region) {
    const size_t start = cursor_.place();
    std::vector<int64_t> labels;
    do labels.push_back(label());
    while (cursor_.take(","));
    cursor_.expect("=");
    const std::string name = cursor_.name();
    const OpInfo* op = find_op(name);
    if (op == nullptr) cursor_.fail("there is no op `" + name + "`");
    Node node;
    node.op = op->op;
    if (op->max_operands > 0) node.operands = uses();
    try {
      node.attributes = normalise_attributes(node.op, read_attributes());
      finish_node(node, labels);
    } catch (const InternalError& error) {
      if (std::string_view(error.what()).starts_with("graph text")) throw;
      cursor_.fail_at(start, error.what());
    }
    region.nodes.push_back(std::move(node));
  }

  void finish_node(Node& node, const std::vector<int64_t>& labels) {
    if (node.op == Op::scan) {
      // The results' labels come first in the text, their types only with the region.
      for (const int64_t label : labels) node.results.push_back(define(label, {}));
      read_region(node);
      return;
    }
    if (labels.size() != 1) cursor_.fail("one result is needed");
    std::vector<Type> types;
    for (const ValueId id : node.operands) types.push_back(graph_.type(id));
    node.results.push_back(define(labels[0], infer_type(node.op, types, node.attributes)));
  }

  void read_region(Node& node) {
    Region region;
    cursor_.expect("(");
    while (!cursor_.take(")")) {
      if (!region.arguments.empty()) cursor_.expect(",");
      const int64_t name = label();
      cursor_.expect(":");
      region.arguments.push_back(define(name, read_type()));
    }
    cursor_.expect("{");
    while (!cursor_.take("yield")) read_node(region);
    region.results = uses();
    cursor_.expect("}");
    if (region.results.size() < node.results.size()) cursor_.fail("the region yields too little");
    const size_t n_states = region.results.size() - node.results.size();
    for (size_t i = 0; i < node.results.size(); ++i) {
      graph_.values[node.results[i]] = stream_of(graph_.type(region.results[n_states + i]));
    }
    node.regions.push_back(std::move(region));
  }

  Cursor cursor_;
  Graph graph_;
  std::map<int64_t, ValueId> labels_;
};

}  // namespace

Graph read(std::string_view text) { return Reader(text).run(); }

}  // namespace stria::ir

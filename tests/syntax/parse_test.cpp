#include <doctest/doctest.h>

#include "tests/syntax/syntax_helpers.h"

using namespace stria;
using namespace stria::testing;

namespace {

struct Parsed {
  explicit Parsed(std::string text) : file(spec_of(std::move(text))), spec(parse_spec(file, diagnostics)) {}
  SourceFile file;
  Diagnostics diagnostics;
  ast::Spec spec;

  template <typename Node>
  const Node& item(size_t i) const {
    return std::get<Node>(spec.items.at(i)->node);
  }
};

}  // namespace

TEST_CASE("all specs of the tree parse without a message") {
  REQUIRE(all_specs().size() > 15);
  for (const auto& path : all_specs()) {
    CAPTURE(path.string());
    CHECK(messages_of(read_file(path)) == "");
  }
}

TEST_CASE("every node has the range of its text") {
  const Parsed parsed(
      "use lab (Slow)\nlet a = (1 + b.c) * f(x, k = 2)[i]\nmodel M(w: ms = 5ms) { output a }\n");
  REQUIRE_FALSE(parsed.diagnostics.has_errors());
  CHECK(text_of(parsed.spec.items[0]->range) == "use lab (Slow)");
  const auto& let = parsed.item<ast::LetDecl>(1);
  CHECK(text_of(let.binding.range) == "a");
  CHECK(text_of(let.value->range) == "(1 + b.c) * f(x, k = 2)[i]");
  const auto& product = std::get<ast::Binary>(let.value->node);
  CHECK(text_of(product.op_range) == "*");
  CHECK(text_of(product.left->range) == "(1 + b.c)");
  CHECK(product.left->in_parentheses);
  const auto& index = std::get<ast::Index>(product.right->node);
  CHECK(text_of(index.object->range) == "f(x, k = 2)");
  CHECK(text_of(std::get<ast::Call>(index.object->node).arguments[1].range) == "k = 2");
  const auto& model = parsed.item<ast::Entity>(2);
  CHECK(text_of(model.name.range) == "M");
  CHECK(text_of(model.formals[0].range) == "w: ms = 5ms");
  CHECK(text_of(model.formals[0].type->range) == "ms");
  CHECK(text_of(model.items[0]->range) == "output a");
}

TEST_CASE("the unit of a quantity has a range of its own") {
  const Parsed parsed("let a = 1e-3mV/ms^2\n");
  const auto& quantity = std::get<ast::QuantityLiteral>(parsed.item<ast::LetDecl>(0).value->node);
  CHECK(quantity.number == "1e-3");
  CHECK(text_of(quantity.unit_range) == "mV/ms^2");
  REQUIRE(quantity.unit.size() == 2);
  CHECK(quantity.unit[1].power == -2);
  CHECK(text_of(quantity.unit[1].range) == "ms^2");
}

TEST_CASE("ranges count bytes behind a byte order mark and wide characters") {
  const Parsed parsed("\xEF\xBB\xBFlet α = \"漢字\" # µ\nlet b = α\n");
  REQUIRE_FALSE(parsed.diagnostics.has_errors());
  CHECK(text_of(parsed.item<ast::LetDecl>(0).value->range) == "\"漢字\"");
  CHECK(text_of(parsed.item<ast::LetDecl>(1).value->range) == "α");
}

TEST_CASE("documentation: the `##` lines right above") {
  const Parsed parsed(
      "## one\n##two\nlet a = 1 ## not of b\nlet b = 2\n\n## far\n\nlet c = 3\n# plain\nlet d = 4\n");
  CHECK(parsed.spec.items[0]->doc == "one\ntwo");
  for (const size_t i : {1, 2, 3}) CHECK(parsed.spec.items[i]->doc == "");
}

TEST_CASE("d/dt is a word only where it ends") {
  const Parsed parsed("cell A() {\n  tau * d/dt v = d/dtau\n}\n");
  REQUIRE_FALSE(parsed.diagnostics.has_errors());
  const auto& update = std::get<ast::UpdateDecl>(parsed.item<ast::Entity>(0).items[0]->node);
  CHECK(std::get<ast::Binary>(update.value->node).op == ast::BinaryOp::divide);
}

TEST_CASE("what could not be read stays in the tree by name") {
  const Parsed parsed(
      "let a = 1 +\nlet b = 2\nmodel M(x: ms = ) { output a }\ncell C() { state v: [H] = ) 1 ; next v = v "
      "}\n");
  CHECK(parsed.diagnostics.n_errors() == 3);
  REQUIRE(parsed.spec.items.size() == 4);
  CHECK(std::holds_alternative<ast::ErrorExpr>(parsed.item<ast::LetDecl>(0).value->node));
  CHECK(parsed.spec.items[0]->incomplete);
  CHECK_FALSE(parsed.spec.items[1]->incomplete);
  CHECK(parsed.item<ast::Entity>(2).name.text == "M");
  CHECK(parsed.item<ast::Entity>(2).items.size() == 1);
  CHECK(parsed.spec.items[2]->incomplete);
}

TEST_CASE("a value that goes on with something unreadable is not taken for whole") {
  const Parsed parsed("let a = 3 b\nlet c = 4\n");
  REQUIRE(parsed.spec.items.size() == 2);
  CHECK(std::holds_alternative<ast::ErrorExpr>(parsed.item<ast::LetDecl>(0).value->node));
}

TEST_CASE("overrides") {
  const SourceFile file = spec_of("GruOnNs1.protocol.lr=3e-4");
  Diagnostics diagnostics;
  const auto override = parse_override(file, diagnostics);
  REQUIRE(override);
  CHECK_FALSE(diagnostics.has_errors());
  CHECK(override->path.size() == 3);
  CHECK(override->path[2].text == "lr");
  CHECK(format(*override->value) == "3e-4");

  for (const std::string wrong : {"", "a", "a=", "=3", "a b=3", "a=1 2", "a=(", "a==3", "let a=3", "3=4"}) {
    CAPTURE(wrong);
    const SourceFile text = spec_of(wrong);
    Diagnostics reported;
    CHECK_FALSE(parse_override(text, reported));
    CHECK(reported.n_errors() == 1);
  }
}

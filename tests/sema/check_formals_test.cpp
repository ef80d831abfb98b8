#include <doctest/doctest.h>

#include "tests/sema/sema_helpers.h"

using namespace stria;
using namespace stria::sema_testing;

namespace {

std::string model_with(const std::string& formals, const std::string& before = "") {
  return "stria 0.1\n" + before + "model M(" + formals + ") {\n  input x: stream [F]\n  output rate = x\n}\n";
}

}  // namespace

TEST_CASE("vals.7: a default may use earlier formals, and neither later ones nor its own") {
  CHECK(codes_of(model_with("a: int = 3, b: int = a")).empty());
  CHECK(messages_of(model_with("a: int = b, b: int = 3")) == Codes{"E0201 @ b"});
  CHECK(messages_of(model_with("depth: int = depth")) == Codes{"E0203 @ depth"});
  CHECK(messages_of("stria 0.1\nfn f(x: real, y: real = x, z: real = z) = x + y + z\n") ==
        Codes{"E0203 @ z"});
  CHECK(messages_of("stria 0.1\nfn f(x: real, z: real = z) = x + z\nlet a = f(1)\n") == Codes{"E0203 @ z"});
}

TEST_CASE("vals.7: the own name of a default skips the formal, and means what the file calls so") {
  CHECK(codes_of(model_with("depth: int = depth", "let depth = 3\n")).empty());
  CHECK(codes_of(model_with("depth: int = depth", "let depth = \"three\"\n")) == Codes{"E0209"});
}

TEST_CASE("vals.7: what a `for` or `fn` inside a default names is its own") {
  CHECK(codes_of(model_with("a: list of int = [i for i in 1 .. 3], i: int = 3")).empty());
}

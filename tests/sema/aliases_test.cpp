#include <doctest/doctest.h>

#include "tests/sema/sema_helpers.h"

using namespace stria;
using namespace stria::sema_testing;

namespace {

std::string aliased_model(const std::string& types, const std::string& items) {
  return "stria 0.1\n" + types + "\nmodel M() {\n" + items + "\n}\n";
}

}  // namespace

TEST_CASE("dims.1: the dims of a type alias are those of the body that uses it") {
  const std::string types = "type Frame = stream [F]\ntype Sound = Frame\ntype Rates = stream [N]";
  CHECK(codes_of(aliased_model(types,
                               "  input x: Sound\n  let h: Frame = x\n  param w: [N, F] ~ glorot()\n"
                               "  output rate: Rates = w @ h"))
            .empty());
  CHECK(messages_of(aliased_model(types, "  input x: Sound\n  output rate: Rates = x")) ==
        Codes{"E0305 @ x"});
  CHECK(codes_of(
            "stria 0.1\ntype Pair = [H, H]\nlayer A(H: dim) {\n  input x: [H]\n  param w: Pair ~ glorot()\n"
            "  output y: [H] = w @ x\n}\n")
            .empty());
}

TEST_CASE("units.2: the unit of a type alias holds wherever the alias does") {
  const std::string cell =
      "stria 0.1\ntype Potential = [H] in mV\ntype Wait = ms\ncell C(tau: Wait = 20ms) {\n  input x: [H]\n"
      "  state v: Potential = 0\n";
  CHECK(codes_of(cell + "  tau * d/dt v = x * 1mV - v\n  output next v / 1mV\n}\n").empty());
  CHECK(codes_of(cell + "  tau * d/dt v = x - v\n  output next v / 1mV\n}\n") == Codes{"E0402"});
  CHECK(codes_of("stria 0.1\ntype Wait = ms\nfn f(a: Wait) = a\nlet b = f(3Hz)\n") == Codes{"E0403"});
  CHECK(codes_of("stria 0.1\ntype Loud = stream [F] in dB\nmodel M() {\n  input x: Loud\n"
                 "  output rate = x * x\n}\n") == Codes{"E0405"});
}

TEST_CASE("vals.7: names that the file of a type alias declares are those of that file") {
  const std::map<std::string, std::string> lab{
      {"lab.stria",
       "stria 0.1\nlet bands = 34\nunit tick = 20 * ms\ntype Frame = stream [bands]\n"
       "type Delay = [F] in tick\ntype Size = dim\n"}};
  const auto codes = [&](const std::string& text) {
    return CheckedSpec("stria 0.1\nuse lab (Frame, Delay, Size)\n" + text, {}, lab).codes();
  };
  CHECK(codes("layer A() {\n  input x: Frame\n  param w: [34] = 1\n  output x * w\n}\n").empty());
  CHECK(codes("layer A() {\n  input x: Frame\n  param w: [33] = 1\n  output x * w\n}\n") == Codes{"E0302"});
  CHECK(codes("let bands = 33\nlayer A() {\n  input x: Frame\n  param w: [34] = 1\n  output x * w\n}\n")
            .empty());
  CHECK(
      codes("layer A() {\n  input x: [F]\n  param d: Delay = 20ms within > 0ms\n  output x * (d / 1ms)\n}\n")
          .empty());
  CHECK(codes("layer A(H: Size) {\n  input x: [H]\n  param w: [H] = 1\n  output x * w\n}\n").empty());
}

TEST_CASE("vals.7: a type that is defined by itself is refused once") {
  CHECK(messages_of(aliased_model("type A = B\ntype B = list of A\ntype C = A",
                                  "  input x: A\n  output rate: C = x")) == Codes{"E0203 @ A"});
  CHECK(messages_of("stria 0.1\ntype A = A\n") == Codes{"E0203 @ A"});
}

TEST_CASE("a type alias of nothing is told where it is declared, and not again where it is used") {
  CHECK(messages_of(aliased_model("type Frame = Strem", "  input x: Frame\n  output rate: Frame = x")) ==
        Codes{"E0204 @ Strem"});
  CHECK(messages_of("stria 0.1\ntype int = ms\n") == Codes{"E0202 @ int"});
  CHECK(messages_of(aliased_model("type Wait = ms", "  input x: stream [F] in Wait\n  output rate = x")) ==
        Codes{"E0204 @ Wait"});
  CHECK(messages_of(aliased_model("type Count = int", "  input x: Count\n  output rate = x")) ==
        Codes{"E0209 @ Count"});
}

TEST_CASE("data.7: a value of type `unit` is what a dataset's units can be") {
  const std::string of_unit = "stria 0.1\nfn name_of(u: unit) = u\n";
  CHECK(
      codes_of(of_unit + "let a = name_of(3)\nlet b = name_of(\"u3\")\nlet c = name_of({id = 3})\n").empty());
  CHECK(messages_of(of_unit + "let a = name_of([1, 2])\n") == Codes{"E0209 @ [1, 2]"});
  CHECK(messages_of(of_unit + "let a = name_of(3ms)\n") == Codes{"E0209 @ 3ms"});
}

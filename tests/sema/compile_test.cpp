#include "compiler/sema/compile.h"

#include <doctest/doctest.h>

#include <map>
#include <set>

#include "tests/sema/sema_helpers.h"

using namespace stria;
using namespace stria::sema_testing;

namespace {

std::string layer(const std::string& items) {
  return "stria 0.1\nlayer A(H: dim, K: dim) {\n  input x: [I]\n" + items + "\n}\n";
}
std::string cell(const std::string& items) {
  return "stria 0.1\ncell A() {\n  input x: [H]\n" + items + "\n}\n";
}
std::string model(const std::string& items) {
  return "stria 0.1\nuse stria.layers (BatchNorm, Linear, STRF)\nuse stria.cells (GRU)\nmodel M() {\n  input "
         "x: stream [F]\n" +
         items + "\n}\n";
}
std::string experiment(const std::string& model, const std::string& protocol = "Standard()") {
  return "stria 0.1\nuse stria.models (L, LN, StateNet)\nuse stria.cells (GRU)\nuse stria.layers "
         "(LocallyConnected)\n"
         "use stria.datasets (Simulated)\nuse stria.protocols (Standard)\n"
         "experiment E {\n  data = Simulated()\n  model = " +
         model + "\n  protocol = " + protocol + "\n}\n";
}

// Natives that all fail, as if the data were not there.
struct NoData : DataHost {
  bool has(std::string_view) const override { return true; }
  Value call(std::string_view, const NativeArguments&) override { throw DataError("there are no data"); }
};

TEST_CASE("vals.3: a window divided by the step is a whole number, never one less") {
  CheckedSpec spec("stria 0.1\nlet K = 215ms // 5ms\nlet down = -7 // 2\nlet third = 3 * (1 / 3)\n");
  CHECK(spec.codes().empty());
  CHECK(spec.value("K").get<Number>()->exact == Rational(43));
  CHECK(spec.value("down").get<Number>()->exact == Rational(-4));
  CHECK(spec.value("third").get<Number>()->exact == Rational(1));
}

TEST_CASE("vals.7: order never matters, a cycle is refused") {
  CHECK(codes_of("stria 0.1\nlet a = b\nlet b = 1\n").empty());
  CHECK(codes_of("stria 0.1\nlet a = b\nlet b = c\nlet c = a\n") == Codes{"E0203"});
}

TEST_CASE("vals.8: a pipe applies a recipe, and gives a function its first argument") {
  CHECK(codes_of(model("  output rate: stream [N] = x |> tanh |> Linear(N)")).empty());
  CHECK(codes_of(model("  output rate: stream [N] = (x |> GRU(3)) |> Linear(N)")).empty());
  CHECK(messages_of(model("  output rate: stream [N] = x |> 3")) == Codes{"E0209 @ 3"});
  CHECK(messages_of(model("  output rate: stream [N] = x |> Linaer(N)")) == Codes{"E0201 @ Linaer"});
}

TEST_CASE("vals.9: `with` and `--set` change what is there, nothing else") {
  CHECK(codes_of(experiment("L() with {windw = 3}")) == Codes{"E0213"});
  CHECK(codes_of(experiment("L()"), {"E.protocol.lr=3e-3"}).empty());
  CHECK(codes_of(experiment("L()"), {"Nobody.lr=3"}) == Codes{"E0213"});
  CHECK(codes_of(experiment("L()"), {"E.protocol.lr"}) == Codes{"E0214"});
}

TEST_CASE("vals.9: changes that read alike in two members, and mean what the sweep gives, make two models") {
  const auto graphs = [](const std::string& with) {
    CheckedSpec spec(
        "stria 0.1\nuse stria.datasets (Simulated)\nuse stria.fit (early, l2, mse)\nuse stria.models (L)\n"
        "use stria.protocols (Standard)\nprotocol Weighted(w) = Standard() with {loss = mse() + w * "
        "l2(\"*\")}\n"
        "experiment E {\n  data = Simulated()\n  sweep n in [1, 2]\n  model = L(window = 20ms)\n  protocol "
        "= " +
        with + "\n}\n");
    REQUIRE(spec.codes().empty());
    std::set<std::string> texts;
    for (const auto& plan : spec.compiler().outline())
      texts.insert(
          ir::print(spec.compiler().build(*plan.model, plan.protocol.get(), {5, 3, {}}, *plan.dt)->train));
    return texts.size();
  };
  CHECK(graphs("Standard() with {loss = mse() + n * l2(\"*\")}") == 2);
  CHECK(graphs("Weighted(n)") == 2);
  CHECK(graphs("Standard() with {stop = early(patience = n)}") == 1);  // no part of the graph
}

TEST_CASE("dims.2: two names are two dims") {
  CHECK(codes_of(layer("  param b: [H] = 0\n  output x + b")) == Codes{"E0302"});
  CHECK(codes_of(layer("  param b: [I] = 0\n  output x + b")).empty());
}

TEST_CASE("dims.4: the smaller side is repeated, a slip never becomes an outer product") {
  CHECK(codes_of(layer("  param W: [H, I] = 0\n  output W * x")).empty());
  CHECK(codes_of(layer("  param a: [H] = 1\n  param b: [K] = 1\n  output a * b")) == Codes{"E0302"});
  CHECK(codes_of(layer("  param a: [H] = 1\n  param b: [K] = 1\n  output outer(a, b)")).empty());
}

TEST_CASE("dims.6: `@` sums over the last dim of its left side") {
  CHECK(codes_of(layer("  param W: [H, I] = 0\n  output W @ x")).empty());
  CHECK(messages_of(layer("  param W: [I, H] = 0\n  output W @ x")) == Codes{"E0301 @ @"});
}

TEST_CASE("dims.8: a stack of layers finds the dims of its inputs") {
  CHECK(codes_of(model("  output rate: stream [N] = x |> Linear(7) |> Linear(N)")).empty());
  CHECK(codes_of(model("  output rate: stream [N] = x")) == Codes{"E0305"});
}

TEST_CASE("dims.10: what a body made is nameless outside, and two of one name are refused") {
  CHECK(codes_of(model("  let y = x |> Linear(7)\n  let z = x |> Linear(7)\n  output rate: stream [N] = (y + "
                       "z) |> Linear(N)"))
            .empty());
  CHECK(codes_of(model("  let y = x |> Linear(7)\n  let z = x |> Linear(8)\n  output rate: stream [N] = (y + "
                       "z) |> Linear(N)")) == Codes{"E0302"});
}

TEST_CASE("dims.12: `over` goes, `per` stays") {
  CHECK(codes_of(layer("  output x - mean(x, over = I)")).empty());
  CHECK(codes_of(layer("  output mean(x, over = H)")) == Codes{"E0303"});
  CHECK(codes_of(model("  output rate: stream [N] = x |> BatchNorm(per = F) |> Linear(N)")).empty());
  CHECK(messages_of(model("  output rate: stream [N] = x |> BatchNorm(over = F) |> Linear(N)")) ==
        Codes{"E0208 @ over"});
}

TEST_CASE("units.2: sums join one dimension, functions want plain numbers") {
  CHECK(codes_of("stria 0.1\nlet a = 5ms + 2s\n").empty());
  CHECK(codes_of("stria 0.1\nlet a = 5ms + 3\n") == Codes{"E0402"});
  CHECK(codes_of("stria 0.1\nlet a = tanh(5ms)\n") == Codes{"E0404"});
  CHECK(codes_of("stria 0.1\nlet a = 3mss\n") == Codes{"E0204"});
}

TEST_CASE("units.4, scan.3: the sides of d/dt have one unit") {
  const std::string state = "  state v: [H] = 0\n  output next v\n";
  CHECK(codes_of(cell(state + "  param tau: [H] in ms = 20ms within > 0ms\n  tau * d/dt v = x - v")).empty());
  CHECK(codes_of(cell(state + "  param tau: [H] = 20\n  tau * d/dt v = x - v")) == Codes{"E0401"});
  CHECK(codes_of(cell(state + "  d/dt v = x - v")) == Codes{"E0401"});
}

TEST_CASE("scan.1: each state has exactly one update, and only states have a next") {
  CHECK(codes_of(cell("  state h: [H] = 0\n  output h")) == Codes{"E0504"});
  CHECK(messages_of(cell("  state h: [H] = 0\n  next h = next x\n  output next h")) == Codes{"E0505 @ x"});
}

TEST_CASE("par.4: a start lies strictly inside its bounds") {
  CHECK(codes_of(layer("  param g: [I] = 0.5 within 0 .. 1\n  output x * g")).empty());
  CHECK(codes_of(layer("  param g: [I] = 1 within 0 .. 1\n  output x * g")) == Codes{"E0407"});
  CHECK(codes_of(layer("  param g: [I] ~ normal(0, 1) within > 0\n  output x * g")) == Codes{"E0407"});
}

TEST_CASE("one mistake in an argument brings one message, where it is written") {
  CHECK(messages_of(experiment("L(window = 215)")) == Codes{"E0403 @ 215"});
  CHECK(messages_of(experiment("L(window = \"long\")")) == Codes{"E0209 @ \"long\""});
  CHECK(messages_of(experiment("StateNet(core = GRU(0))")) == Codes{"E0307 @ 0"});
  CHECK(messages_of(experiment("L()", "Standard(batch = 0)")) == Codes{"E0407 @ 0"});
  CHECK(messages_of(experiment("L()", "Standard(seed = -1)")) == Codes{"E0407 @ -1"});
  CHECK(codes_of(experiment("StateNet(down = LocallyConnected(channels = 7, kernel = 40, stride = 3))")) ==
        Codes{"E0702"});
}

TEST_CASE("what cannot be worked out in reasonable time is refused") {
  CHECK(codes_of("stria 0.1\nlet a = [i for i in 0 .. 100000000000]\n") == Codes{"E0220"});
  CHECK(codes_of("stria 0.1\nlet a = [0 for i in 0 .. 2000, j in 0 .. 2000]\n") == Codes{"E0220"});
  CHECK(codes_of(experiment("StateNet(core = GRU(10_000_000_000))")) == Codes{"E0220"});
}

std::shared_ptr<const ModelProgram> built(CheckedSpec& spec, const std::string& name, int64_t n_bands,
                                          int64_t n_units) {
  const Value value = spec.value(name);
  const auto* recipe = value.object<Recipe>();
  REQUIRE(recipe);
  return spec.compiler().build(*recipe, nullptr, {n_bands, n_units, {}}, Rational::make(5, 1000).value());
}

TEST_CASE("par.2: parameters of StateNet by path, and their number (section 12)") {
  CheckedSpec spec("stria 0.1\nuse stria.models (StateNet)\nlet net = StateNet()\n");
  const auto one = built(spec, "net", 34, 1);
  REQUIRE(one);
  std::map<std::string, std::vector<int64_t>> sizes;
  for (const auto& parameter : one->parameters) sizes[parameter.path] = parameter.sizes;
  CHECK(sizes.at("down.w") == std::vector<int64_t>{10, 7, 7});
  CHECK(sizes.at("down.b") == std::vector<int64_t>{10, 7});
  CHECK(sizes.at("BatchNorm.scale") == std::vector<int64_t>{7});
  CHECK(sizes.at("core.Wxr") == std::vector<int64_t>{70, 70});
  CHECK(sizes.at("core.bhn") == std::vector<int64_t>{70});
  CHECK(sizes.at("Linear.w") == std::vector<int64_t>{1, 70});
  CHECK(sizes.at("DoubleExp.a") == std::vector<int64_t>{1});
  CHECK(one->parameter_count() == 560 + 14 + 29'820 + 71 + 4);
  const auto many = built(spec, "net", 34, 73);
  REQUIRE(many);
  CHECK(many->parameter_count() == 30'394 + 75 * 73);
  CHECK(many->buffers.size() == 2);
}

TEST_CASE("par.2: the second layer of one name in a body is numbered") {
  CheckedSpec spec(model("  output rate: stream [N] = x |> Linear(3) |> Linear(N)") + "let net = M()\n");
  const auto program = built(spec, "net", 4, 2);
  REQUIRE(program);
  std::set<std::string> paths;
  for (const auto& parameter : program->parameters) paths.insert(parameter.path);
  CHECK(paths == std::set<std::string>{"Linear.b", "Linear.w", "Linear2.b", "Linear2.w"});
}

TEST_CASE("time.3: reach of a receptive field and of a cell") {
  CheckedSpec spec(model("  output rate: stream [N] = x |> STRF(N, 50ms)") +
                   "model G() {\n  input x: stream [F]\n  output rate: stream [N] = x |> GRU(2) |> "
                   "Linear(N)\n}\nlet field = M()\nlet net = G()\n");
  CHECK(built(spec, "field", 4, 2)->reach_past == 9);
  CHECK(built(spec, "net", 4, 2)->reach_past == -1);
}

TEST_CASE("data.7: where data cannot be read, names made of them bring no message of their own") {
  CheckedSpec spec(
      "use stria.data (simulate, simulated_stimulus_name)\nuse stria.models (L)\n"
      "use stria.protocols (Standard)\n"
      "dataset Own() {\n"
      "  let world = simulate(bands = 3, clips = 3, shortest = 1s, longest = 1s, units = 1, trials = 2, dt = "
      "5ms,\n"
      "                       lowest_rate = 5Hz, highest_rate = 9Hz, adaptation = 1, smoothing = 21ms, seed "
      "= 1)\n"
      "  stimuli = 1 .. 3\n  units = [1]\n"
      "  fn stimulus_name(s) = simulated_stimulus_name(world, s)\n"
      "  fn stimulus(s): stream [F = 3] every 5ms = none\n"
      "  fn trials(u, s): stream [R] every 5ms = none\n}\n"
      "experiment E {\n  data = Own()\n  model = L()\n  protocol = Standard()\n}\n");
  REQUIRE(spec.codes().empty());
  NoData host;
  spec.compiler().link(host);
  CHECK(spec.codes() == Codes{"E0603"});
}

}  // namespace

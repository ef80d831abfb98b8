// Which machines code can be generated for here.
#include "compiler/codegen/target.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <stdexcept>

using namespace stria;

TEST_CASE("the host has vectors, and at least what each floor it can run has") {
  const codegen::Target host = codegen::host();
  CHECK_FALSE(host.cpu.empty());
  CHECK(host.vector_bytes >= 16);
  CHECK(host.float_lanes() == 2 * host.double_lanes());
  for (const std::string& name : codegen::baselines()) {
    const codegen::Target floor = codegen::baseline(name);
    CAPTURE(name);
    CHECK(floor.name == name);
    CHECK(floor.vector_bytes <= host.vector_bytes);
    CHECK((host.fma || !floor.fma));
    CHECK((host.avx512 || !floor.avx512));
  }
}

TEST_CASE("the floors of x86-64 are what their names say") {
  const std::vector<std::string> names = codegen::baselines();
  if (names.empty()) return;  // another kind of processor
  CHECK(names[0] == "x86-64");
  CHECK(codegen::baseline("x86-64").float_lanes() == 4);
  CHECK_FALSE(codegen::baseline("x86-64").fma);
  if (names.size() < 2) return;
  CHECK(codegen::baseline("x86-64-v3").double_lanes() == 4);
  CHECK(codegen::baseline("x86-64-v3").fma);
}

TEST_CASE("a floor that this machine cannot run, or that does not exist, is refused") {
  CHECK_THROWS_WITH_AS(codegen::baseline("z80"),
                       "no machine is called \"z80\": take x86-64, x86-64-v3 or x86-64-v4",
                       std::invalid_argument);
  const std::vector<std::string> names = codegen::baselines();
  for (const std::string name : {"x86-64", "x86-64-v3", "x86-64-v4"}) {
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    std::string text;
    try {
      codegen::baseline(name);
    } catch (const std::invalid_argument& error) {
      text = error.what();
    }
    CHECK(text.find("code for " + name + " cannot run here: this machine lacks ") == 0);
  }
}

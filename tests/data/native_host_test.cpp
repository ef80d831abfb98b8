#include "runtime/data/native_host.h"

#include <doctest/doctest.h>

#include <fstream>
#include <regex>
#include <set>

using stria::data::NativeDataHost;

namespace {

// `fn wav(file) = native` in stdlib/stria/<module>.stria, as "stria.<module>.wav".
std::set<std::string> declared_natives(const std::string& module) {
  std::ifstream file(std::string(STRIA_STDLIB_DIR) + "/stria/" + module + ".stria");
  REQUIRE(file);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  std::set<std::string> names;
  std::string::const_iterator at = text.begin();
  const std::regex opening(R"(\bfn\s+(\w+)\s*\()");
  for (std::smatch found; std::regex_search(at, text.end(), found, opening); at = found.suffix().first) {
    // Up to the closing bracket of the formals, then `= native`.
    auto end = found.suffix().first;
    for (int depth = 1; end != text.end() && depth > 0; ++end)
      depth += *end == '(' ? 1 : *end == ')' ? -1 : 0;
    if (std::regex_search(end, text.end(), std::regex(R"(^\s*=\s*native\b)"),
                          std::regex_constants::match_continuous))
      names.insert("stria." + module + "." + found[1].str());
  }
  return names;
}

}  // namespace

TEST_CASE("every native that stdlib declares has an implementation, and the other way round") {
  std::set<std::string> declared = declared_natives("data");
  declared.merge(declared_natives("datasets"));
  const NativeDataHost host;
  const std::vector<std::string> names = host.names();
  CHECK(declared == std::set<std::string>(names.begin(), names.end()));
  CHECK(declared.size() >= 20);
}

TEST_CASE("a name that is no native is not found") {
  const NativeDataHost host;
  CHECK(host.has("stria.data.wav"));
  CHECK_FALSE(host.has("wav"));
  CHECK_FALSE(host.has("stria.data.mat"));
}

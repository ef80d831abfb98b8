#include "compiler/codegen/target.h"

#include <fmt/format.h>
#include <llvm/ADT/StringMap.h>
#include <llvm/TargetParser/Host.h>
#include <llvm/TargetParser/Triple.h>

#include <algorithm>
#include <stdexcept>

namespace stria::codegen {

namespace {

// The psABI's levels of x86-64; v2 has no wider vectors than the first and is left out.
struct Floor {
  std::string_view name;
  std::vector<std::string_view> needs;  // features of LLVM beyond the floor before it
  int vector_bytes;
  bool fma;
  bool avx512;
};
const std::vector<Floor>& floors() {
  static const std::vector<Floor> all = {
      {"x86-64", {"sse2"}, 16, false, false},
      {"x86-64-v3", {"avx2", "bmi", "bmi2", "f16c", "fma", "lzcnt", "movbe"}, 32, true, false},
      {"x86-64-v4", {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"}, 64, true, true},
  };
  return all;
}

using Features = llvm::StringMap<bool, llvm::MallocAllocator>;

bool has(const Features& features, std::string_view name) {
  const auto found = features.find(llvm::StringRef(name.data(), name.size()));
  return found != features.end() && found->second;
}

bool is_x86_64() { return llvm::Triple(llvm::sys::getProcessTriple()).getArch() == llvm::Triple::x86_64; }

// Features that this machine lacks for `floor`, those of the smaller floors included.
std::string missing(const Floor& floor, const Features& features) {
  if (!is_x86_64()) return "an x86-64 processor";
  std::string list;
  for (const Floor& smaller : floors()) {
    for (const std::string_view need : smaller.needs) {
      if (!has(features, need)) list += (list.empty() ? "" : ", ") + std::string(need);
    }
    if (smaller.name == floor.name) break;
  }
  return list;
}

}  // namespace

Target host() {
  const Features features = llvm::sys::getHostCPUFeatures();
  Target target{"host", llvm::sys::getHostCPUName().str(), "", 16, true, false};
  std::vector<std::string> written;
  for (const auto& feature : features) {
    written.push_back((feature.second ? "+" : "-") + feature.first().str());
  }
  std::sort(written.begin(), written.end());
  target.features = fmt::format("{}", fmt::join(written, ","));
  if (!is_x86_64()) return target;
  target.fma = has(features, "fma");
  target.avx512 = missing(floors().back(), features).empty();
  target.vector_bytes = target.avx512 ? 64 : has(features, "avx") ? 32 : 16;
  return target;
}

Target baseline(std::string_view name) {
  for (const Floor& floor : floors()) {
    if (floor.name != name) continue;
    const std::string lacks = missing(floor, llvm::sys::getHostCPUFeatures());
    if (!lacks.empty()) {
      throw std::invalid_argument(
          fmt::format("code for {} cannot run here: this machine lacks {}", name, lacks));
    }
    return {std::string(name), std::string(name), "", floor.vector_bytes, floor.fma, floor.avx512};
  }
  throw std::invalid_argument(
      fmt::format("no machine is called \"{}\": take x86-64, x86-64-v3 or x86-64-v4", name));
}

std::vector<std::string> baselines() {
  const Features features = llvm::sys::getHostCPUFeatures();
  std::vector<std::string> names;
  for (const Floor& floor : floors()) {
    if (missing(floor, features).empty()) names.emplace_back(floor.name);
  }
  return names;
}

}  // namespace stria::codegen

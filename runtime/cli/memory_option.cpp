#include "runtime/cli/memory_option.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <array>
#include <cctype>
#include <cmath>
#include <cstdlib>

namespace stria::cli {
namespace {

struct Unit {
  const char* name;
  double bytes;
};
constexpr std::array units = {Unit{"kib", 0x1p10}, Unit{"mib", 0x1p20}, Unit{"gib", 0x1p30},
                              Unit{"tib", 0x1p40}, Unit{"k", 0x1p10},   Unit{"m", 0x1p20},
                              Unit{"g", 0x1p30},   Unit{"t", 0x1p40},   Unit{"kb", 1e3},
                              Unit{"mb", 1e6},     Unit{"gb", 1e9},     Unit{"tb", 1e12}};

constexpr double least = 0x1p20, most = 0x1p50;

}  // namespace

std::optional<int64_t> memory_size(const std::string& text) {
  if (text.empty() || std::isdigit(static_cast<unsigned char>(text[0])) == 0) return std::nullopt;
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  while (*end == ' ') ++end;
  std::string name;
  for (; *end != 0; ++end) name += static_cast<char>(std::tolower(static_cast<unsigned char>(*end)));
  for (const Unit& unit : units) {
    const double bytes = std::floor(number * unit.bytes);
    if (name == unit.name && bytes >= least && bytes <= most) return static_cast<int64_t>(bytes);
  }
  return std::nullopt;
}

void add_memory_option(CLI::App& command, MemoryOption& option) {
  command
      .add_option_function<std::string>(
          "--memory",
          [&option](const std::string& text) {
            const auto bytes = memory_size(text);
            if (!bytes)
              throw CLI::ValidationError(
                  "--memory", fmt::format("`{}` is not a size such as 2GiB or 500MB (at least 1MiB)", text));
            option = {*bytes, true};
          },
          fmt::format(
              "what members that train at the same time may take together, such as 500MB (default: {}): how "
              "many there are, and how much of a training step each keeps; never changes a result",
              exec::memory_text(exec::default_memory)))
      ->type_name("SIZE");
}

std::string memory_refused(const MemoryOption& option, const std::string& executor) {
  if (!option.given || executor == "plan") return "";
  return fmt::format("`--memory` says what the plan executor may take; the {} executor takes what it takes\n",
                     executor);
}

}  // namespace stria::cli

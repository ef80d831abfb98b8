// --memory SIZE: what members that train at the same time may take together.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "runtime/exec/memory.h"

namespace CLI {
class App;
}

namespace stria::cli {

struct MemoryOption {
  int64_t bytes = exec::default_memory;
  bool given = false;
};
void add_memory_option(CLI::App& command, MemoryOption& option);

// Bytes of "2GiB", "500 MB", "1.5G" (a power of 1024, as GiB); nothing where it is no such size, or less than
// one MiB, or more than a machine could have.
std::optional<int64_t> memory_size(const std::string& text);

// Why the option says nothing with this executor; empty where it does.
std::string memory_refused(const MemoryOption& option, const std::string& executor);

}  // namespace stria::cli

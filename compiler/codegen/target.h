// The machine that code is generated for.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace stria::codegen {

struct Target {
  std::string name;      // "host", or the name given to baseline()
  std::string cpu;       // as LLVM calls it: which instructions are fast
  std::string features;  // as LLVM writes them, "+avx2,-avx512f": which instructions there are
  int vector_bytes = 0;  // of the widest vector register
  bool fma = false;      // a fused multiply-add, of vectors too
  bool avx512 = false;   // AVX-512 F, BW, CD, DQ and VL

  int float_lanes() const { return vector_bytes / 4; }
  int double_lanes() const { return vector_bytes / 8; }
};

// This machine, with all that it has.
Target host();

// A named floor of x86-64: "x86-64" (SSE2), "x86-64-v3" (AVX2 and FMA) or "x86-64-v4" (AVX-512). Equal names
// give equal results on every machine that can run them. Throws std::invalid_argument for another name, or
// for one that this machine cannot run, naming what is missing.
Target baseline(std::string_view name);

// The names for which baseline() does not throw here, the smallest first.
std::vector<std::string> baselines();

}  // namespace stria::codegen

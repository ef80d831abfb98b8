// Which build this is, for bug reports, `stria --version`, results.json and lock.toml.
#pragma once

namespace stria {

// "0.1.0": the version of CMakeLists.txt.
const char* version();
// "0.1": the version of the language, as the first line of a spec says it.
inline constexpr const char* language_version = "0.1";
// Forty hex digits of the commit that was built, or "unknown" outside a git checkout.
const char* commit();

}  // namespace stria

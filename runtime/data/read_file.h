// Whole files: read with a message that names what was looked for, written so that half a file is never seen.
#pragma once

#include <string>
#include <string_view>

namespace stria::data {

// Throws DataError: "the spike file `x` does not exist".
std::string read_file(const std::string& path, std::string_view what);

// Writes to a temporary name beside `path`, then renames. Throws DataError where the disk refuses.
void write_file(const std::string& path, std::string_view bytes);

}  // namespace stria::data

// Files of a run folder: never half-written, names safe on every file system.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace stria::report {

// Writes to a temporary name beside `path`, then renames: readers see the old file or the new one. Folders
// are made. Throws DataError, which names the file and the reason.
void write_file(const std::filesystem::path& path, std::string_view content);
// The same for a writer that takes a path.
void write_file_with(const std::filesystem::path& path,
                     const std::function<void(const std::filesystem::path&)>& write);

// The folder of `path`, where it is missing. Throws DataError.
void make_folder_of(const std::filesystem::path& path);

std::string read_file(const std::filesystem::path& path);  // throws DataError

// exp.4: letters, digits, `.`, `-`, `_` and `%xx` stay; every other byte, and a dot at the start, becomes
// `%xx`. A name of over 180 bytes is cut and ends in the start of its SHA-256.
std::string file_name(std::string_view member);

std::string sha256(std::string_view bytes);  // 64 hexadecimal digits

}  // namespace stria::report

#include "runtime/report/files.h"

#include <fmt/format.h>
#include <llvm/ADT/StringExtras.h>
#include <llvm/Support/SHA256.h>

#include <cctype>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "compiler/sema/value.h"

namespace stria::report {
namespace fs = std::filesystem;
namespace {

constexpr size_t longest_name = 180;

[[noreturn]] void fail(const fs::path& path, const std::string& what) {
  throw DataError(fmt::format("`{}` cannot be {}", path.string(), what),
                  "check that the folder exists, is yours, and has room left");
}

bool is_hex(char c) { return std::isxdigit(static_cast<unsigned char>(c)) != 0; }

}  // namespace

void make_folder_of(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  if (error) fail(path, fmt::format("written: {}", error.message()));
}

void write_file_with(const fs::path& path, const std::function<void(const fs::path&)>& write) {
  std::error_code error;
  make_folder_of(path);
  fs::path temporary = path;
  temporary += ".part";
  try {
    write(temporary);
  } catch (...) {
    fs::remove(temporary, error);
    throw;
  }
  fs::rename(temporary, path, error);
  if (error) {
    const std::string reason = error.message();
    fs::remove(temporary, error);
    fail(path, fmt::format("written: {}", reason));
  }
}

void write_file(const fs::path& path, std::string_view content) {
  write_file_with(path, [&](const fs::path& temporary) {
    std::ofstream out(temporary, std::ios::binary);
    out.write(content.data(), static_cast<std::streamsize>(content.size()));
    out.close();
    if (!out) fail(path, fmt::format("written: {}", std::strerror(errno)));
  });
}

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream content;
  content << in.rdbuf();
  if (!in) fail(path, fmt::format("read: {}", std::strerror(errno)));
  return std::move(content).str();
}

std::string file_name(std::string_view member) {
  std::string name;
  for (size_t i = 0; i < member.size(); ++i) {
    const char c = member[i];
    const bool escaped = c == '%' && i + 2 < member.size() && is_hex(member[i + 1]) && is_hex(member[i + 2]);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || (c == '.' && i > 0);
    if (plain || escaped)
      name += c;
    else
      name += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  if (name.size() > longest_name)
    name = name.substr(0, longest_name - 17) + "~" + sha256(member).substr(0, 16);
  return name;
}

std::string sha256(std::string_view bytes) {
  const auto* data = reinterpret_cast<const uint8_t*>(bytes.data());
  return llvm::toHex(llvm::SHA256::hash(llvm::ArrayRef<uint8_t>(data, bytes.size())), true);
}

}  // namespace stria::report

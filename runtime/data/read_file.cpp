#include "runtime/data/read_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "compiler/sema/value.h"

namespace stria::data {

std::string read_file(const std::string& path, std::string_view what) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status))
    throw DataError(fmt::format("the {} `{}` does not exist", what, path), "check the folder and the name");
  if (!std::filesystem::is_regular_file(status))
    throw DataError(fmt::format("the {} `{}` is not a file", what, path), "give the file itself");
  std::ifstream stream(path, std::ios::binary);
  std::string bytes;
  if (stream) bytes.assign(std::istreambuf_iterator<char>(stream), {});
  if (!stream || stream.bad())
    throw DataError(fmt::format("the {} `{}` cannot be read", what, path), "check its permissions");
  return bytes;
}

void write_file(const std::string& path, std::string_view bytes) {
  const std::string temporary = path + ".part";
  const auto fail = [&](const char* step) {
    const std::string reason = std::strerror(errno);
    ::unlink(temporary.c_str());
    throw DataError(fmt::format("`{}` cannot be {}: {}", path, step, reason),
                    "check that the folder exists, may be written to and has room");
  };
  const int file = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (file < 0) fail("created");
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t written = ::write(file, bytes.data() + done, bytes.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      const int reason = errno;
      ::close(file);
      errno = reason;
      fail("written");
    }
    done += static_cast<size_t>(written);
  }
  if (::close(file) != 0) fail("written");
  if (std::rename(temporary.c_str(), path.c_str()) != 0) fail("renamed");
}

}  // namespace stria::data

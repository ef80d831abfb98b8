#include "runtime/data/npz.h"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <filesystem>
#include <memory>
#include <stdexcept>

#include "runtime/data/read_file.h"

namespace stria::data {

namespace {

static_assert(std::endian::native == std::endian::little, ".npy headers below say little endian");

std::string shape_text(const std::vector<int64_t>& shape) {
  std::string text = "(";
  for (const int64_t size : shape) text += fmt::format("{}, ", size);
  if (shape.size() > 1) text.resize(text.size() - 2);
  if (shape.size() == 1) text.resize(text.size() - 1);
  return text + ")";
}

// Magic, version, length and a Python dict padded so that the values begin at a multiple of 64.
std::string header(const std::string& type, const std::vector<int64_t>& shape) {
  std::string dict =
      fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': {}, }}", type, shape_text(shape));
  constexpr size_t fixed = 10;
  dict.append(63 - (fixed + dict.size()) % 64, ' ');
  dict += '\n';
  if (dict.size() > 0xffff) throw std::logic_error("too many dims for an .npy header");
  std::string bytes("\x93NUMPY\x01\x00", 8);
  bytes += static_cast<char>(dict.size() & 0xff);
  bytes += static_cast<char>(dict.size() >> 8);
  return bytes + dict;
}

template <class T>
NpyArray array(std::string name, const char* type, const std::vector<int64_t>& shape,
               std::span<const T> values) {
  int64_t size = 1;
  for (const int64_t n : shape) size *= n;
  if (size != static_cast<int64_t>(values.size()))
    throw std::logic_error("shape and values of `" + name + "` differ");
  NpyArray result{std::move(name), header(type, shape)};
  result.bytes.append(reinterpret_cast<const char*>(values.data()), values.size_bytes());
  return result;
}

// Code points of UTF-8; a broken byte becomes U+FFFD.
std::u32string code_points(const std::string& text) {
  std::u32string points;
  for (size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const size_t length = byte < 0x80       ? 1
                          : byte >> 5 == 6  ? 2
                          : byte >> 4 == 14 ? 3
                          : byte >> 3 == 30 ? 4
                                            : 0;
    char32_t point = length == 1 ? byte : length ? byte & (0xff >> (length + 1)) : 0xfffd;
    size_t used = 1;
    for (; used < length && i + used < text.size() && (text[i + used] & 0xc0) == 0x80; ++used)
      point = (point << 6) | (static_cast<unsigned char>(text[i + used]) & 0x3f);
    points += length && used < length ? char32_t{0xfffd} : point;
    i += used;
  }
  return points;
}

using Archive = std::unique_ptr<archive, int (*)(archive*)>;
using Entry = std::unique_ptr<archive_entry, void (*)(archive_entry*)>;

void require(bool done, archive* zip) {
  if (!done) throw DataError(fmt::format("the zip archive cannot be made: {}", archive_error_string(zip)));
}

la_ssize_t append(archive*, void* target, const void* bytes, size_t size) {
  static_cast<std::string*>(target)->append(static_cast<const char*>(bytes), size);
  return static_cast<la_ssize_t>(size);
}

// No time is set: the zip then holds its earliest, 1 January 1980, whatever the clock and the time zone.
void add_entry(archive* zip, const NpyArray& array) {
  const Entry entry(archive_entry_new(), archive_entry_free);
  archive_entry_set_pathname(entry.get(), (array.name + ".npy").c_str());
  archive_entry_set_size(entry.get(), static_cast<la_int64_t>(array.bytes.size()));
  archive_entry_set_filetype(entry.get(), AE_IFREG);
  archive_entry_set_perm(entry.get(), 0644);
  require(archive_write_header(zip, entry.get()) == ARCHIVE_OK, zip);
  const la_ssize_t written = archive_write_data(zip, array.bytes.data(), array.bytes.size());
  require(written == static_cast<la_ssize_t>(array.bytes.size()), zip);
}

}  // namespace

NpyArray npy(std::string name, const std::vector<int64_t>& shape, std::span<const float> values) {
  return array(std::move(name), "<f4", shape, values);
}
NpyArray npy(std::string name, const std::vector<int64_t>& shape, std::span<const double> values) {
  return array(std::move(name), "<f8", shape, values);
}
NpyArray npy(std::string name, const std::vector<int64_t>& shape, std::span<const int64_t> values) {
  return array(std::move(name), "<i8", shape, values);
}

NpyArray npy(std::string name, const std::vector<std::string>& texts) {
  std::vector<std::u32string> points;
  size_t width = 1;
  for (const std::string& text : texts) {
    points.push_back(code_points(text));
    width = std::max(width, points.back().size());
  }
  NpyArray result{std::move(name), header(fmt::format("<U{}", width), {static_cast<int64_t>(texts.size())})};
  for (std::u32string& text : points) {
    text.resize(width, U'\0');
    result.bytes.append(reinterpret_cast<const char*>(text.data()), 4 * width);
  }
  return result;
}

void write_npz(const std::string& path, const std::vector<NpyArray>& arrays) {
  const Archive zip(archive_write_new(), archive_write_free);
  std::string bytes;
  require(archive_write_set_format_zip(zip.get()) == ARCHIVE_OK, zip.get());
  require(archive_write_zip_set_compression_store(zip.get()) == ARCHIVE_OK, zip.get());
  require(archive_write_set_bytes_per_block(zip.get(), 0) == ARCHIVE_OK, zip.get());
  require(archive_write_open(zip.get(), &bytes, nullptr, append, nullptr) == ARCHIVE_OK, zip.get());
  for (const NpyArray& array : arrays) add_entry(zip.get(), array);
  require(archive_write_close(zip.get()) == ARCHIVE_OK, zip.get());
  write_file(path, bytes);
}

void write_npz(const std::string& folder, const Attachment& attachment) {
  std::vector<NpyArray> arrays;
  for (const auto& [name, array] : attachment.arrays)
    arrays.push_back(npy(name, array.first, std::span<const double>(array.second)));
  write_npz((std::filesystem::path(folder) / attachment.name).string(), arrays);
}

}  // namespace stria::data

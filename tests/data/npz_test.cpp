#include "runtime/data/npz.h"

#include <archive.h>
#include <archive_entry.h>
#include <doctest/doctest.h>

#include <cstdlib>
#include <cstring>

#include "runtime/data/read_file.h"
#include "tests/data/data_helpers.h"

using namespace stria;
using namespace stria::data;
using namespace stria::data::testing;

namespace {

const std::vector<float> six = {0, 1, 2, 3, 4, 5.5};

void write_example(const std::string& path) {
  const std::vector<double> doubles = {1e300};
  const std::vector<int64_t> whole = {-3, 7};
  write_npz(path,
            {npy("a", {2, 3}, std::span<const float>(six)), npy("b", {}, std::span<const double>(doubles)),
             npy("c", {2}, std::span<const int64_t>(whole)),
             npy("names", {"clip1",
                           "Gr\xc3\xbc\xc3\x9f"
                           "e"}),
             npy("none", {0, 4}, std::span<const float>())});
}

}  // namespace

TEST_CASE("npy: magic, version, header and values, byte by byte") {
  const NpyArray array = npy("a", {2, 3}, std::span<const float>(six));
  const std::string& bytes = array.bytes;
  CHECK(bytes.substr(0, 8) == std::string("\x93NUMPY\x01\x00", 8));
  const size_t length = static_cast<unsigned char>(bytes[8]) + 256 * static_cast<unsigned char>(bytes[9]);
  CHECK((10 + length) % 64 == 0);
  const std::string header = bytes.substr(10, length);
  CHECK(header.starts_with("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"));
  CHECK(header.back() == '\n');
  REQUIRE(bytes.size() == 10 + length + 24);
  std::vector<float> values(6);
  std::memcpy(values.data(), bytes.data() + 10 + length, 24);
  CHECK(values == six);
  CHECK(contains(npy("x", {6}, std::span<const float>(six)).bytes, "'shape': (6,), }"));
  CHECK_THROWS_AS(npy("x", {5}, std::span<const float>(six)), std::logic_error);
}

TEST_CASE("npz: entries are stored, in order, and read back by libarchive") {
  const ScratchFolder folder;
  write_example(folder / "x.npz");
  archive* zip = archive_read_new();
  archive_read_support_format_zip(zip);
  REQUIRE(archive_read_open_filename(zip, (folder / "x.npz").c_str(), 1 << 16) == ARCHIVE_OK);
  std::vector<std::string> names;
  archive_entry* entry = nullptr;
  while (archive_read_next_header(zip, &entry) == ARCHIVE_OK) {
    names.push_back(archive_entry_pathname(entry));
    if (names.back() != "a.npy") continue;
    std::string bytes(static_cast<size_t>(archive_entry_size(entry)), '\0');
    CHECK(archive_read_data(zip, bytes.data(), bytes.size()) == static_cast<la_ssize_t>(bytes.size()));
    CHECK(bytes == npy("a", {2, 3}, std::span<const float>(six)).bytes);
  }
  archive_read_free(zip);
  CHECK(names == std::vector<std::string>{"a.npy", "b.npy", "c.npy", "names.npy", "none.npy"});
}

TEST_CASE("npz: the same bytes whatever the clock and the time zone; no temporary file stays") {
  const ScratchFolder folder;
  write_example(folder / "one.npz");
  ::setenv("TZ", "Asia/Tokyo", 1);
  write_example(folder / "two.npz");
  ::unsetenv("TZ");
  CHECK(read_file(folder / "one.npz", "file") == read_file(folder / "two.npz", "file"));
  CHECK_FALSE(std::filesystem::exists(folder / "one.npz.part"));
  CHECK(contains(message_of([&] { write_example(folder / "absent/x.npz"); }), "cannot be created"));
}

TEST_CASE("npz: numpy reads it" * doctest::skip(std::system("python3 -c 'import numpy' 2>/dev/null") != 0)) {
  const ScratchFolder folder;
  write_example(folder / "x.npz");
  const std::string program =
      "python3 -c \"import numpy as np; z = np.load('" + (folder / "x.npz") +
      "'); assert z['a'].shape == (2, 3) and z['a'].dtype == np.float32 and z['a'][1, 2] == 5.5; "
      "assert z['b'].shape == () and z['b'] == 1e300; assert list(z['c']) == [-3, 7]; "
      "assert list(z['names']) == ['clip1', 'Gr\\u00fc\\u00dfe']; assert z['none'].shape == (0, 4)\"";
  CHECK(std::system(program.c_str()) == 0);
}

TEST_CASE("npz: an attachment's arrays") {
  const ScratchFolder folder;
  Attachment attachment{"truth.npz", {{"cc_max", {{2}, {0.5, 0.25}}}}};
  write_npz(folder.path(), attachment);
  CHECK(contains(read_file(folder / "truth.npz", "file"), "cc_max.npy"));
}

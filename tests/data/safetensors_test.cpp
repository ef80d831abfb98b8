#include "runtime/data/safetensors.h"

#include <doctest/doctest.h>

#include <cstring>

#include "runtime/data/read_file.h"
#include "tests/data/data_helpers.h"

using namespace stria;
using namespace stria::data;
using namespace stria::data::testing;

namespace {

const SafeTensors example{{{"model", "L"}},
                          {{"w", {2, 2}, {1, 2, 3, 4}}, {"b", {}, {-0.5F}}, {"none", {0}, {}}}};

std::string with_header(const std::string& header, const std::string& data = "") {
  const uint64_t length = header.size();
  return std::string(reinterpret_cast<const char*>(&length), 8) + header + data;
}

std::string refused_bytes(const std::string& bytes) {
  const ScratchFolder folder;
  return message_of([&] { read_safetensors(folder.write("w.safetensors", bytes)); });
}

}  // namespace

TEST_CASE("safetensors: what is written is read back, in order, to the bit") {
  const ScratchFolder folder;
  write_safetensors(folder / "w.safetensors", example);
  const SafeTensors read = read_safetensors(folder / "w.safetensors");
  CHECK(read.metadata == example.metadata);
  REQUIRE(read.tensors.size() == 3);
  for (size_t i = 0; i < 3; ++i) {
    CHECK(read.tensors[i].name == example.tensors[i].name);
    CHECK(read.tensors[i].shape == example.tensors[i].shape);
    CHECK(read.tensors[i].values == example.tensors[i].values);
  }
}

TEST_CASE("safetensors: header length, JSON padded to 8 bytes, values, byte by byte") {
  const ScratchFolder folder;
  write_safetensors(folder / "w.safetensors", {{}, {{"w", {2}, {1.0F, 2.0F}}}});
  const std::string bytes = read_file(folder / "w.safetensors", "file");
  uint64_t length = 0;
  std::memcpy(&length, bytes.data(), 8);
  CHECK(length % 8 == 0);
  CHECK(bytes.substr(8, length).starts_with(R"({"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})"));
  CHECK(bytes.size() == 8 + length + 8);
  CHECK(bytes.substr(8 + length) == std::string("\0\0\x80\x3f\0\0\0\x40", 8));
}

TEST_CASE("safetensors: mistakes of ours are not written") {
  const ScratchFolder folder;
  CHECK_THROWS_AS(write_safetensors(folder / "x", {{}, {{"w", {3}, {1, 2}}}}), std::logic_error);
  CHECK_THROWS_AS(write_safetensors(folder / "x", {{}, {{"w", {1}, {1}}, {"w", {1}, {1}}}}),
                  std::logic_error);
  CHECK_FALSE(std::filesystem::exists(folder / "x"));
}

TEST_CASE("safetensors: broken files are refused with the file and the reason") {
  CHECK(contains(refused_bytes("abc"), "too short"));
  CHECK(contains(refused_bytes(std::string(8, '\xff')), "cut short"));
  CHECK(contains(refused_bytes(with_header("{\"w\": [")), "header cannot be understood"));
  CHECK(contains(refused_bytes(with_header("[1]")), "not a list of tensors"));
  CHECK(contains(refused_bytes(with_header("{\"w\": 3}")), "header cannot be understood"));
  const std::string good = R"({"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})";
  CHECK(refused_bytes(with_header(good, std::string(8, '\0'))).empty());
  CHECK(contains(refused_bytes(with_header(good, std::string(4, '\0'))), "place or size of `w`"));
  CHECK(contains(refused_bytes(with_header(good, std::string(9, '\0'))), "goes on after its last tensor"));
  CHECK(contains(
      refused_bytes(with_header(R"({"w":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}})", "1234")),
      "of type \"F16\""));
  CHECK(contains(refused_bytes(with_header(R"({"w":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}})",
                                           std::string(8, '\0'))),
                 "place or size"));
  CHECK(contains(refused_bytes(with_header(
                     R"({"w":{"dtype":"F32","shape":[9223372036854775807,4],"data_offsets":[0,8]}})",
                     std::string(8, '\0'))),
                 "place or size"));
  CHECK(contains(refused_bytes(with_header(R"({"w":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})",
                                           std::string(8, '\0'))),
                 "gap"));
  CHECK(contains(
      refused_bytes(with_header(
          R"({"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"v":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})",
          std::string(4, '\0'))),
      "overlap"));
}

#include "runtime/data/safetensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>

#include "compiler/sema/value.h"
#include "runtime/data/read_file.h"

namespace stria::data {

namespace {

static_assert(std::endian::native == std::endian::little, "values are written as they lie in memory");

using Json = nlohmann::ordered_json;

[[noreturn]] void refuse(const std::string& path, const std::string& why) {
  throw DataError(fmt::format("`{}` is not a readable safetensors file: {}", path, why),
                  "give a file that holds float32 tensors, whole");
}

// Product of the sizes; nothing where one is negative or the product passes 2^48.
std::optional<int64_t> count_of(const std::vector<int64_t>& shape) {
  int64_t count = 1;
  for (const int64_t size : shape) {
    if (size < 0 || (size > 0 && count > (int64_t{1} << 48) / size)) return std::nullopt;
    count *= size;
  }
  return count;
}

SafeTensor read_tensor(const std::string& path, const std::string& name, const Json& entry,
                       std::string_view data, size_t& begin) {
  if (entry.at("dtype") != "F32")
    refuse(path, fmt::format("`{}` is of type {}", name, entry.at("dtype").dump()));
  SafeTensor tensor{name, entry.at("shape").get<std::vector<int64_t>>(), {}};
  const auto offsets = entry.at("data_offsets").get<std::vector<size_t>>();
  const auto count = count_of(tensor.shape);
  if (!count || offsets.size() != 2 || offsets[0] > offsets[1] || offsets[1] > data.size() ||
      offsets[1] - offsets[0] != 4 * static_cast<size_t>(*count))
    refuse(path, fmt::format("the place or size of `{}` is wrong", name));
  begin = offsets[0];
  tensor.values.resize(static_cast<size_t>(*count));
  std::memcpy(tensor.values.data(), data.data() + offsets[0], offsets[1] - offsets[0]);
  return tensor;
}

SafeTensors read_entries(const std::string& path, const Json& header, std::string_view data) {
  SafeTensors file;
  std::vector<std::pair<size_t, SafeTensor>> placed;
  for (const auto& [name, entry] : header.items()) {
    if (name == "__metadata__") {
      file.metadata = entry.get<std::map<std::string, std::string>>();
      continue;
    }
    size_t begin = 0;
    SafeTensor tensor = read_tensor(path, name, entry, data, begin);
    placed.emplace_back(begin, std::move(tensor));
  }
  std::stable_sort(placed.begin(), placed.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  size_t end = 0;
  for (auto& [begin, tensor] : placed) {
    if (begin != end)
      refuse(path, fmt::format("the values of `{}` overlap others or leave a gap", tensor.name));
    end = begin + 4 * tensor.values.size();
    file.tensors.push_back(std::move(tensor));
  }
  if (end != data.size()) refuse(path, "it goes on after its last tensor");
  return file;
}

}  // namespace

void write_safetensors(const std::string& path, const SafeTensors& file) {
  Json header = Json::object();
  if (!file.metadata.empty()) header["__metadata__"] = file.metadata;
  std::string data;
  for (const SafeTensor& tensor : file.tensors) {
    const size_t bytes = tensor.values.size() * sizeof(float);
    if (count_of(tensor.shape) != static_cast<int64_t>(tensor.values.size()))
      throw std::logic_error("shape and values of `" + tensor.name + "` differ");
    if (tensor.name == "__metadata__" || header.contains(tensor.name))
      throw std::logic_error("two tensors are named `" + tensor.name + "`");
    header[tensor.name] = {
        {"dtype", "F32"}, {"shape", tensor.shape}, {"data_offsets", {data.size(), data.size() + bytes}}};
    data.append(reinterpret_cast<const char*>(tensor.values.data()), bytes);
  }
  std::string text = header.dump(-1, ' ', false, Json::error_handler_t::replace);
  text.append((8 - text.size() % 8) % 8, ' ');  // values begin at a multiple of 8
  const uint64_t length = text.size();
  std::string bytes(reinterpret_cast<const char*>(&length), sizeof length);
  write_file(path, bytes + text + data);
}

SafeTensors read_safetensors(const std::string& path) {
  const std::string bytes = read_file(path, "weights file");
  uint64_t length = 0;
  if (bytes.size() < sizeof length) refuse(path, "it is too short");
  std::memcpy(&length, bytes.data(), sizeof length);
  if (length > bytes.size() - sizeof length) refuse(path, "it is cut short");
  const std::string_view view(bytes);
  try {
    const Json header = Json::parse(view.substr(sizeof length, length));
    if (!header.is_object()) refuse(path, "its header is not a list of tensors");
    return read_entries(path, header, view.substr(sizeof length + length));
  } catch (const nlohmann::json::exception&) {
    refuse(path, "its header cannot be understood");
  }
}

}  // namespace stria::data

#include "runtime/data/native_host.h"

#include <stdexcept>

namespace stria::data {

Value make_value(decltype(Value::value) value) {
  Value result;
  result.value = std::move(value);
  return result;
}

NativeDataHost::NativeDataHost() {
  for (const auto& table :
       {file_natives(), sound_natives(), stream_natives(), trial_natives(), simulation_natives()})
    for (const Native& native : table) natives_.emplace(native.name, native);
}

bool NativeDataHost::has(std::string_view native) const { return natives_.find(native) != natives_.end(); }

Value NativeDataHost::call(std::string_view native, const NativeArguments& arguments) {
  const auto found = natives_.find(native);
  if (found == natives_.end()) throw std::logic_error("no native named " + std::string(native));
  const Native& entry = found->second;
  if (!entry.missing_with.empty() && !arguments.given(entry.missing_with)) return make_value(None{});
  return entry.call(arguments);
}

std::vector<std::string> NativeDataHost::names() const {
  std::vector<std::string> names;
  for (const auto& [name, native] : natives_) names.push_back(name);
  return names;
}

}  // namespace stria::data

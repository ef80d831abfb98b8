// How a native function of `stria.data` or `stria.datasets` is written down: one table a file, joined by
// NativeDataHost.
#pragma once

#include <string_view>
#include <vector>

#include "compiler/sema/value.h"

namespace stria::data {

struct Native {
  std::string_view name;  // "stria.data.wav": declared in stdlib/stria/data.stria
  Value (*call)(const NativeArguments& arguments);
  std::string_view missing_with = {};  // data.4: `none` for this argument gives `none`
};

std::vector<Native> file_natives();        // file_natives.cpp
std::vector<Native> sound_natives();       // wav.cpp, cochleagram.cpp
std::vector<Native> stream_natives();      // stream_steps.cpp
std::vector<Native> trial_natives();       // spike_times.cpp, trials.cpp
std::vector<Native> simulation_natives();  // simulation_natives.cpp

Value make_value(decltype(Value::value) value);
template <class T>
Value make_data(std::shared_ptr<T> object) {
  return make_value(DataPointer(std::move(object)));
}

}  // namespace stria::data

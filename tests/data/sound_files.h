// Writes sounds for tests, with the library that reads them.
#pragma once

#include <sndfile.h>

#include <stdexcept>
#include <string>
#include <vector>

namespace stria::data::testing {

// Interleaved frames.
template <class T>
void write_sound(const std::string& path, int rate, int channels, int format, const std::vector<T>& samples) {
  SF_INFO info{};
  info.samplerate = rate;
  info.channels = channels;
  info.format = format;
  SNDFILE* file = sf_open(path.c_str(), SFM_WRITE, &info);
  if (!file) throw std::runtime_error(sf_strerror(nullptr));
  if constexpr (std::is_same_v<T, short>)
    sf_write_short(file, samples.data(), static_cast<sf_count_t>(samples.size()));
  else
    sf_write_float(file, samples.data(), static_cast<sf_count_t>(samples.size()));
  sf_close(file);
}

inline void write_wav16(const std::string& path, int rate, const std::vector<short>& samples,
                        int channels = 1) {
  write_sound(path, rate, channels, SF_FORMAT_WAV | SF_FORMAT_PCM_16, samples);
}

}  // namespace stria::data::testing

// Sound files, through libsndfile: 16-bit samples are divided by 32768.
#include <fmt/format.h>
#include <sndfile.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <memory>

#include "runtime/data/cochleagram.h"
#include "runtime/data/native.h"

namespace stria::data {

namespace {

constexpr sf_count_t frames_per_read = 1 << 16;

struct CloseSound {
  void operator()(SNDFILE* file) const { sf_close(file); }
};
using SoundFile = std::unique_ptr<SNDFILE, CloseSound>;

// Bytes that a WAV file's header promises and the file does not have; 0 for other formats and for sounds
// written to a pipe, whose size was not known. libsndfile would give what is there and say nothing.
int64_t missing_bytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const auto read_text = [&] {
    std::string text(4, ' ');
    file.read(text.data(), 4);
    return file ? text : std::string();
  };
  const auto read_size = [&] {
    unsigned char bytes[4] = {};
    file.read(reinterpret_cast<char*>(bytes), 4);
    return static_cast<int64_t>(bytes[0]) | bytes[1] << 8 | bytes[2] << 16 |
           static_cast<int64_t>(bytes[3]) << 24;
  };
  if (read_text() != "RIFF") return 0;
  read_size();
  if (read_text() != "WAVE") return 0;
  for (std::string chunk = read_text(); file && !chunk.empty(); chunk = read_text()) {
    const int64_t size = read_size();
    if (chunk != "data") {
      file.seekg(size + size % 2, std::ios::cur);
      continue;
    }
    const auto begin = static_cast<int64_t>(file.tellg());
    const auto end = static_cast<int64_t>(file.seekg(0, std::ios::end).tellg());
    return size == 0xFFFFFFFF ? 0 : std::max<int64_t>(0, begin + size - end);
  }
  return 0;
}

SoundFile open_sound(const std::string& path, SF_INFO& info) {
  std::error_code error;
  if (!std::filesystem::exists(path, error))
    throw DataError(fmt::format("the sound file `{}` does not exist", path), "check the folder and the name");
  if (!std::ifstream(path, std::ios::binary))
    throw DataError(fmt::format("the sound file `{}` cannot be read", path), "check its permissions");
  SoundFile file(sf_open(path.c_str(), SFM_READ, &info));
  if (!file)
    throw DataError(fmt::format("`{}` cannot be read as a sound: {}", path, sf_strerror(nullptr)),
                    "give a WAV, FLAC, AIFF or Ogg file");
  if (const int64_t missing = missing_bytes(path); missing > 0)
    throw DataError(fmt::format("the last {} bytes of `{}` are missing", missing, path),
                    "the file is cut short: copy it again");
  return file;
}

// Channel of each frame to take, from 0.
int64_t chosen_channel(const NativeArguments& arguments, const std::string& path, int channels) {
  if (!arguments.given("channel")) {
    if (channels == 1) return 0;
    throw DataError(fmt::format("`{}` has {} channels", path, channels),
                    fmt::format("say which with `channel =`, from 0 to {}", channels - 1));
  }
  const int64_t channel = arguments.integer("channel");
  if (channel < 0 || channel >= channels)
    throw DataError(fmt::format("`{}` has no channel {}", path, channel),
                    fmt::format("its {} channels are counted from 0", channels));
  return channel;
}

void take_channel(const std::vector<double>& block, sf_count_t frames, int channels, int64_t channel,
                  Sound& sound) {
  for (sf_count_t i = 0; i < frames; ++i) {
    const double sample = block[static_cast<size_t>(i * channels + channel)];
    if (!std::isfinite(sample))
      throw DataError(fmt::format("sample {} of `{}` is not a number", sound.samples.size(), sound.file),
                      "write the sound again; every sample must be finite");
    sound.samples.push_back(sample);
  }
}

Value wav(const NativeArguments& arguments) {
  const std::string path = arguments.text("file");
  SF_INFO info{};
  const SoundFile file = open_sound(path, info);
  const int64_t channel = chosen_channel(arguments, path, info.channels);
  auto sound = std::make_shared<Sound>();
  sound->file = path;
  sound->rate = info.samplerate;
  std::vector<double> block(static_cast<size_t>(frames_per_read * info.channels));
  while (const sf_count_t frames = sf_readf_double(file.get(), block.data(), frames_per_read))
    take_channel(block, frames, info.channels, channel, *sound);
  if (static_cast<sf_count_t>(sound->samples.size()) != info.frames)
    throw DataError(fmt::format("`{}` ends after {} of {} samples", path, sound->samples.size(), info.frames),
                    "the file is cut short: copy it again");
  if (sound->samples.empty())
    throw DataError(fmt::format("`{}` holds no samples", path),
                    "leave the file out, or write the sound again");
  return make_data(sound);
}

Value cochleagram(const NativeArguments& arguments) {
  MelRule rule;
  rule.bands = arguments.integer("bands");
  rule.from = arguments.real("from");
  rule.to = arguments.real("to");
  rule.window = arguments.exact("window");
  rule.step = arguments.exact("dt");
  const std::string align = arguments.text("align");
  if (align != "centre" && align != "causal")
    throw DataError(fmt::format("`align` is \"{}\"", align), "say \"centre\" or \"causal\"");
  rule.causal = align == "causal";
  const std::string scale = arguments.text("scale");
  if (scale != "mel")
    throw DataError(fmt::format("`cochleagram` does not know the scale \"{}\"", scale),
                    "use scale = \"mel\"");
  return make_data(mel_cochleagram(*arguments.data<Sound>("sound", "a sound, as `wav` gives"), rule));
}

}  // namespace

std::vector<Native> sound_natives() {
  return {{"stria.data.wav", wav, "file"}, {"stria.data.cochleagram", cochleagram, "sound"}};
}

}  // namespace stria::data

// Sound files, through libsndfile: 16-bit samples are divided by 32768.
#include <fmt/format.h>
#include <sndfile.h>

#include <cmath>
#include <filesystem>
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

SoundFile open_sound(const std::string& path, SF_INFO& info) {
  std::error_code error;
  if (!std::filesystem::exists(path, error))
    throw DataError(fmt::format("the sound file `{}` does not exist", path), "check the folder and the name");
  SoundFile file(sf_open(path.c_str(), SFM_READ, &info));
  if (!file)
    throw DataError(fmt::format("`{}` cannot be read as a sound: {}", path, sf_strerror(nullptr)),
                    "give a WAV, FLAC, AIFF or Ogg file");
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

#include <doctest/doctest.h>

#include <cmath>

#include "tests/data/data_helpers.h"
#include "tests/data/sound_files.h"

using namespace stria;
using namespace stria::data;
using namespace stria::data::testing;

namespace {

Value wav(const std::string& path, Value channel = none()) {
  return call("wav", {{"file", path_value(path)}, {"channel", std::move(channel)}});
}

std::string refused_sound(const std::string& path, Value channel = none()) {
  return message_of([&] { wav(path, std::move(channel)); });
}

}  // namespace

TEST_CASE("wav: 16-bit samples are divided by 32768") {
  const ScratchFolder folder;
  write_wav16(folder / "a.wav", 32000, {0, 16384, -32768, 32767});
  const auto sound = object<Sound>(wav(folder / "a.wav"));
  CHECK(sound->rate == 32000);
  CHECK(sound->samples == std::vector<double>{0.0, 0.5, -1.0, 32767.0 / 32768.0});
}

TEST_CASE("wav: of several channels one must be named") {
  const ScratchFolder folder;
  write_wav16(folder / "s.wav", 8000, {1, 2, 3, 4, 5, 6}, 2);
  CHECK(contains(refused_sound(folder / "s.wav"), "has 2 channels"));
  CHECK(object<Sound>(wav(folder / "s.wav", whole(1)))->samples ==
        std::vector<double>{2 / 32768.0, 4 / 32768.0, 6 / 32768.0});
  CHECK(contains(refused_sound(folder / "s.wav", whole(2)), "has no channel 2"));
}

TEST_CASE("wav: samples that are not numbers, none at all, no sound, no file") {
  const ScratchFolder folder;
  write_sound<float>(folder / "nan.wav", 8000, 1, SF_FORMAT_WAV | SF_FORMAT_FLOAT,
                     {0.0F, 0.1F, std::nanf(""), 0.2F});
  CHECK(contains(refused_sound(folder / "nan.wav"), "sample 2 of"));
  write_wav16(folder / "empty.wav", 8000, {});
  CHECK(contains(refused_sound(folder / "empty.wav"), "holds no samples"));
  CHECK(contains(refused_sound(folder.write("text.wav", "not a sound")), "cannot be read as a sound"));
  CHECK(contains(refused_sound(folder / "absent.wav"), "absent.wav` does not exist"));
  CHECK(contains(refused_sound(folder.path()), "cannot be read as a sound"));
}

TEST_CASE("wav: a file that was cut short is refused, a sound of unknown length is read to its end") {
  const ScratchFolder folder;
  write_wav16(folder / "whole.wav", 8000, std::vector<short>(100, 7));
  std::ifstream file(folder / "whole.wav", std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(file), {}};
  CHECK(contains(refused_sound(folder.write("cut.wav", bytes.substr(0, bytes.size() - 60))),
                 "the last 60 bytes of"));
  const size_t size = bytes.find("data") + 4;
  bytes.replace(size, 4, std::string(4, '\xff'));
  CHECK(object<Sound>(wav(folder.write("piped.wav", bytes)))->samples.size() == 100);
}

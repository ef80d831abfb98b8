#include <doctest/doctest.h>

#include "tests/data/data_helpers.h"

using namespace stria;
using namespace stria::data;
using namespace stria::data::testing;

namespace {

std::vector<std::string> names_in(const Value& list) {
  std::vector<std::string> names;
  for (const Value& item : list.get<List>()->items)
    names.push_back(std::filesystem::path(item.get<Path>()->path).filename().string());
  return names;
}

std::string text_of(const Value& value) { return value.get<Text>()->text; }

}  // namespace

TEST_CASE("files: matching files in natural order, folders and hidden files left out") {
  const ScratchFolder folder;
  for (const char* name : {"stim10.wav", "stim2.wav", "stim1.wav", "spike1", "._stim3.wav", "stim5.wav/x"})
    folder.write(name, "");
  const Value found =
      call("files", {{"root", path_value(folder.path())}, {"pattern", text_value("stim*.wav")}});
  CHECK(names_in(found) == std::vector<std::string>{"stim1.wav", "stim2.wav", "stim10.wav"});
}

TEST_CASE("files: nothing found, no folder and a file for a folder are errors that name it") {
  const ScratchFolder folder;
  const std::string file = folder.write("x", "");
  const auto files = [](const std::string& root, const std::string& pattern) {
    return message_of([&] { call("files", {{"root", path_value(root)}, {"pattern", text_value(pattern)}}); });
  };
  CHECK(contains(files(folder.path(), "stim*.wav"),
                 "no file in the folder `" + folder.path() + "` is named like `stim*.wav`"));
  CHECK(contains(files(folder / "absent", "*"), "`" + folder / "absent" + "` does not exist"));
  CHECK(contains(files(file, "*"), "is not a folder"));
  CHECK(contains(files(folder.path(), "sub/*.wav"), "names a folder"));
}

TEST_CASE("folders_with: the folder itself, then those below that hold a match") {
  const ScratchFolder folder;
  for (const char* name : {"u10/spike1", "u2/spike1", "sounds/stim1.wav"}) folder.write(name, "1\n");
  const auto find = [&] {
    return names_in(
        call("folders_with", {{"root", path_value(folder.path())}, {"pattern", text_value("spike*")}}));
  };
  CHECK(find() == std::vector<std::string>{"u2", "u10"});
  folder.write("spike1", "1\n");
  CHECK(find().size() == 3);
  CHECK(find().front() == std::filesystem::path(folder.path()).filename().string());
  CHECK(contains(
      message_of([&] {
        call("folders_with", {{"root", path_value(folder.path())}, {"pattern", text_value("*.mat")}});
      }),
      "named like `*.mat`"));
}

TEST_CASE("stem, file_name, with_suffix, replace") {
  CHECK(text_of(call("stem", {{"file", path_value("a/b/stim3.wav")}})) == "stim3");
  CHECK(text_of(call("file_name", {{"file", path_value("data/gg0304.4_B/")}})) == "gg0304.4_B");
  CHECK(text_of(call("file_name", {{"file", path_value("data/x/..")}})) == "data");
  CHECK(text_of(call("with_suffix", {{"file", text_value("a/x.mat")}, {"suffix", text_value("_1")}})) ==
        "a/x_1.mat");
  CHECK(
      call("with_suffix", {{"file", path_value("x.mat")}, {"suffix", text_value("_1")}}).get<Path>()->path ==
      "x_1.mat");
  const auto replace = [](const char* text, const char* from, const char* to) {
    return call("replace", {{"text", text_value(text)}, {"from", text_value(from)}, {"to", text_value(to)}});
  };
  CHECK(text_of(replace("stim3_stim", "stim", "spike")) == "spike3_spike");
  CHECK(text_of(replace("abc", "x", "y")) == "abc");
  CHECK(contains(message_of([&] { replace("abc", "", "y"); }), "empty"));
}

TEST_CASE("renamed: the part that the star stood for is carried over") {
  const auto renamed = [](const char* file, const char* from, const char* to) {
    return call("renamed", {{"file", path_value(file)}, {"from", text_value(from)}, {"to", text_value(to)}});
  };
  CHECK(text_of(renamed("a/stim12.wav", "stim*.wav", "spike*")) == "spike12");
  CHECK(text_of(renamed("a/stim.wav", "stim*.wav", "spike*")) == "spike");
  CHECK(text_of(renamed("song_3.wav", "*.wav", "*.txt")) == "song_3.txt");
  CHECK(contains(message_of([&] { renamed("x.wav", "stim*.wav", "spike*"); }), "not named like"));
  CHECK(contains(message_of([&] { renamed("x.wav", "x.wav", "spike*"); }), "one `*`"));
  CHECK(contains(message_of([&] { renamed("x.wav", "*.wav", "*_*"); }), "one `*`"));
}

TEST_CASE("matched: a recording without its sound and a sound that nobody heard are refused") {
  const ScratchFolder folder;
  for (const char* name : {"stim1.wav", "stim2.wav", "u1/spike1", "u1/spike2", "u2/spike2"})
    folder.write(name, "");
  const auto matched = [&] {
    const Value sounds =
        call("files", {{"root", path_value(folder.path())}, {"pattern", text_value("stim*.wav")}});
    const Value units =
        call("folders_with", {{"root", path_value(folder.path())}, {"pattern", text_value("spike*")}});
    return call("matched", {{"units", units},
                            {"sounds", sounds},
                            {"from", text_value("spike*")},
                            {"to", text_value("stim*.wav")}});
  };
  CHECK(names_in(matched()) == std::vector<std::string>{"u1", "u2"});
  folder.write("u2/spike3", "");
  CHECK(
      contains(message_of(matched), "`" + folder / "u2/spike3" + "` has no sound: there is no `stim3.wav`"));
  folder.write("stim3.wav", "");
  folder.write("stim4.wav", "");
  CHECK(contains(message_of(matched), "`" + folder / "stim4.wav" +
                                          "` has no recording: there is no `spike4` in any unit's folder"));
}

TEST_CASE("data.4: first_that_exists and optional give none for what is not there") {
  const ScratchFolder folder;
  const std::string there = folder.write("b.mat", "");
  const auto first = [&](std::vector<Value> names) {
    return call("first_that_exists",
                {{"root", path_value(folder.path())}, {"names", make_value(List{std::move(names)})}});
  };
  CHECK(first({text_value("a.mat"), text_value("b.mat")}).get<Path>()->path == there);
  CHECK(first({text_value("a.mat")}).is_none());
  CHECK(call("optional", {{"file", path_value(there)}}).get<Path>()->path == there);
  CHECK(call("optional", {{"file", path_value(folder / "absent")}}).is_none());
}

TEST_CASE("data.4: readers and steps given none give none") {
  CHECK(call("spike_times", {{"file", none()}, {"unit", time(ms(1))}}).is_none());
  CHECK(call("bin", {{"trials", none()}, {"dt", time(ms(5))}, {"to", none()}}).is_none());
  CHECK(call("smooth", {{"trials", none()}, {"window", call("hann", {{"width", time(ms(21))}})}}).is_none());
  CHECK(call("wav", {{"file", none()}, {"channel", none()}}).is_none());
}

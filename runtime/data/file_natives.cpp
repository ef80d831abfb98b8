// Files, folders and names: files, folders_with, stem, file_name, with_suffix, replace, renamed, matched,
// first_that_exists, optional.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <system_error>

#include "runtime/data/native.h"
#include "runtime/data/natural_order.h"

namespace stria::data {

namespace fs = std::filesystem;

namespace {

Value text_value(std::string text) { return make_value(Text{std::move(text)}); }
Value path_value(const fs::path& path) { return make_value(Path{path.string()}); }

// A name as it was given: a path stays a path.
Value like(const Value& value, std::string text) {
  return value.get<Path>() ? make_value(Path{std::move(text)}) : text_value(std::move(text));
}

fs::path folder_argument(const NativeArguments& arguments) {
  const fs::path root = arguments.text("root");
  std::error_code error;
  const auto status = fs::status(root, error);
  if (!fs::exists(status))
    throw DataError(fmt::format("the folder `{}` does not exist", root.string()),
                    "give the folder that holds the data, as with `--set Experiment.data.root=FOLDER`");
  if (!fs::is_directory(status))
    throw DataError(fmt::format("`{}` is not a folder", root.string()),
                    "give the folder that holds the file");
  return root;
}

std::string pattern_argument(const NativeArguments& arguments, std::string_view name) {
  std::string pattern = arguments.text(name);
  if (pattern.find('/') != std::string::npos)
    throw DataError(fmt::format("the pattern `{}` names a folder", pattern),
                    "patterns hold for names in one folder; put the folder into the path before it");
  return pattern;
}

// Names in `folder` that match, in natural order. Hidden files only where the pattern itself begins with a
// point.
std::vector<std::string> matching_names(const fs::path& folder, const std::string& pattern, bool folders) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (name.front() == '.' && pattern.front() != '.') continue;
    std::error_code kind_error;
    const bool right_kind = folders ? entry->is_directory(kind_error) : entry->is_regular_file(kind_error);
    if (right_kind && matches(name, pattern)) names.push_back(name);
  }
  if (error)
    throw DataError(fmt::format("the folder `{}` cannot be read: {}", folder.string(), error.message()),
                    "check its permissions");
  std::sort(names.begin(), names.end(), natural_less);
  return names;
}

Value files(const NativeArguments& arguments) {
  const fs::path root = folder_argument(arguments);
  const std::string pattern = pattern_argument(arguments, "pattern");
  List found;
  for (const std::string& name : matching_names(root, pattern, false))
    found.items.push_back(path_value(root / name));
  if (found.items.empty())
    throw DataError(fmt::format("no file in the folder `{}` is named like `{}`", root.string(), pattern),
                    "check the folder and the pattern; `*` stands for any letters, `?` for one");
  return make_value(std::move(found));
}

// `root` itself where it holds a matching file, then every folder right below it that does.
Value folders_with(const NativeArguments& arguments) {
  const fs::path root = folder_argument(arguments);
  const std::string pattern = pattern_argument(arguments, "pattern");
  List found;
  if (!matching_names(root, pattern, false).empty()) found.items.push_back(path_value(root));
  for (const std::string& name : matching_names(root, "*", true))
    if (!matching_names(root / name, pattern, false).empty()) found.items.push_back(path_value(root / name));
  if (found.items.empty())
    throw DataError(fmt::format("neither the folder `{}` nor a folder in it has a file named like `{}`",
                                root.string(), pattern),
                    "check the folder and the pattern; `*` stands for any letters, `?` for one");
  return make_value(std::move(found));
}

Value stem(const NativeArguments& arguments) {
  return text_value(fs::path(arguments.text("file")).stem().string());
}

Value file_name(const NativeArguments& arguments) {
  fs::path path = fs::absolute(arguments.text("file")).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();
  return text_value(path.filename().string());
}

Value with_suffix(const NativeArguments& arguments) {
  const fs::path path = arguments.text("file");
  const std::string name = path.stem().string() + arguments.text("suffix") + path.extension().string();
  return like(arguments.value("file"), (path.parent_path() / name).string());
}

Value replace(const NativeArguments& arguments) {
  const std::string text = arguments.text("text");
  const std::string from = arguments.text("from");
  const std::string to = arguments.text("to");
  if (from.empty()) throw DataError("`from` of `replace` is an empty text", "name the letters to replace");
  std::string result;
  size_t start = 0;
  for (size_t at; (at = text.find(from, start)) != std::string::npos; start = at + from.size())
    result += text.substr(start, at - start) + to;
  return like(arguments.value("text"), result + text.substr(start));
}

// A name read by the pattern `from` and written by `to`: what the one `*` stood for is carried over.
std::string other_name(const std::string& name, const std::string& from, const std::string& to) {
  const auto one_star = [](const std::string& pattern) {
    return std::count(pattern.begin(), pattern.end(), '*') == 1;
  };
  if (!one_star(from) || !one_star(to) || (from + to).find('?') != std::string::npos)
    throw DataError(fmt::format("`{}` and `{}` must each have one `*` and no `?`", from, to),
                    "the `*` is the part of the name that a sound and its spike file share");
  if (!matches(name, from))
    throw DataError(fmt::format("`{}` is not named like `{}`", name, from),
                    "give the pattern that found the file");
  const size_t star = from.find('*');
  const std::string part = name.substr(star, name.size() - (from.size() - 1));
  std::string result = to;
  return result.replace(to.find('*'), 1, part);
}

Value renamed(const NativeArguments& arguments) {
  const std::string name = fs::path(arguments.text("file")).filename().string();
  return text_value(other_name(name, pattern_argument(arguments, "from"), pattern_argument(arguments, "to")));
}

std::vector<fs::path> paths_argument(const NativeArguments& arguments, std::string_view name) {
  std::vector<fs::path> paths;
  for (const Value& item : arguments.list(name)) {
    const auto* path = item.get<Path>();
    if (!path) throw arguments.wrong_kind(name, "a list of paths, as `files` and `folders_with` give");
    paths.emplace_back(path->path);
  }
  return paths;
}

// A recording without its sound, or a sound that nobody heard, is a file that was lost or misnamed.
Value matched(const NativeArguments& arguments) {
  const auto units = paths_argument(arguments, "units"), sounds = paths_argument(arguments, "sounds");
  const std::string from = pattern_argument(arguments, "from");
  const std::string to = pattern_argument(arguments, "to");
  std::set<std::string> unheard;
  for (const fs::path& sound : sounds) unheard.insert(sound.filename().string());
  const std::set<std::string> all = unheard;
  for (const fs::path& unit : units)
    for (const std::string& name : matching_names(unit, from, false)) {
      const std::string sound = other_name(name, from, to);
      if (!all.contains(sound))
        throw DataError(fmt::format("`{}` has no sound: there is no `{}`", (unit / name).string(), sound),
                        "add the sound, or take the recording out of the folder");
      unheard.erase(sound);
    }
  for (const fs::path& sound : sounds)
    if (const std::string name = sound.filename().string(); unheard.contains(name))
      throw DataError(
          fmt::format(
              "`{}` has no recording: there is no `{}`{}", sound.string(), other_name(name, to, from),
              units.size() == 1 ? fmt::format(" in `{}`", units[0].string()) : " in any unit's folder"),
          "add the recording (an empty line in it is a trial without spikes), or take the sound "
          "out of the folder");
  return arguments.value("units");
}

Value first_that_exists(const NativeArguments& arguments) {
  const fs::path root = arguments.text("root");
  for (const Value& item : arguments.list("names")) {
    std::string name;
    if (const auto* text = item.get<Text>())
      name = text->text;
    else if (const auto* path = item.get<Path>())
      name = path->path;
    else
      throw arguments.wrong_kind("names", "a list of file names");
    if (fs::exists(root / name)) return path_value(root / name);
  }
  return make_value(None{});
}

Value optional(const NativeArguments& arguments) {
  const std::string file = arguments.text("file");
  return fs::exists(file) ? arguments.value("file") : make_value(None{});
}

}  // namespace

std::vector<Native> file_natives() {
  return {{"stria.data.files", files},
          {"stria.data.folders_with", folders_with},
          {"stria.data.stem", stem, "file"},
          {"stria.data.file_name", file_name, "file"},
          {"stria.data.with_suffix", with_suffix, "file"},
          {"stria.data.replace", replace, "text"},
          {"stria.data.renamed", renamed, "file"},
          {"stria.data.matched", matched},
          {"stria.data.first_that_exists", first_that_exists},
          {"stria.data.optional", optional, "file"}};
}

}  // namespace stria::data

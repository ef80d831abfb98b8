#include "runtime/report/run_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>
#include <nlohmann/json.hpp>

#include "compiler/sema/value.h"
#include "runtime/report/files.h"
#include "runtime/report/member_files.h"

namespace stria::report {
namespace fs = std::filesystem;
namespace {

constexpr const char* results_name = "results.json";
constexpr const char* partial_name = "partial";
constexpr const char* identity_name = "identity";

Json read_json(const fs::path& path) {
  try {
    return Json::parse(read_file(path));
  } catch (const Json::exception& error) {
    throw DataError(fmt::format("`{}` is not readable as JSON: {}", path.string(), error.what()),
                    "run again with --force to start the run anew");
  }
}

bool is_empty_or_missing(const fs::path& folder) {
  std::error_code error;
  return !fs::exists(folder, error) || (fs::is_directory(folder, error) && fs::is_empty(folder, error));
}

}  // namespace

FileLock::~FileLock() {
  if (descriptor_ >= 0) close(descriptor_);
}

bool FileLock::take(const fs::path& file) {
  descriptor_ = open(file.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0644);
  return descriptor_ >= 0 && flock(descriptor_, LOCK_EX | LOCK_NB) == 0;
}

void check_run_folder(const fs::path& folder, Existing existing) {
  const bool finished = fs::exists(folder / results_name);
  const bool unfinished = fs::is_directory(folder / partial_name);
  if (!finished && !unfinished && !is_empty_or_missing(folder))
    throw DataError(fmt::format("`{}` holds other things than a run", folder.string()),
                    "choose another folder with -o");
  if (finished && existing == Existing::refuse)
    throw DataError(fmt::format("`{}` holds a finished run", folder.string()),
                    "choose another folder with -o, or replace the run with --force");
}

RunFolder::RunFolder(fs::path folder, const std::string& identity, Existing existing)
    : folder_(std::move(folder)) {
  check_run_folder(folder_, existing);
  const std::string shown = folder_.string();
  const bool finished = fs::exists(folder_ / results_name);
  const bool begun = fs::exists(folder_ / partial_name / identity_name);
  if (finished && existing == Existing::resume) {
    if (results().value("identity", "") != identity)
      throw DataError(fmt::format("`{}` holds a finished run of another spec, data or program", shown),
                      "choose another folder with -o, or replace the run with --force");
    finished_ = true;
    return;
  }
  std::error_code error;
  fs::create_directories(folder_ / partial_name, error);
  if (error)
    throw DataError(fmt::format("the run folder `{}` cannot be made: {}", shown, error.message()),
                    "choose another folder with -o");
  if (!lock_.take(folder_ / partial_name / "lock"))
    throw DataError(fmt::format("another run is at work in `{}`", shown),
                    "wait for it to end, or choose another folder with -o");
  if (begun && !finished && existing == Existing::resume) {
    if (read_file(folder_ / partial_name / identity_name) != identity)
      throw DataError(fmt::format("`{}` holds an unfinished run of another spec, data or program", shown),
                      "choose another folder with -o, or leave out --resume to start anew");
    return;
  }
  clear();
  write_file(folder_ / partial_name / identity_name, identity);
}

// Removes an earlier run's files, results.json first so that what is left never looks finished.
void RunFolder::clear() const {
  fs::remove(folder_ / results_name);
  for (const char* name : {"history.csv", "lock.toml", "weights", "predictions", "spec", "data"})
    fs::remove_all(folder_ / name);
  for (const fs::directory_entry& entry : fs::directory_iterator(folder_ / partial_name))
    if (entry.path().filename() != "lock") fs::remove_all(entry.path());
}

Json RunFolder::results() const { return read_json(folder_ / results_name); }

fs::path RunFolder::partial(const std::string& member) const {
  return folder_ / partial_name / (file_name(member) + ".json");
}

std::optional<FinishedMember> RunFolder::finished_member(const std::string& name) const {
  if (!fs::exists(partial(name))) return std::nullopt;
  const Json kept = read_json(partial(name));
  return FinishedMember{kept.at("entry"), kept.at("history").get<std::vector<std::string>>()};
}

void RunFolder::write_member(const PlannedMember& planned, const train::MemberResult& result) const {
  const std::string& name = planned.member->name;
  const std::string file = file_name(name);
  if (result.best)
    write_weights(folder_ / "weights" / (file + ".safetensors"), *planned.program, *result.best,
                  result.absorbed ? *result.absorbed : *result.best);
  if (result.stopped != train::Stopped::diverged)
    write_predictions(folder_ / "predictions" / (file + ".npz"), planned, result.test.predictions);
  const Json kept = {{"entry", member_json(planned, result)},
                     {"history", history_lines(name, result.history)}};
  write_file(partial(name), json_text(kept, -1));
}

void RunFolder::finish(const std::vector<std::string>& history, const Json& results) {
  std::string lines = std::string(history_head) + "\n";
  for (const std::string& line : history) lines += line + "\n";
  write_file(folder_ / "history.csv", lines);
  write_file(folder_ / results_name, json_text(results, 2) + "\n");
  fs::remove_all(folder_ / partial_name);
  finished_ = true;
}

}  // namespace stria::report

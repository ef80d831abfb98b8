// The folder of one run. While it is being filled, `partial/` holds one file a finished member; results.json
// is written last, so a folder without it is unfinished.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "runtime/report/results.h"

namespace stria::report {

// What is kept of a finished member: its entry in results.json and its lines of history.csv.
struct FinishedMember {
  Json entry;
  std::vector<std::string> history;
};

enum class Existing { refuse, replace, resume };  // replace: --force; resume: --resume

// An exclusive lock on a file, which ends with the object or the process, however it ends.
class FileLock {
 public:
  FileLock() = default;
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;
  bool take(const std::filesystem::path& file);  // false where another holds it

 private:
  int descriptor_ = -1;
};

// Throws DataError for a folder that may not be used, as far as can be told before the data are read.
void check_run_folder(const std::filesystem::path& folder, Existing existing);

class RunFolder {
 public:
  // Makes the folder or takes over an unfinished one. `identity` names everything the results depend on:
  // spec, data, splits, program. Throws DataError:
  //   a finished run, unless replaced, or resumed with the same identity (then is_finished())
  //   an unfinished run of another identity, when resumed
  //   a folder with files in it that is no run folder, whatever was asked for
  //   another process at work in it
  RunFolder(std::filesystem::path folder, const std::string& identity, Existing existing);

  const std::filesystem::path& path() const { return folder_; }
  bool is_finished() const { return finished_; }
  Json results() const;  // of a finished run

  // A member that an earlier, unfinished run completed.
  std::optional<FinishedMember> finished_member(const std::string& name) const;

  // A member's weights and test predictions, then what marks it as finished. Called from the members'
  // threads.
  void write_member(const PlannedMember& planned, const train::MemberResult& result) const;

  // history.csv, then results.json; `partial/` goes.
  void finish(const std::vector<std::string>& history, const Json& results);

 private:
  std::filesystem::path partial(const std::string& member) const;
  void clear() const;

  std::filesystem::path folder_;
  bool finished_ = false;
  FileLock lock_;
};

}  // namespace stria::report

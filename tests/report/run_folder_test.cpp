#include "runtime/report/run_folder.h"

#include <doctest/doctest.h>

#include "compiler/sema/value.h"
#include "runtime/report/files.h"
#include "tests/report/scratch_folder.h"

using namespace stria;
using namespace stria::report;
using test::ScratchFolder;

namespace {

void finish(const std::filesystem::path& folder, const std::string& identity,
            Existing existing = Existing::refuse) {
  RunFolder run(folder, identity, existing);
  run.finish({"A.0,1,0.5,0.5,,,0.1"}, {{"identity", identity}});
}

}  // namespace

TEST_CASE("run folder: results.json comes last and `partial` goes") {
  const ScratchFolder scratch;
  finish(scratch / "run", "one");
  const auto files = test::all_files(scratch / "run");
  CHECK(files.size() == 2);
  CHECK(files.at("history.csv") ==
        "member,epoch,train_loss,valid_loss,valid_cc_raw,valid_cc_norm,seconds\nA.0,1,0.5,0.5,,,0.1\n");
  CHECK(files.count("results.json") == 1);
  CHECK(!std::filesystem::exists(scratch / "run/partial"));
}

TEST_CASE("run folder: a finished run is refused, resumed, or replaced") {
  const ScratchFolder scratch;
  const auto folder = scratch / "run";
  finish(folder, "one");
  const auto before = test::all_files(folder);
  CHECK_THROWS_AS(RunFolder(folder, "one", Existing::refuse), DataError);
  CHECK(RunFolder(folder, "one", Existing::resume).is_finished());
  CHECK_THROWS_AS(RunFolder(folder, "two", Existing::resume), DataError);
  CHECK(test::all_files(folder) == before);
  {
    RunFolder replaced(folder, "two", Existing::replace);
    CHECK(!replaced.is_finished());
    CHECK(!std::filesystem::exists(folder / "results.json"));
    CHECK(!std::filesystem::exists(folder / "history.csv"));
  }
  finish(folder, "two");
}

TEST_CASE("run folder: an unfinished run goes on under its own identity alone") {
  const ScratchFolder scratch;
  const auto folder = scratch / "run";
  {
    RunFolder run(folder, "one", Existing::refuse);
    write_file(folder / "partial/A.0.json", R"({"entry": {"name": "A.0"}, "history": ["A.0,1"]})");
  }
  CHECK_THROWS_WITH_AS(RunFolder(folder, "two", Existing::resume),
                       doctest::Contains("holds an unfinished run of another spec, data or program"),
                       DataError);
  {
    const RunFolder run(folder, "one", Existing::resume);
    CHECK(run.finished_member("A.0")->entry["name"] == "A.0");
    CHECK(run.finished_member("A.0")->history == std::vector<std::string>{"A.0,1"});
    CHECK(!run.finished_member("A.1"));
  }
  // Without --resume it starts anew.
  const RunFolder run(folder, "two", Existing::refuse);
  CHECK(!run.finished_member("A.0"));
}

TEST_CASE("run folder: other people's files are never touched") {
  const ScratchFolder scratch;
  write_file(scratch / "thesis/chapter.txt", "text");
  for (Existing existing : {Existing::refuse, Existing::replace, Existing::resume})
    CHECK_THROWS_WITH_AS(RunFolder(scratch / "thesis", "one", existing),
                         doctest::Contains("holds other things than a run"), DataError);
  CHECK_THROWS_AS(RunFolder(scratch / "thesis/chapter.txt", "one", Existing::refuse), DataError);
  CHECK_THROWS_AS(RunFolder(scratch / "thesis/chapter.txt/run", "one", Existing::refuse), DataError);
  CHECK(test::all_files(scratch / "thesis").size() == 1);
}

TEST_CASE("run folder: two runs at once in one folder") {
  const ScratchFolder scratch;
  const RunFolder first(scratch / "run", "one", Existing::refuse);
  CHECK_THROWS_WITH_AS(RunFolder(scratch / "run", "one", Existing::resume),
                       doctest::Contains("another run is at work"), DataError);
}

#include "runtime/report/starts.h"

#include <doctest/doctest.h>

#include <filesystem>

#include "compiler/sema/value.h"
#include "runtime/report/member_files.h"
#include "tests/train/linear_executor.h"

using namespace stria;
using namespace stria::report;
namespace fs = std::filesystem;

namespace {

// A folder of its own with the weights of a run's members.
class Runs {
 public:
  Runs() : folder_(fs::temp_directory_path() / "stria_starts_test") { fs::remove_all(folder_); }
  ~Runs() { fs::remove_all(folder_); }
  std::string folder() const { return folder_.string(); }
  void write(const std::string& member, const ModelProgram& program, const train::Weights& trained,
             const train::Weights& absorbed) const {
    write_weights(folder_ / "weights" / (member + ".safetensors"), program, trained, absorbed);
  }

 private:
  fs::path folder_;
};

Member member_of(const std::string& name, std::vector<StartRule> start) {
  Member member;
  member.name = name;
  member.start = std::move(start);
  return member;
}

std::string refusal(const Member& member, const ModelProgram& program) {
  try {
    load_start(member, program);
  } catch (const DataError& error) {
    return error.what() + std::string("; ") + error.fix;
  }
  return "";
}

// Of test::linear_program(2, 1): w [1, 2], b [1], a buffer of 1.
const train::Weights trained{{{1, 2}, {3}}, {{4}}}, absorbed{{{10, 20}, {3}}, {{0}}};

}  // namespace

TEST_CASE("a start takes what was trained, not what absorption made of it, below its path alone") {
  const ModelProgram program = test::linear_program(2, 1);
  const Runs runs;
  runs.write("A", program, trained, absorbed);
  const LoadedStart all = load_start(member_of("A", {{runs.folder(), "", "", {}}}), program);
  CHECK(all.weights.parameters == trained.parameters);
  CHECK(all.weights.buffers == trained.buffers);
  REQUIRE(all.files.size() == 1);
  CHECK(all.files[0].sha256.size() == 64);
  const LoadedStart some = load_start(member_of("A", {{runs.folder(), "b", "", {}}}), program);
  CHECK(some.weights.parameters == std::vector<std::vector<float>>{{}, {3}});
  CHECK(some.weights.buffers == std::vector<std::vector<float>>{{}});
}

TEST_CASE(
    "a start's member: the one of the same name, the only one, or the one named; the first rule counts") {
  const ModelProgram program = test::linear_program(2, 1);
  const train::Weights other{{{7, 8}, {9}}, {{4}}};
  const Runs runs;
  runs.write("A", program, trained, trained);
  CHECK(load_start(member_of("B", {{runs.folder(), "", "", {}}}), program).weights.parameters[1][0] == 3);
  runs.write("B", program, other, other);
  CHECK(load_start(member_of("B", {{runs.folder(), "", "", {}}}), program).weights.parameters[1][0] == 9);
  CHECK(load_start(member_of("B", {{runs.folder(), "", "A", {}}}), program).weights.parameters[1][0] == 3);
  const auto both =
      load_start(member_of("C", {{runs.folder(), "w", "B", {}}, {runs.folder(), "", "A", {}}}), program);
  CHECK(both.weights.parameters == std::vector<std::vector<float>>{{7, 8}, {3}});
  const std::string text = refusal(member_of("C", {{runs.folder(), "", "", {}}}), program);
  CHECK(text.find("no member `C`") != std::string::npos);
  CHECK(text.find("A, B") != std::string::npos);
}

TEST_CASE("a start that does not fit is refused with what is there and what is wanted") {
  const ModelProgram program = test::linear_program(2, 1), wider = test::linear_program(3, 1);
  const Runs runs;
  CHECK(refusal(member_of("A", {{runs.folder(), "", "", {}}}), program).find("no weights") !=
        std::string::npos);
  runs.write("A", program, trained, trained);
  CHECK(refusal(member_of("A", {{runs.folder(), "", "", {}}}), wider).find("[1, 2]") != std::string::npos);
  CHECK(refusal(member_of("A", {{runs.folder(), "core", "", {}}}), program).find("`core`") !=
        std::string::npos);
}

TEST_CASE("paths: a whole part matches, not the start of a word") {
  CHECK(is_below("core.Wxr", "core"));
  CHECK(is_below("core.Wxr", "core.Wxr"));
  CHECK(is_below("core.Wxr", ""));
  CHECK_FALSE(is_below("core2.Wxr", "core"));
  CHECK_FALSE(is_below("core", "core.Wxr"));
}

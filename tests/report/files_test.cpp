#include "runtime/report/files.h"

#include <doctest/doctest.h>

#include <stdexcept>

#include "compiler/sema/value.h"
#include "tests/report/scratch_folder.h"

using namespace stria;
using namespace stria::report;
using test::ScratchFolder;

TEST_CASE("exp.4: names of members as file names") {
  CHECK(file_name("GRU.local.3.u17") == "GRU.local.3.u17");
  CHECK(file_name("StateNet(70)") == "StateNet%2870%29");
  CHECK(file_name("a/b\\c d") == "a%2Fb%5Cc%20d");
  CHECK(file_name("../x") == "%2E.%2Fx");
  CHECK(file_name(".hidden") == "%2Ehidden");
  CHECK(file_name("StateNet%2870%29") == "StateNet%2870%29");
  CHECK(file_name("50%") == "50%25");
  CHECK(file_name("caf\xC3\xA9") == "caf%C3%A9");
}

TEST_CASE("exp.4: very long names are cut and stay apart") {
  const std::string a = file_name(std::string(400, 'a') + "1");
  const std::string b = file_name(std::string(400, 'a') + "2");
  CHECK(a.size() == 180);
  CHECK(a != b);
}

TEST_CASE("files appear whole or not at all") {
  const ScratchFolder scratch;
  const auto file = scratch / "deep/er/x.txt";
  write_file(file, "one");
  write_file(file, "two");
  CHECK(read_file(file) == "two");
  const auto failing = [](const std::filesystem::path& temporary) {
    write_file(temporary, "half");
    throw std::runtime_error("disk full");
  };
  CHECK_THROWS(write_file_with(file, failing));
  CHECK(test::all_files(scratch / "deep") == std::map<std::string, std::string>{{"er/x.txt", "two"}});
  CHECK_THROWS_AS(read_file(scratch / "none"), DataError);
  CHECK_THROWS_AS(write_file(file / "below", "x"), DataError);
}

TEST_CASE("SHA-256 of FIPS 180-4's example") {
  CHECK(sha256("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

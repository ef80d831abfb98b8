#include "runtime/train/closed_form.h"

#include <doctest/doctest.h>

#include "compiler/sema/value.h"
#include "tests/train/linear_executor.h"

using namespace stria;

TEST_CASE("closed form: a model of other parameters is refused, with the one that is too many") {
  const ModelProgram program = test::linear_program(2, 1);  // w [N, F] and b: no lags
  Protocol protocol;
  protocol.ridge = RidgeRule{1, 1, {0.1}};
  const data::PreparedData data;
  const data::Split split;
  test::LinearExecutor executor(program);
  std::string message;
  try {
    train::solve_member({program, protocol, data, split}, {}, {}, executor);
  } catch (const DataError& error) {
    message = error.what();
  }
  CHECK(message.find("`w`") != std::string::npos);
}

// Weights of other runs that members start from.
#pragma once

#include <string>
#include <vector>

#include "compiler/sema/program.h"
#include "runtime/train/member.h"

namespace stria::report {

struct StartFile {
  std::string path;    // of the weights
  std::string below;   // what was taken: "core", or empty for all
  std::string sha256;  // of the file
};
struct LoadedStart {
  train::Weights weights;
  std::vector<StartFile> files;
};

// Reads what `member.start` names: of each parameter and buffer below a rule's path the numbers as they were
// trained, before batch norms became part of weights. Throws DataError where there is no such run or member,
// where nothing of the model lies below the path, and where the file lacks an array or has it in other sizes.
LoadedStart load_start(const Member& member, const ModelProgram& program);

}  // namespace stria::report

// Golden files: inputs and what must come out, beside each other in one text.
//
//   ## run: messages
//   ## case: a unit behind a space
//   let a = 5 ms
//   ## gives
//   error[E0114]: ...
//
// The first line names what is done with each input (see golden_runs.cpp). A name begins with `fail_` if and
// only if some input gets an error. `cmake --build build/release --target rewrite_golden` writes what comes
// out now into all files; the difference is then read like any other change. A new case is written with its
// input and `## gives` alone.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "compiler/diagnostics/diagnostic.h"

namespace stria::golden {

struct Case {
  std::string name;
  std::string input;
  std::string expected;
};

struct File {
  std::string run;
  std::vector<Case> cases;
};

File read(const std::string& text);   // throws std::runtime_error where the text has another form
std::string write(const File& file);  // the same text again

struct Outcome {
  std::string text;
  bool has_errors = false;
};
using Run = std::function<Outcome(const SourceFile& input)>;
const std::map<std::string, Run>& runs();  // by the word after `## run:`

}  // namespace stria::golden

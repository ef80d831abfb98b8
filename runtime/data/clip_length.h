// How long the clips of a data program are, before everything about them is read.
#pragma once

#include <cstdint>
#include <memory>

#include "compiler/sema/program.h"
#include "runtime/data/objects.h"

namespace stria::data {

// The frames of a stimulus. Throws DataError where the data program makes something else of it.
std::shared_ptr<const Stream> stimulus_stream(DataProgram& program, size_t stimulus);

// data.5: T of the stimulus, cut to `fn length(s)`. Throws DataError for a length that is none.
int64_t clip_length(DataProgram& program, size_t stimulus, const Stream& stream);

// T of the longest clip; reads all stimuli, and no response. Throws DataError where there is no stimulus.
int64_t longest_clip(DataProgram& program);

}  // namespace stria::data

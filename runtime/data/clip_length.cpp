#include "runtime/data/clip_length.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "runtime/data/exact.h"

namespace stria::data {

std::shared_ptr<const Stream> stimulus_stream(DataProgram& program, size_t stimulus) {
  const Value value = program.stimulus(stimulus);
  const auto* pointer = value.get<DataPointer>();
  auto stream = pointer ? std::dynamic_pointer_cast<const Stream>(*pointer) : nullptr;
  if (!stream)
    throw DataError(fmt::format("the stimulus `{}` is {}, not a stream of frames",
                                program.stimulus_name(stimulus), describe(value)),
                    "end `fn stimulus` with a cochleagram");
  return stream;
}

int64_t clip_length(DataProgram& program, size_t stimulus, const Stream& stream) {
  const std::optional<Value> length = program.length(stimulus);
  if (!length || length->is_none()) return stream.n_bins;
  const auto* number = length->get<Number>();
  std::optional<int64_t> bins;
  if (number && number->exact && number->dimension == Dimension{{1}})
    bins = bin_of(*number->exact, stream.dt);
  else if (number && number->exact && number->exact->is_whole() && number->dimension.is_plain())
    bins = number->exact->numerator();
  if (!bins)
    throw DataError(
        fmt::format("the length of `{}` is {}", program.stimulus_name(stimulus), describe(*length)),
        "give a time, as 4995ms, or a whole number of bins");
  if (*bins < 1)
    throw DataError(fmt::format("the length of `{}` is {} bins", program.stimulus_name(stimulus), *bins),
                    "a clip needs one bin at least");
  return std::min(*bins, stream.n_bins);
}

int64_t longest_clip(DataProgram& program) {
  if (program.n_stimuli() == 0)
    throw DataError(fmt::format("the dataset `{}` has no stimulus", program.name()),
                    "check what `stimuli` selects");
  int64_t longest = 0;
  for (size_t s = 0; s < program.n_stimuli(); ++s)
    longest = std::max(longest, clip_length(program, s, *stimulus_stream(program, s)));
  return longest;
}

}  // namespace stria::data

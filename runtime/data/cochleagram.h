// The mel cochleagram of a sound (datasets.md, "Common steps").
#pragma once

#include <memory>
#include <vector>

#include "runtime/data/objects.h"

namespace stria::data {

struct MelRule {
  int64_t bands = 32;       // F
  double from = 0, to = 0;  // Hz
  Rational window;          // seconds; round(window * rate) samples
  Rational step;            // seconds
  bool causal = false;      // window ends at the bin's end, rather than being centred on its start
};

// Triangular filters of peak 1, linear in frequency between centres that are equally spaced on the HTK mel
// scale, 2595 log10(1 + f / 700 Hz) (Young et al., The HTK Book): weights [F, window / 2 + 1] of the power in
// each bin of a DFT of `window` samples. Throws DataError where a filter has no DFT bin, or `to` passes half
// the rate.
std::vector<double> mel_filters(const MelRule& rule, int64_t window, int64_t rate);

// Power |X|^2 through the filters: T = floor(samples / (step * rate)) frames, frame i centred on i * step,
// samples beyond the sound being zeros; X is the DFT of the window times a periodic Hamming window. Throws
// DataError.
std::shared_ptr<Stream> mel_cochleagram(const Sound& sound, const MelRule& rule);

}  // namespace stria::data

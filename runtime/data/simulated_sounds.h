// Sound-like cochleagrams for simulated datasets: modulated ripples, chirps, harmonic stacks and pauses.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace stria::data {

// A clip of n_bins x n_bands, row-major, in units of a loud sound's level; 0 is silence. It begins with 50 ms
// of silence and goes on with pieces of 100 to 400 ms, each of one kind and one level, over a faint noise
// floor. The draws are those of (seed, "simulated.sound" and "simulated.noise", name), so a clip is the same
// whatever other clips there are.
std::vector<double> simulated_sound(uint64_t seed, const std::string& name, int64_t n_bins, int64_t n_bands,
                                    double dt);

}  // namespace stria::data

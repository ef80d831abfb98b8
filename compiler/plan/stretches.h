// In which order a plan's steps run over the bins, and which of its streams lie in memory for all bins.
//
// Steps run in phases. A phase of bins goes through the clip in stretches, and runs all its steps on one
// before it goes on to the next; so a stream that nothing outside the phase reads needs rows for one stretch
// alone:
//
//   phase 0  forwards:   front, scan, readout      stretch 0, 1, ... n - 1
//   phase 1  once:       loss
//   phase 2  backwards:  adjoints of each          stretch n - 1, ... 1, 0
//
// A model without scans needs no direction: once it is known how many responses there are (Step::first), the
// derivative of a bin follows on the bin, and one phase holds all that does not read later bins.
//
// What phase 2 reads of phase 0 lies in memory for all bins (Keep::between_phases). Or it is made again:
// phase 0 saves the states at each stretch's start, and phase 2 first runs the forward steps again over the
// stretch (Keep::starts), n being about the root of the number of bins. A phase ends where a step needs a sum
// over all bins, goes the other way, or reads bins that its stretch has not reached. What is read in several
// other phases, or in one of the same direction, is kept. The same steps run over the same bins in the same
// order, however long the stretches are, so that results do not depend on them, to the bit: sums over bins
// run from the clip's start to its end or back, and products summed over bins take PlanOptions::outer_bins
// bins at a time, of which a stretch is a multiple. States are rows: those before a bin that a step reads
// (delays and histories are such, too), or a ring.
#pragma once

#include <cstdint>
#include <vector>

#include "compiler/plan/plan.h"

namespace stria::plan {

enum class Keep : uint8_t { everything, between_phases, starts };
const char* name_of(Keep keep);  // "everything", "between phases", "starts"

struct Phase {
  bool of_bins = false;  // else its steps run once
  bool reverse = false;
  std::vector<int> again;  // steps of an earlier phase that run before its own, on each stretch
  std::vector<int> steps;
};

// When, and for how many bins, a buffer holds something.
struct Span {
  int first_phase = -1, last_phase = -1;  // -1: always
  int made = -1, again = -1;              // the phases that make it, and make it again; -1: none
  bool is_short = false;                  // a stream: one stretch's rows
  bool rows_move = false;   // rows that one stretch leaves and the next one needs: of a short stream, of a
                            // ring that is made again
  bool has_double = false;  // a sum that must not count twice what is made again: that goes elsewhere
};

struct Stretches {
  Keep keep{};
  std::vector<Phase> phases;
  std::vector<Span> spans;  // by buffer
  bool makes_again() const;
};

Stretches choose_stretches(const Plan& plan, Keep keep);

// Bins of a stretch for clips of at most n_bins bins.
int64_t stretch_bins(const Plan& plan, Keep keep, int64_t n_bins);

}  // namespace stria::plan

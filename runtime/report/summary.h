// `summary` of results.json, and the table and warnings that a run ends with; made of the members' entries
// alone, so a continued run says the same as an unbroken one.
#pragma once

#include <string>
#include <vector>

#include "runtime/report/results.h"

namespace stria::report {

// One entry for each model, dataset and set of conditions, in the order of their first member. Conditions are
// the sweeps that are neither the model, nor the seed, nor the unit: they would be mixed up in one mean.
// Within an entry the units of members alike but for the unit are averaged first, null ones left out and
// counted; then mean, median, sd (divides by n) and sem over what remains, the seeds. Diverged members are
// left out and counted.
Json summary_json(const Json& members);

// model, parameters, CCraw, CCnorm, seconds: the test set's mean over seeds (with its sd where there are
// several), aligned.
std::string score_table(const Json& results);

// "learnt 11, still improving 1"
std::string verdict_counts(const Json& results);

// What a reader must not overlook: diverged members, those that did not learn, scores that do not exist.
std::vector<std::string> warnings(const Json& results);

}  // namespace stria::report

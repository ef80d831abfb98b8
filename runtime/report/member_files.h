// The files of one member and of a dataset: weights, predictions, attachments.
#pragma once

#include <filesystem>

#include "runtime/report/plan.h"
#include "runtime/train/member.h"

namespace stria::report {

// safetensors, float32: every parameter under its path with the value the equations see (p, par.4), that of a
// bounded one also under `<path>.raw` as the optimiser sees it (theta); every buffer under its path. Complex
// ones have a last axis of two, real and imaginary part. `absorbed`: with batch norms made part of weights
// (run.7), what the paths hold; where it differs, what was trained is under `<path>.trained`, to go on from.
void write_weights(const std::filesystem::path& path, const ModelProgram& program,
                   const train::Weights& trained, const train::Weights& absorbed);

// p of theta, in double.
double bounded_value(const Bounds& bounds, double theta);

// npz of the test set, clips joined in time: `prediction` and `response` (the mean over trials, NaN where
// there is none) [total T, N] float32, `stimulus` [total T] int64 (index into the ids of each bin),
// `stimulus_ids` and `unit_ids`.
void write_predictions(const std::filesystem::path& path, const PlannedMember& planned,
                       const std::vector<std::vector<float>>& predictions);

// The arrays a dataset brings for the run folder, as `<folder>/<its name>`.
void write_attachment(const std::filesystem::path& folder, const data::Attachment& attachment);

}  // namespace stria::report

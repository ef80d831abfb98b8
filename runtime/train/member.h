// One member's life: start, epochs, early stopping, best weights, scores, verdict.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "compiler/sema/program.h"
#include "runtime/data/prepared.h"
#include "runtime/eval/scores.h"
#include "runtime/exec/memory.h"
#include "runtime/train/early_stopping.h"
#include "runtime/train/verdict.h"

namespace stria::train {

// Numbers of a model; of those that start elsewhere, an empty list keeps its own start.
struct Weights {
  std::vector<std::vector<float>> parameters;  // theta, in the order of ModelProgram::parameters
  std::vector<std::vector<float>> buffers;     // in the order of ModelProgram::buffers
};

// What a member is made of; everything outlives the training.
struct MemberTask {
  const ModelProgram& program;
  const Protocol& protocol;
  const data::PreparedData& data;
  const data::Split& split;
  const Weights* start = nullptr;  // of another run, where given
};

struct EpochRecord {
  int64_t epoch = 0;      // from 1
  double train_loss = 0;  // training mode, as the epoch went: mean over its present entries
  double valid_loss = 0;  // evaluation mode, all present entries of the set pooled
  std::optional<double> valid_cc_raw, valid_cc_norm;  // mean over units
  double seconds = 0;
};

// Evaluation mode, with the best weights.
struct SetEvaluation {
  std::optional<double> loss;            // all present entries pooled
  std::optional<double> mean_rate_loss;  // of each unit's mean training response as the prediction
  eval::SetScores scores;
  std::vector<std::vector<float>> predictions;  // one a clip of the set, [T, N]
};

struct MemberResult {
  int64_t epochs = 0, best_epoch = 0;  // best_epoch 0: no epoch had a finite validation loss
  std::vector<int64_t>
      best_epochs;  // of each unit, where each keeps its own; `best_epoch` is the latest of them
  Stopped stopped = Stopped::patience;
  std::optional<Verdict> verdict;  // none for a diverged member
  std::string reason;              // how it diverged; empty otherwise
  SetEvaluation train, valid,
      test;  // empty for a diverged member; `train` has no scores and keeps no predictions
  std::vector<EpochRecord> history;
  std::optional<Weights> best;  // of the best epoch, or of each unit's, where there was one
  std::optional<Weights>
      absorbed;  // the same with batch norms made part of weights (run.7), where there are any
  std::vector<double> strengths;  // of a member solved in closed form: each unit's (closed_form.h)
  double seconds = 0;
};

// Called after each epoch, on the member's own thread; the time it takes is not counted.
using EpochHook = std::function<void(const EpochRecord& record, double best_valid_loss)>;

// Trains one member from its start. A member diverges where a training loss or gradient is not finite
// (run.5), and where no epoch before it stops has a finite validation loss, of the model or, where each unit
// keeps its own best epoch, of one of them. Nothing where `interrupted` was set on the way. Throws DataError
// where a unit has no training bin, or the validation or test set no bin at all, and where a unit that keeps
// its own best epoch has no validation bin.
std::optional<MemberResult> train_member(const MemberTask& task, exec::Executor& executor,
                                         const EpochHook& hook, const std::atomic<bool>& interrupted);

// What the member's memory must hold.
exec::MemberSizes member_sizes(const MemberTask& task);

// The checks that train_member begins with; for all members before the first one trains.
void check_member(const MemberTask& task);

}  // namespace stria::train

// What training and evaluation know of running a graph: plain buffers in, plain buffers out.
#pragma once

#include <cmath>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "compiler/plan/stretches.h"
#include "compiler/sema/program.h"

namespace stria::exec {

// What one of a model's inputs sees (ModelProgram::inputs).
struct BatchInput {
  int64_t size = 0;           // D
  std::vector<float> values;  // [B, T, D]
};

// A batch of clips, padded on the right with zeros to the longest (run.1).
struct Batch {
  int64_t n_clips = 0, n_bins = 0, n_units = 0;
  std::vector<BatchInput> inputs;  // in the order of ModelProgram::inputs: the stimulus first
  std::vector<uint8_t> valid;      // [B, T]: 1 inside the clip
  std::vector<float> response;     // [B, T, N]; empty for predict
  std::vector<uint8_t> present;    // [B, T, N]; empty for predict
};

// What came of one step of training.
struct StepOutcome {
  double loss = 0;                        // before the update
  std::optional<size_t> broken_gradient;  // the first parameter whose derivative was not finite
  bool finite() const { return std::isfinite(loss) && !broken_gradient; }
};

struct ResponseStatistics {  // of the training responses, one number a unit: what starts may use (par.3)
  std::vector<double> minimum, mean, maximum;
};

// One member's model: its parameters (theta, see Bounds), their gradients and its buffers. Used by one thread
// at a time; several may run side by side and do not influence each other's results.
class Executor {
 public:
  virtual ~Executor() = default;

  // How much of a step lies in memory at once; results do not hang on it. Before the first batch. An executor
  // that has no choice passes over it.
  virtual void set_keep(plan::Keep) {}

  // Draws the starting values (counter-based: the same for a seed whatever else runs) and sets the buffers.
  virtual void initialise(uint64_t seed, const ResponseStatistics& statistics) = 0;

  // Forward and backward on a batch, in training mode: returns the loss; the gradients are then in
  // gradient(i), and the buffers have their new values. Not finite: returned as it is, nothing else changes.
  virtual double loss_and_gradients(const Batch& batch) = 0;

  // A new optimiser: no step taken. Before the first step().
  virtual void begin_training(const OptimizerRule& rule) = 0;
  // loss_and_gradients(), then the optimiser's update at this learning rate. Where the outcome is not finite,
  // the parameters are of no more use.
  virtual StepOutcome step(const Batch& batch, double learning_rate) = 0;

  // From now on step() adds the milliseconds of each step of its plan to (*milliseconds)[step]; those of
  // measure.h's plan_steps(). Takes longer, since no two run at once. An executor without a plan leaves it
  // empty.
  virtual void time_plan_steps(std::vector<double>* milliseconds) { milliseconds->clear(); }

  // Evaluation mode: rates [B, T, N].
  virtual std::vector<float> predict(const Batch& batch) = 0;

  // The protocol's loss of given predictions, all entries pooled. rate, response, present: [T, n_units], of
  // all units, or of one where the protocol keeps a best epoch for each (ModelProgram::loss_of).
  virtual double loss(int64_t n_bins, int64_t n_units, std::span<const float> rate,
                      std::span<const float> response, std::span<const uint8_t> present) = 0;

  // In the order of ModelProgram::parameters and ::buffers; complex ones as pairs. Valid until the executor
  // goes.
  virtual std::span<float> parameter(size_t index) = 0;
  virtual std::span<const float> gradient(size_t index) const = 0;
  virtual std::span<float> buffer(size_t index) = 0;
};

// The program must outlive the executor.
std::unique_ptr<Executor> make_reference_executor(const ModelProgram& program);

// A model's graphs as native code, compiled when first needed and then shared by all members of the model.
// Safe to use from several threads at once. The program must outlive it.
class CompiledModel {
 public:
  explicit CompiledModel(const ModelProgram& program);
  ~CompiledModel();
  struct Plans;
  Plans& plans() const { return *plans_; }

 private:
  std::unique_ptr<Plans> plans_;
};
// The compiled model must outlive the executor. Results do not hang on the number of threads.
std::unique_ptr<Executor> make_plan_executor(const CompiledModel& model, int n_threads = 1);

}  // namespace stria::exec

// A checked and linked spec: what a run needs, free of names, units and defaults.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/diagnostics/diagnostic.h"
#include "compiler/ir/graph.h"
#include "compiler/sema/number.h"
#include "compiler/sema/value.h"

namespace stria {

// ---------------------------------------------------------------- models
// par.4: the optimiser sees theta. The graphs take theta and make p of it; `init` gives theta.
//   none: p = theta;  above: p = low + softplus(theta);  below: p = high - softplus(theta);
//   between: p = low + (high - low) sigmoid(theta)
struct Bounds {
  enum class Kind { none, above, below, between } kind = Kind::none;
  double low = 0, high = 0;
};

struct ParameterInfo {
  std::string path;  // below the model's own name: "core.Wxr"
  std::vector<int64_t> sizes;
  bool is_complex = false;  // counts two
  Bounds bounds;
  std::optional<double> decay;  // weight decay of its own
  double learning_rate_factor = 1;
  bool frozen = false;
  std::string unit;  // "ms": its numbers are counted in it; empty for plain
  Range declared;
  // Where the protocol keeps a best epoch for each unit: unit n's rate hangs on slice n along this axis
  // alone.
  std::optional<size_t> unit_axis;
  int64_t count() const;
};
struct BufferInfo {
  std::string path;
  std::vector<int64_t> sizes;
  std::optional<size_t> unit_axis = {};  // as a parameter's
};

// An argument of a model, layer, cell, dataset or protocol, or a setting of a protocol, and where its value
// comes from.
struct ArgumentInfo {
  enum class From { default_value, written, with, sweep, set };
  std::string path;  // "core.H": below the model's own name, as the paths of parameters
  std::string text;  // canonical: "24", "215ms", "GRU(24)"
  From from = From::default_value;
  Range place;  // the text that gave it
};

// What a model sees in each bin: a frame [size]. The first of its inputs is the stimulus, each further one
// the dataset's stream of the same name.
struct ModelInput {
  std::string argument;        // of the graphs: "x" for the stimulus, "input:right" for the stream `right`
  int64_t size = 0;            // D; F of the stimulus, N of a stream of units
  std::string stream() const;  // "right"; "stimulus"
};
constexpr const char* stimulus_argument = "x";
std::string stream_argument(const std::string& stream);

// One model at the sizes of one dataset.
//   init    (input train_min, train_mean, train_max: real[N]) -> one result per parameter path (theta) and
//   per
//           buffer path ("buffer:" + path)
//   train   (parameters, buffers, those of `inputs`: real[B,T,D], input valid: boolean[B,T], input response:
//   real[B,T,N],
//           input present: boolean[B,T,N]) -> "loss", and "buffer:" + path for each buffer that changes
//   predict (parameters, buffers, those of `inputs`, valid) -> "rate": real[B,T,N], in evaluation mode
//   loss    (input rate: real[B,T,N], input response, input present) -> "loss"; B = 1, all clips joined in
//   time (one
//           that uses parameters is refused)
//   unit_loss  the same of one unit alone, real[B,T,1]; empty unless the protocol keeps a best epoch for each
struct ModelProgram {
  std::string name;                // "StateNet", or the label of `sweep model in {...}`
  std::string text;                // canonical text: "StateNet(core = GRU(70))"
  std::vector<ModelInput> inputs;  // the stimulus first
  int64_t n_units = 0;
  double dt = 0;  // seconds
  ir::Graph init, train, predict, loss, unit_loss;
  // Of so many units: all of the model's, or one.
  const ir::Graph& loss_of(int64_t n) const { return n == n_units ? loss : unit_loss; }
  std::vector<ParameterInfo> parameters;
  std::vector<BufferInfo> buffers;
  std::vector<ArgumentInfo> arguments;  // of the model and all it applies, in the order of their use
  int64_t parameter_count() const;
  int64_t n_bands() const { return inputs.at(0).size; }
  int reach_past = 0;  // steps; -1: without end (a cell)
  int reach_future = 0;
};

// ---------------------------------------------------------------- data
// A stream that a dataset declares beside its stimulus, for models with an input of that name:
//   fn right(s): stream [D = 34] every dt    a frame [D] in each bin of a stimulus
//   fn past(u, s): stream every dt           a number in each bin for each unit: to models a frame [N]
struct DataStream {
  std::string name;
  bool of_units = false;
  std::string dim;              // "D": streams of one dim have one size, and F is that of the stimulus
  std::optional<int64_t> size;  // of D where it is declared
};

// What a model's sizes come from.
struct DataSizes {
  int64_t n_bands = 0, n_units = 0;
  std::vector<DataStream> streams;  // those that the model takes, in its order; of known size or of units
};

// The data program of one dataset with its arguments: what the language says, run through a DataHost.
class DataProgram {
 public:
  virtual ~DataProgram() = default;
  virtual const std::string& name() const = 0;  // "Simulated"
  virtual const std::string& text() const = 0;  // canonical, with arguments: key of caches
  virtual size_t n_stimuli() const = 0;
  virtual size_t n_units() const = 0;
  virtual std::string stimulus_name(size_t stimulus) const = 0;
  virtual std::string unit_name(size_t unit) const = 0;
  virtual Rational step() const = 0;                          // dt in exact seconds
  virtual std::optional<int64_t> declared_bands() const = 0;  // of `stream [F = 34]`
  // The items. `none` where the pair is missing. Throw DataError, with the spec's place in it.
  virtual Value stimulus(size_t stimulus) = 0;
  virtual bool has_trials() const = 0;
  virtual Value trials(size_t unit, size_t stimulus) = 0;
  virtual bool has_response() const = 0;
  virtual Value response(size_t unit, size_t stimulus) = 0;
  virtual std::optional<Value> length(
      size_t stimulus) = 0;  // `fn length(s)`: a time, or a whole number of bins
  // The item of a stream that some member's model takes (Member::streams); `unit` for one of units alone.
  virtual Value stream(const DataStream& stream, std::optional<size_t> unit, size_t stimulus);
  // Where messages about an item point: the declaration of `stimulus`, `trials`, ...
  virtual Range place(std::string_view item) const = 0;
};

// ---------------------------------------------------------------- protocols
struct SplitRule {  // by_stimulus
  Rational train, valid, test;
  uint64_t seed = 0;
};
struct OptimizerRule {  // AdamW, Adam
  double learning_rate = 1e-3, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weight_decay = 0;
  // Where the gradient of all parameters that are not frozen is longer, it is scaled to that length.
  std::optional<double> clip_norm;
};
// Linear receptive fields in closed form (runtime/exec/ridge.h): smoothness along lags and bands, and the
// strengths of which each unit takes the best.
struct RidgeRule {
  double time = 1, bands = 1;
  std::vector<double> strengths;
};
// The learning rate's factor in each epoch.
//   cosine: from 1 to `least` along half a cosine in `epochs`;  steps: times `factor` after every `epochs`;
//   plateau: times `factor` after `epochs` without a lower validation loss, not below `least`
struct Schedule {
  enum class Kind : uint8_t { constant, cosine, steps, plateau } kind = Kind::constant;
  int64_t epochs = 1;
  double factor = 1, least = 0;
};
struct StopRule {  // early
  int64_t patience = 50, max_epochs = 2000;
  bool per_unit = false;  // each unit keeps its own best epoch; the last of them counts for `patience`
  Range place = {};       // of `per`
};
// A parameter takes the rule's weight decay unless it names its own or has bounds: there it is theta that the
// decay would pull, and theta = 0 is no special place.
double decay_of(const ParameterInfo& parameter, const OptimizerRule& rule);
struct TuneRule {                     // tune = [freeze("core"), learning_rate("down", factor = 0.1)]
  std::string path;                   // of a parameter, or what its path begins with: "core" for "core.Wxr"
  std::optional<double> rate_factor;  // none: frozen
  Range place;
};
struct StartRule {     // start = from("runs/First", path = "core")
  std::string folder;  // of a finished run
  std::string path;    // of parameters and buffers, as in TuneRule; empty: all
  std::string member;  // empty: the one of the same name, or the only one
  Range place;
};
// Whether `path` is `below`, or begins with it and a dot; all paths are below "".
bool is_below(std::string_view path, std::string_view below);
struct Protocol {
  std::string name, text;
  SplitRule split;
  OptimizerRule optimizer;
  std::optional<RidgeRule> ridge;  // instead of optimizer, schedule, batch and stop
  Schedule schedule;
  int64_t batch = 1;
  StopRule stop;
  std::vector<TuneRule> tune;                          // is in ModelProgram::parameters already
  bool scores_raw = false, scores_normalised = false;  // CCraw, CCnorm
  std::vector<ArgumentInfo> arguments;                 // its arguments, then its settings
};

// ---------------------------------------------------------------- experiments
struct Member {
  std::string name;                                        // exp.4: "GRU.local.3"
  std::vector<std::pair<std::string, std::string>> sweep;  // axis -> label
  // The model at the sizes of the prepared data; the same object for the same model and sizes. Messages (a
  // kernel taller than its input, an open size) go to the run's Diagnostics; null where there were errors.
  std::function<std::shared_ptr<const ModelProgram>(const DataSizes&)> specialise;
  std::string model_label;  // "StateNet", or the label of `sweep model in {...}`
  std::shared_ptr<DataProgram> data;
  std::vector<DataStream> streams;  // of the data, that the model takes beside the stimulus: in its order
  std::vector<size_t> units;        // of the dataset, those fitted together
  Protocol protocol;
  std::vector<StartRule> start;  // the first that names a parameter counts
  uint64_t seed() const { return protocol.split.seed; }
};
struct Experiment {
  std::string name;
  std::vector<Member> members;
};

}  // namespace stria

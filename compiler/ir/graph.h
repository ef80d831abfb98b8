// The graph IR: pure functions of named arguments, in single-assignment form.
//
// A value is a tensor: an element kind and dims. A dim is a number, or one of the two letters that stay open
// until a batch is there: B clips and T bins (padded to the longest clip of the batch). `real` and `complex`
// have the precision the executor is asked for, so a graph says nothing of it.
//
//   graph predict(parameter down.w: real[10,7,7], input x: real[B,T,34]) {
//     %2 = window %1 {axis=2, size=7, stride=3, dilate=1}
//     %3 = contract %2, %0 {subscripts="btlk,lck->btlc"}
//     return rate = %3
//   }
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "compiler/diagnostics/diagnostic.h"

namespace stria::ir {

// A mistake of the compiler, never of a spec: carries the op and the operand types. Caught in main (exit code
// 70).
class InternalError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

enum class Element : uint8_t { real, complex, boolean };

// A size: a number >= 0, or a letter. Letters are equal only to themselves.
struct Dim {
  int64_t size = 0;  // the number where letter is 0
  char letter = 0;   // 'B' or 'T'
  bool is_number() const { return letter == 0; }
  friend bool operator==(const Dim&, const Dim&) = default;
};
inline constexpr Dim batch_dim{0, 'B'};
inline constexpr Dim time_dim{0, 'T'};
inline Dim dim(int64_t size) { return Dim{size, 0}; }

struct Type {
  Element element = Element::real;
  std::vector<Dim> dims;
  size_t rank() const { return dims.size(); }
  bool is_batched() const { return !dims.empty() && dims[0] == batch_dim; }  // one value a clip: [B, ...]
  friend bool operator==(const Type&, const Type&) = default;
};

// Every op, from ops.def: name, operand count, attributes, shape rule, cost.
enum class Op : uint8_t {
#define STRIA_OP(name, ...) name,
#include "compiler/ir/ops.def"
#undef STRIA_OP
};

using ValueId = uint32_t;  // into Graph::values

using Attribute =
    std::variant<int64_t, double, std::string, std::vector<int64_t>, std::vector<double>, std::vector<Dim>>;
using Attributes = std::vector<std::pair<std::string, Attribute>>;  // in the order ops.def names them

struct Node;
// A list of nodes with arguments and results of its own: a graph's body, or a scan's. A region may use the
// values of the regions around it.
struct Region {
  std::vector<ValueId> arguments;
  std::vector<Node> nodes;
  std::vector<ValueId> results;
};

struct Node {
  Op op{};
  std::vector<ValueId> operands;
  std::vector<ValueId> results;
  Attributes attributes;
  std::vector<Region> regions;  // scan: one
  Range source;                 // the text it came from, where there is one
};

enum class ArgumentKind : uint8_t { parameter, buffer, input };
struct Argument {
  ArgumentKind kind{};
  std::string name;  // parameters and buffers: path below the model's own name, as "core.Wxr"
  ValueId value{};
};
struct Result {
  std::string name;  // "rate", "loss"; "buffer:BatchNorm.mean" is that buffer's new value
  ValueId value{};
};

struct Graph {
  std::string name;
  std::vector<Type> values;  // type of each value
  std::vector<Argument> arguments;
  Region body;  // body.arguments are the values of `arguments`, body.results those of `results`
  std::vector<Result> results;

  const Type& type(ValueId id) const { return values[id]; }
  const Result* find_result(std::string_view name) const;
  const Argument* find_argument(std::string_view name) const;
};

// ---------------------------------------------------------------- ops
// Attributes of each op stand in ops.def. Pointwise ops broadcast as numpy does: dims are aligned at their
// ends, a missing or 1-sized dim is repeated. `scan` runs its region once a bin, from the
// first to the last, or (reverse=1) from the last to the first; an output's frame stands at its own bin:
//   operands: n_inputs streams [B, T, ...] (sliced at axis 1), then the states' starts [B, ...] (or
//   broadcastable to
//             them: a start without B is repeated for each clip)
//   region arguments: the frames [B, ...], then the states before the step; region results: the states after
//   the
//             step, then the frame outputs [B, ...] or fixed values
//   results: the outputs as streams [B, T, ...]
// `random` draws real entries, keyed by (seed, purpose, name), entry = flat index in row-major order
// (rand.1).

struct OpInfo;
// One application of an op, as shape and cost rules see it.
struct OpCall {
  const OpInfo& info;
  const std::vector<Type>& operands;
  const Attributes& attributes;
};

struct OpInfo {
  Op op;
  std::string_view name;
  int min_operands;
  int max_operands;
  std::vector<std::string_view> attributes;
  Type (*infer)(const OpCall& call);                       // shape rule
  double (*cost)(const OpCall& call, const Type& result);  // real operations, letters counted as 1
  std::string_view doc;
};
const OpInfo& info(Op op);
const std::vector<OpInfo>& all_ops();
const OpInfo* find_op(std::string_view name);

int64_t int_attribute(const Node& node, std::string_view name);
double real_attribute(const Node& node, std::string_view name);
const std::string& text_attribute(const Node& node, std::string_view name);
const std::vector<int64_t>& ints_attribute(const Node& node, std::string_view name);
const std::vector<double>& reals_attribute(const Node& node, std::string_view name);
const std::vector<Dim>& dims_attribute(const Node& node, std::string_view name);

// The attributes in the order and of the kinds that ops.def and attributes.cpp ask for: a whole number is
// accepted where a real one is wanted, numbers where dims are. Throws InternalError for one that is missing
// or unknown.
Attributes normalise_attributes(Op op, const Attributes& attributes);

// "real[B,T,34]"
std::string to_string(const Type& type);
// Whether numpy's rule repeats `from` to `to`: aligned at the ends, each dim equal, 1 or missing.
bool broadcasts_to(const std::vector<Dim>& from, const std::vector<Dim>& to);
// A scan's output: the frame [B, ...], or fixed value [...], as a stream [B, T, ...].
Type stream_of(const Type& frame);

// Type of the result of `op` applied to operands of these types. Throws InternalError where the op does not
// fit; a scan has its types in its region and is refused here.
Type infer_type(Op op, const std::vector<Type>& operands, const Attributes& attributes);

// ---------------------------------------------------------------- building
// Adds nodes to a graph, one region deep at a time.
class Builder {
 public:
  explicit Builder(std::string graph_name);

  ValueId argument(ArgumentKind kind, std::string name, Type type);
  // Any op with one result and no region.
  ValueId add(Op op, std::vector<ValueId> operands, Attributes attributes = {}, Range source = {});
  ValueId constant(double value);  // real[]
  const Type& type(ValueId id) const { return graph_.values[id]; }

  // A scan in the making: begin, add nodes (they go into its region), end. Inputs and states may be added
  // while the body is being built. Scans do not nest.
  void begin_scan(bool reverse = false);
  bool in_scan() const { return in_scan_; }
  ValueId scan_input(ValueId stream);                  // [B, T, ...] outside -> the frame [B, ...] inside
  ValueId scan_state(ValueId start, Type frame_type);  // -> the state before the step
  // `next`: for each state in the order added, its value after the step (repeated to the state's dims where
  // it has fewer); outputs: frames or fixed values. Gives the streams.
  std::vector<ValueId> end_scan(const std::vector<ValueId>& next, const std::vector<ValueId>& outputs);

  void result(std::string name, ValueId value);
  Graph finish();  // verified

 private:
  Region& region() { return in_scan_ ? scan_body_ : graph_.body; }
  ValueId new_value(Type type);

  Graph graph_;
  bool in_scan_ = false, reverse_ = false;
  Region scan_body_;
  std::vector<ValueId> scan_operands_inputs_, scan_operands_states_;
  std::vector<ValueId> scan_input_arguments_, scan_state_arguments_;
};

// ---------------------------------------------------------------- checking and text
// Every rule an executor relies on: each value defined once and before use, visible where used, types as
// inferred, attributes present, result names unique. Returns the first broken rule, empty if none.
std::string verify(const Graph& graph);

std::string print(const Graph& graph);
// As a text for Graphviz, to look at.
std::string dot(const Graph& graph);
// Reads what print wrote: print(read(t)) == t. Throws InternalError with line and reason.
Graph read(std::string_view text);

// Real operations of one run of a graph, counted per clip and bin: an exp counts as one, a fused multiply-add
// as two.
struct Cost {
  double per_bin = 0;   // values with T, and those with B inside a scan
  double per_clip = 0;  // values with B alone
  double fixed = 0;     // values with neither
};
Cost flops(const Graph& graph);

}  // namespace stria::ir

// Run values as the checker sees them: named dims, unit, reach, and the graph value they stand for.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compiler/ir/graph.h"
#include "compiler/sema/number.h"

namespace stria {

// One dim of one body (dims.1). Two dims are the same only if they are the same object (dims.2); a nameless
// one agrees with any one dim of its size (dims.3). The size is open where data are not linked yet.
struct DimInfo {
  std::string name;
  std::optional<int64_t> size;
  Range declared;
  std::shared_ptr<const DimInfo> domain =
      nullptr;  // of an index: the dim it runs over; convolved: what it was
  bool is_nameless() const { return name.empty(); }
  std::string text() const;  // "F = 34", "70", "H"
};
using DimRef = std::shared_ptr<const DimInfo>;
using Dims = std::vector<DimRef>;

struct DimValue {
  DimRef dim;
};

// constant + sum of coefficient * index; an index is the dim it runs over in this comprehension.
struct AffineIndex {
  int64_t constant = 0;
  std::vector<std::pair<DimRef, int64_t>> terms;
};

// time.3, in steps. A cell reaches endlessly into the past.
struct Reach {
  static constexpr int endless = 1 << 28;
  int past = 0, future = 0;
  // The last bin seen of what units did (a stream of units): 0 is the present, -1 the bin before.
  int units = -endless;                    // none is seen
  Reach joined(const Reach& other) const;  // in parallel
  Reach back(int steps) const;             // those before are seen as well
  Reach delayed(int steps) const;
  Reach ahead(int steps) const;
};

// Graph axes, in order: B (has_batch), T (has_time), lifted, dims.
struct Tensor {
  Dims dims;    // of one frame, as the body sees it
  Dims lifted;  // for each entry of these the body is applied (dims.9), and indices of comprehensions
  bool has_batch = false;
  bool has_time = false;
  bool is_stream = false;  // the body may use its time (time.2)
  ir::Element element = ir::Element::real;
  Dimension unit;
  Reach reach;
  std::optional<ir::ValueId> value;    // none while only checking
  std::optional<ir::ValueId> present;  // boolean of the same axes: which entries count in `mean` (a response)
  std::string buffer;                  // path, where this is a buffer as declared

  size_t n_leading() const { return (has_batch ? 1 : 0) + (has_time ? 1 : 0); }
};
using TensorPtr = std::shared_ptr<const Tensor>;

std::string text(const Dims& dims);  // "[H = 70, I]"

}  // namespace stria

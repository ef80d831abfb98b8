// What ir/axes.h says of values, held against numbers: in random programs, entries that it says hang on some
// slices of the arguments alone do not change, to the bit, when the others do.
#include "compiler/ir/axes.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>

#include "tests/exec/random_program.h"

using namespace stria;
using exec::HostTensor;
using exec::NamedTensors;
using ir::Made;
using ir::Taken;

namespace {

std::string name_of(ir::ValueId id) { return fmt::format("value{}", id); }

// A random program, each value outside of scans a result.
struct Watched {
  ir::Graph graph;
  NamedTensors arguments;
  std::vector<ir::ValueId> values;

  explicit Watched(uint64_t seed) {
    test::RandomProgram program = test::random_program(seed);
    graph = std::move(program.graph);
    arguments = std::move(program.arguments);
    graph.results.clear();
    graph.body.results.clear();
    for (const ir::Node& node : graph.body.nodes)
      values.insert(values.end(), node.results.begin(), node.results.end());
    for (const ir::ValueId id : values) {
      graph.results.push_back({name_of(id), id});
      graph.body.results.push_back(id);
    }
  }
  NamedTensors run(const NamedTensors& with) const {
    return exec::evaluate(graph, with, {exec::Precision::float64, 0, {}, {}}).results;
  }
};

size_t slice_of(const HostTensor& tensor, size_t axis, size_t entry) {
  size_t inner = 1;
  for (size_t i = axis + 1; i < tensor.sizes.size(); ++i) inner *= static_cast<size_t>(tensor.sizes[i]);
  return entry / inner % static_cast<size_t>(tensor.sizes[axis]);
}

// Moves the entries of the slices for which `moves` holds.
template <typename Moves>
void move(HostTensor& tensor, size_t axis, const Moves& moves) {
  for (size_t i = 0; i < tensor.values.size(); ++i)
    if (moves(slice_of(tensor, axis, i))) tensor.values[i] += 0.1 + 0.01 * static_cast<double>(i % 7);
}

bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

// Whether two runs agree in all entries of the slices for which `of` holds.
template <typename Of>
bool agree(const HostTensor& a, const HostTensor& b, size_t axis, const Of& of) {
  for (size_t i = 0; i < a.values.size(); ++i)
    if (of(slice_of(a, axis, i)) && !same(a.values[i], b.values[i])) return false;
  return true;
}
bool agree(const HostTensor& a, const HostTensor& b) {
  return std::equal(a.values.begin(), a.values.end(), b.values.begin(), same);
}

bool is_boolean(const ir::Graph& graph, const ir::Argument& argument) {
  return graph.type(argument.value).element == ir::Element::boolean;
}

// With all moved that slice 0 of a value does not take. Returns how many arguments had slices to move.
int check_taken(const Watched& program, const NamedTensors& before, ir::ValueId id, size_t axis) {
  const std::vector<Taken> taken = ir::taken_by_slices(program.graph, id, axis);
  NamedTensors moved = program.arguments;
  int n_sliced = 0;
  for (const ir::Argument& argument : program.graph.arguments) {
    const Taken& part = taken[argument.value];
    HostTensor& tensor = moved.at(argument.name);
    if (is_boolean(program.graph, argument) || part.part == Taken::Part::all) continue;
    const bool sliced = part.part == Taken::Part::slice;
    n_sliced += sliced ? 1 : 0;
    if (sliced) {
      move(tensor, part.axis, [](size_t slice) { return slice != 0; });
    } else {
      for (double& value : tensor.values) value += 0.1;
    }
  }
  if (n_sliced == 0) return 0;
  const HostTensor after = program.run(moved).at(name_of(id));
  CHECK_MESSAGE(agree(before.at(name_of(id)), after, axis, [](size_t slice) { return slice == 0; }),
                fmt::format("%{} along {} of\n{}", id, axis, ir::print(program.graph)));
  return n_sliced;
}

// The axis of this size that comes first or last; nothing where there is none.
std::optional<size_t> axis_of_size(const ir::Type& type, int64_t size, bool last) {
  std::optional<size_t> found;
  for (size_t i = 0; i < type.rank(); ++i)
    if (type.dims[i] == ir::dim(size) && (last || !found)) found = i;
  return found;
}

struct Counts {
  int fixed = 0, slices = 0, sum = 0, mixed = 0;
};

// Whether f(a + b) = f(a) + f(b) - f(0), as it is where a and b move terms of their own.
bool adds_up(const HostTensor& none, const HostTensor& a, const HostTensor& b, const HostTensor& both) {
  for (size_t i = 0; i < none.values.size(); ++i) {
    const double rest = both.values[i] - a.values[i] - b.values[i] + none.values[i];
    const double scale = 1 + std::fabs(none.values[i]) + std::fabs(a.values[i]) + std::fabs(both.values[i]);
    if (std::isfinite(rest) && std::fabs(rest) > 1e-9 * scale) return false;
  }
  return true;
}

// With arguments that have an axis of this size in slices, moved in slice 0, in slice 1, and in both.
void check_made(const Watched& program, int64_t size, bool last, Counts& counts) {
  std::vector<Made> parts;
  NamedTensors moved[3] = {program.arguments, program.arguments, program.arguments};
  for (const ir::Argument& argument : program.graph.arguments) {
    const auto axis = axis_of_size(program.graph.type(argument.value), size, last);
    const bool sliced = axis && !is_boolean(program.graph, argument);
    parts.push_back(sliced ? Made{Made::Of::slices, *axis} : Made{});
    if (!sliced) continue;
    move(moved[0].at(argument.name), *axis, [](size_t slice) { return slice == 0; });
    move(moved[1].at(argument.name), *axis, [](size_t slice) { return slice == 1; });
    move(moved[2].at(argument.name), *axis, [](size_t slice) { return slice < 2; });
  }
  const std::vector<Made> made = ir::made_of_slices(program.graph, parts);
  const NamedTensors none = program.run(program.arguments), first = program.run(moved[0]),
                     second = program.run(moved[1]), both = program.run(moved[2]);
  for (const ir::ValueId id : program.values) {
    const std::string name = name_of(id);
    const HostTensor &n = none.at(name), &a = first.at(name), &b = second.at(name), &ab = both.at(name);
    bool right = true;
    switch (made[id].of) {
      case Made::Of::fixed:
        right = agree(n, ab);
        ++counts.fixed;
        break;
      case Made::Of::slices:
        right = agree(n, a, made[id].axis, [](size_t slice) { return slice != 0; }) &&
                agree(n, b, made[id].axis, [](size_t slice) { return slice != 1; });
        ++counts.slices;
        break;
      case Made::Of::sum:
        right = adds_up(n, a, b, ab);
        ++counts.sum;
        break;
      case Made::Of::mixed:
        ++counts.mixed;
        break;
    }
    CHECK_MESSAGE(right, fmt::format("%{}, said to be {} of slices of size {} in\n{}", id,
                                     static_cast<int>(made[id].of), size, ir::print(program.graph)));
  }
}

}  // namespace

TEST_CASE("axes of random programs: what a slice of a value does not take moves nothing of it") {
  int n_checked = 0, n_sliced = 0;
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    const Watched program(seed);
    const NamedTensors before = program.run(program.arguments);
    for (const ir::ValueId id : program.values) {
      const ir::Type& type = program.graph.type(id);
      for (size_t axis = 0; axis < type.rank(); ++axis) {
        if (!type.dims[axis].is_number() || type.dims[axis].size < 2) continue;
        n_sliced += check_taken(program, before, id, axis);
        ++n_checked;
      }
    }
  }
  MESSAGE(n_checked << " axes, " << n_sliced << " arguments in slices");
  CHECK(n_sliced > 200);
}

TEST_CASE("axes of random programs: what is made of slices, and sums of their terms") {
  Counts counts;
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    const Watched program(seed);
    for (const int64_t size : {2, 3, 4, 5}) check_made(program, size, seed % 2 == 0, counts);
  }
  MESSAGE("fixed " << counts.fixed << ", slices " << counts.slices << ", sums " << counts.sum << ", mixed "
                   << counts.mixed);
  CHECK(counts.slices > 1000);
  CHECK(counts.sum > 200);
}

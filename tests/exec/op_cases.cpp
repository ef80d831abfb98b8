#include "tests/exec/op_cases.h"

#include <algorithm>
#include <cmath>

#include "runtime/random/random.h"

namespace stria::test {

using ir::Attributes;
using ir::batch_dim;
using ir::Dim;
using ir::dim;
using ir::Element;
using ir::Op;
using ir::time_dim;
using ir::Type;
using Complex = std::complex<double>;
using Index = std::vector<int64_t>;
using Integers = std::vector<int64_t>;

namespace {

using Cases = std::vector<OpCase>;
using Arrays = std::vector<Array>;

Type real(std::vector<Dim> dims) { return {Element::real, std::move(dims)}; }
Type complex(std::vector<Dim> dims) { return {Element::complex, std::move(dims)}; }
Type boolean(std::vector<Dim> dims) { return {Element::boolean, std::move(dims)}; }

// ---------------------------------------------------------------- plain loops
// The entry that numpy's rule repeats to `index`.
Complex repeated(const Array& array, const Index& index) {
  Index own(array.sizes.size());
  const size_t skip = index.size() - own.size();
  for (size_t i = 0; i < own.size(); ++i) own[i] = array.sizes[i] == 1 ? 0 : index[skip + i];
  return array.at(own);
}

std::vector<int64_t> joined_sizes(const Arrays& operands) {
  std::vector<int64_t> result;
  for (const Array& operand : operands) {
    if (operand.sizes.size() > result.size())
      result.insert(result.begin(), operand.sizes.size() - result.size(), 1);
    const size_t skip = result.size() - operand.sizes.size();
    for (size_t i = 0; i < operand.sizes.size(); ++i) {
      if (operand.sizes[i] != 1) result[skip + i] = operand.sizes[i];
    }
  }
  return result;
}

using Pointwise = std::function<Complex(const std::vector<Complex>&)>;
std::function<Array(const Arrays&)> pointwise(const Pointwise& function) {
  return [function](const Arrays& operands) {
    Array result(joined_sizes(operands));
    for_each_index(result.sizes, [&](const Index& index) {
      std::vector<Complex> entries;
      for (const Array& operand : operands) entries.push_back(repeated(operand, index));
      result.at(index) = function(entries);
    });
    return result;
  };
}

// Each entry of a result of these sizes is the operand's at source(index), or 0 where that gives nothing.
using Source = std::function<std::optional<Index>(const Index&, const std::vector<int64_t>& operand_sizes)>;
std::function<Array(const Arrays&)> moved(const std::vector<int64_t>& sizes, const Source& source) {
  return [sizes, source](const Arrays& operands) {
    Array result(sizes);
    for_each_index(sizes, [&](const Index& index) {
      const auto from = source(index, operands[0].sizes);
      result.at(index) = from ? operands[0].at(*from) : Complex(0);
    });
    return result;
  };
}

using Fold = std::function<Complex(const std::vector<Complex>&)>;
// The entries that an axis list gathers, in row-major order; with a mask those that count.
std::function<Array(const Arrays&)> folded(const Integers& axes, const Fold& fold) {
  return [axes, fold](const Arrays& operands) {
    const Array& operand = operands[0];
    const auto gone = [&](size_t axis) {
      return std::find(axes.begin(), axes.end(), static_cast<int64_t>(axis)) != axes.end();
    };
    std::vector<int64_t> kept, reduced;
    for (size_t i = 0; i < operand.sizes.size(); ++i) (gone(i) ? reduced : kept).push_back(operand.sizes[i]);
    Array result(kept);
    for_each_index(kept, [&](const Index& outer) {
      std::vector<Complex> entries;
      for_each_index(reduced, [&](const Index& inner) {
        Index index;
        size_t from_outer = 0, from_inner = 0;
        for (size_t i = 0; i < operand.sizes.size(); ++i) {
          index.push_back(gone(i) ? inner[from_inner++] : outer[from_outer++]);
        }
        if (operands.size() == 1 || repeated(operands[1], index) != Complex(0))
          entries.push_back(operand.at(index));
      });
      result.at(outer) = fold(entries);
    });
    return result;
  };
}

std::function<Array(const Arrays&)> contracted(const std::string& subscripts) {
  return [subscripts](const Arrays& operands) {
    const size_t comma = subscripts.find(','), arrow = subscripts.find("->");
    const std::string sides[] = {subscripts.substr(0, comma),
                                 subscripts.substr(comma + 1, arrow - comma - 1)};
    const std::string out = subscripts.substr(arrow + 2);
    std::string letters;
    std::vector<int64_t> sizes;
    for (int side = 0; side < 2; ++side) {
      for (size_t i = 0; i < sides[side].size(); ++i) {
        if (letters.find(sides[side][i]) != std::string::npos) continue;
        letters += sides[side][i];
        sizes.push_back(operands[static_cast<size_t>(side)].sizes[i]);
      }
    }
    const auto pick = [&](const std::string& wanted, const Index& index) {
      Index own;
      for (const char letter : wanted) own.push_back(index[letters.find(letter)]);
      return own;
    };
    Array result(pick(out, sizes));
    for_each_index(sizes, [&](const Index& index) {
      result.at(pick(out, index)) +=
          operands[0].at(pick(sides[0], index)) * operands[1].at(pick(sides[1], index));
    });
    return result;
  };
}

// ---------------------------------------------------------------- the cases
std::string labelled(Op op, const std::vector<Type>& operands, const Attributes& attributes) {
  std::string label(ir::info(op).name);
  for (const Type& type : operands) label += " " + to_string(type);
  for (const auto& [name, value] : attributes) {
    if (const auto* number = std::get_if<int64_t>(&value))
      label += " " + name + "=" + std::to_string(*number);
    if (const auto* text = std::get_if<std::string>(&value)) label += " " + *text;
  }
  return label;
}

OpCase& put(Cases& cases, Op op, const std::vector<Type>& operands, const Attributes& attributes,
            std::function<Array(const Arrays&)> expected) {
  cases.push_back({op, labelled(op, operands, attributes), operands, attributes, std::move(expected)});
  return cases.back();
}

void put_leaves(Cases& cases) {
  const auto leaf = [&](Op op, const Attributes& attributes, std::vector<int64_t> sizes,
                        std::vector<double> values) {
    put(cases, op, {}, attributes, [=](const Arrays&) {
      Array result(sizes);
      std::copy(values.begin(), values.end(), result.values.begin());
      return result;
    }).has_derivative = false;
  };
  leaf(Op::constant, {{"value", -1.25}}, {}, {-1.25});
  leaf(Op::table, {{"sizes", Integers{2, 3}}, {"values", std::vector<double>{1, 2, 3, 4, 5, 6.5}}}, {2, 3},
       {1, 2, 3, 4, 5, 6.5});
  leaf(Op::table, {{"sizes", Integers{0}}, {"values", std::vector<double>{}}}, {0}, {});
  leaf(Op::iota, {{"size", 4}}, {4}, {0, 1, 2, 3});
  leaf(Op::index, {{"sizes", Integers{2, 3}}, {"axis", 1}}, {2, 3}, {0, 1, 2, 0, 1, 2});
  leaf(Op::index, {{"sizes", std::vector<Dim>{batch_dim, dim(1), time_dim}}, {"axis", 0}},
       {n_clips, 1, n_bins}, {0, 0, 0, 0, 0, 1, 1, 1, 1, 1});
  const random::Draws draws(exec::EvaluateOptions{}.seed, "init", "core.w");
  const auto random = [&](const std::string& distribution, double a, double b,
                          const std::function<double(random::Place)>& draw) {
    std::vector<double> values;
    for (uint64_t i = 0; i < 6; ++i) values.push_back(draw({0, 0, i}));
    leaf(Op::random,
         {{"distribution", distribution},
          {"sizes", Integers{3, 2}},
          {"a", a},
          {"b", b},
          {"purpose", "init"},
          {"name", "core.w"}},
         {3, 2}, values);
  };
  random("uniform", -1, 3, [&](random::Place p) { return draws.uniform(p, -1, 3); });
  random("normal", 2, 0.5, [&](random::Place p) { return 2 + 0.5 * draws.normal(p); });
  random("loguniform", 0.001, 0.1, [&](random::Place p) { return draws.log_uniform(p, 0.001, 0.1); });
  random("exponential", 3, 0, [&](random::Place p) { return 3 * draws.exponential(p); });
  random("orthogonal", 1.5, 0, [&](random::Place p) { return 1.5 * draws.orthogonal({}, 3, 2)[p.entry]; });
}

void put_unary(Cases& cases) {
  const std::vector<std::vector<Dim>> shapes = {
      {}, {dim(1)}, {dim(3), dim(7)}, {batch_dim, time_dim, dim(3)}};
  const auto of_real = [&](Op op, double (*function)(double), double low = -2, double high = 2) {
    for (const auto& dims : shapes) {
      OpCase& added = put(cases, op, {real(dims)}, {},
                          pointwise([function](const auto& x) { return Complex(function(x[0].real())); }));
      added.low = low;
      added.high = high;
    }
  };
  of_real(Op::neg, [](double x) { return -x; });
  of_real(Op::exp, [](double x) { return std::exp(x); });
  of_real(
      Op::log, [](double x) { return std::log(x); }, 0.1, 3);
  of_real(
      Op::sqrt, [](double x) { return std::sqrt(x); }, 0.1, 3);
  of_real(Op::abs, [](double x) { return std::fabs(x); });
  of_real(Op::tanh, [](double x) { return std::tanh(x); });
  of_real(
      Op::sigmoid, [](double x) { return 1 / (1 + std::exp(-x)); }, -30, 30);
  of_real(Op::relu, [](double x) { return std::max(x, 0.0); });
  of_real(
      Op::softplus, [](double x) { return std::log1p(std::exp(-std::fabs(x))) + std::max(x, 0.0); }, -60, 60);
  of_real(Op::softplus, [](double x) { return std::log1p(std::exp(x)); });
  of_real(Op::expm1_over, [](double x) { return std::expm1(x) / x; });
  of_real(
      Op::expm1_over, [](double x) { return std::expm1(x) / x; }, -1e-3, 1e-3);
  of_real(Op::erf, [](double x) { return std::erf(x); });
  of_real(Op::sin, [](double x) { return std::sin(x); });
  of_real(Op::cos, [](double x) { return std::cos(x); });
  of_real(Op::stop_gradient, [](double x) { return x; });

  const std::vector<Dim> dims = {dim(2), dim(3)};
  const auto of_complex = [&](Op op, const std::function<Complex(Complex)>& function) {
    put(cases, op, {complex(dims)}, {}, pointwise([function](const auto& x) { return function(x[0]); }));
  };
  of_complex(Op::neg, [](Complex x) { return -x; });
  of_complex(Op::exp, [](Complex x) { return std::exp(x); });
  of_complex(Op::abs, [](Complex x) { return Complex(std::abs(x)); });
  of_complex(Op::expm1_over, [](Complex x) { return (std::exp(x) - 1.0) / x; });
  of_complex(Op::re, [](Complex x) { return Complex(x.real()); });
  of_complex(Op::im, [](Complex x) { return Complex(x.imag()); });
  of_complex(Op::conj, [](Complex x) { return std::conj(x); });

  const auto truth = [](bool value) { return Complex(value ? 1 : 0); };
  put(cases, Op::logical_not, {boolean(dims)}, {},
      pointwise([=](const auto& x) { return truth(x[0] == Complex(0)); }))
      .has_derivative = false;
  put(cases, Op::to_real, {boolean(dims)}, {}, pointwise([](const auto& x) { return x[0]; })).has_derivative =
      false;
}

void put_binary(Cases& cases) {
  const std::vector<std::pair<std::vector<Dim>, std::vector<Dim>>> shapes = {
      {{}, {}},
      {{dim(3), dim(5)}, {dim(5)}},
      {{dim(4), dim(1)}, {dim(3)}},
      {{dim(1)}, {dim(2), dim(1), dim(3)}},
      {{batch_dim, time_dim, dim(3)}, {batch_dim, dim(1), dim(3)}}};
  const auto of_real = [&](Op op, double (*function)(double, double), double low = -2, double high = 2) {
    for (const auto& [a, b] : shapes) {
      OpCase& added =
          put(cases, op, {real(a), real(b)}, {},
              pointwise([function](const auto& x) { return Complex(function(x[0].real(), x[1].real())); }));
      added.low = low;
      added.high = high;
      added.has_derivative = ir::infer_type(op, {real(a), real(b)}, {}).element != Element::boolean;
    }
  };
  of_real(Op::add, [](double a, double b) { return a + b; });
  of_real(Op::sub, [](double a, double b) { return a - b; });
  of_real(Op::mul, [](double a, double b) { return a * b; });
  of_real(
      Op::div, [](double a, double b) { return a / b; }, 0.5, 2);
  of_real(
      Op::pow, [](double a, double b) { return std::pow(a, b); }, 0.5, 2);
  of_real(Op::min, [](double a, double b) { return std::min(a, b); });
  of_real(Op::max, [](double a, double b) { return std::max(a, b); });
  of_real(Op::less, [](double a, double b) { return a < b ? 1.0 : 0.0; });
  of_real(Op::less_equal, [](double a, double b) { return a <= b ? 1.0 : 0.0; });
  of_real(Op::equal, [](double a, double b) { return a == b ? 1.0 : 0.0; });

  const std::vector<Dim> dims = {dim(2), dim(3)}, last = {dim(3)};
  const auto of_complex = [&](Op op, const std::function<Complex(Complex, Complex)>& function) {
    const auto expected = pointwise([function](const auto& x) { return function(x[0], x[1]); });
    put(cases, op, {complex(dims), complex(last)}, {}, expected);
    put(cases, op, {real(dims), complex(last)}, {}, expected);
    put(cases, op, {complex(dims), real({})}, {}, expected);
  };
  of_complex(Op::add, [](Complex a, Complex b) { return a + b; });
  of_complex(Op::sub, [](Complex a, Complex b) { return a - b; });
  of_complex(Op::mul, [](Complex a, Complex b) { return a * b; });
  of_complex(Op::div, [](Complex a, Complex b) { return a / b; });
  put(cases, Op::complex, {real(dims), real(last)}, {},
      pointwise([](const auto& x) { return Complex(x[0].real(), x[1].real()); }));

  put(cases, Op::logical_and, {boolean(dims), boolean(last)}, {},
      pointwise([](const auto& x) { return x[0] * x[1]; }))
      .has_derivative = false;
  put(cases, Op::logical_or, {boolean(dims), boolean(last)}, {},
      pointwise([](const auto& x) { return x[0] + x[1] - x[0] * x[1]; }))
      .has_derivative = false;
  const auto choice = pointwise([](const auto& x) { return x[0] != Complex(0) ? x[1] : x[2]; });
  put(cases, Op::select, {boolean(dims), real(last), real({})}, {}, choice);
  put(cases, Op::select, {boolean({dim(2), dim(1)}), real(dims), complex(last)}, {}, choice);
  put(cases, Op::select, {boolean(dims), boolean(last), boolean(dims)}, {}, choice).has_derivative = false;
}

void put_shapes(Cases& cases) {
  const auto repeat = [](const Index& index, const std::vector<int64_t>& sizes) {
    Index own(sizes.size());
    for (size_t i = 0; i < own.size(); ++i) own[i] = sizes[i] == 1 ? 0 : index[index.size() - own.size() + i];
    return std::optional(own);
  };
  put(cases, Op::broadcast, {real({dim(3), dim(1)})}, {{"sizes", Integers{2, 3, 4}}},
      moved({2, 3, 4}, repeat));
  put(cases, Op::broadcast, {real({dim(3)})}, {{"sizes", std::vector<Dim>{batch_dim, time_dim, dim(3)}}},
      moved({n_clips, n_bins, 3}, repeat));
  put(cases, Op::broadcast, {complex({})}, {{"sizes", Integers{2}}}, moved({2}, repeat));

  const auto same_order = [](const std::vector<int64_t>& sizes) {
    return [sizes](const Arrays& x) {
      Array result(sizes);
      result.values = x[0].values;
      return result;
    };
  };
  put(cases, Op::reshape, {real({dim(3), dim(4)})}, {{"sizes", Integers{2, 6}}}, same_order({2, 6}));
  put(cases, Op::reshape, {real({batch_dim, time_dim, dim(2), dim(3)})},
      {{"sizes", std::vector<Dim>{batch_dim, time_dim, dim(6)}}}, same_order({n_clips, n_bins, 6}));
  put(cases, Op::reshape, {real({batch_dim, time_dim})},
      {{"sizes", std::vector<Dim>{batch_dim, dim(1), time_dim}}}, same_order({n_clips, 1, n_bins}));
  put(cases, Op::reshape, {boolean({dim(1)})}, {{"sizes", Integers{}}}, same_order({})).has_derivative =
      false;

  put(cases, Op::transpose, {real({dim(2), dim(3), dim(4)})}, {{"order", Integers{2, 0, 1}}},
      moved({4, 2, 3}, [](const Index& i, const auto&) {
        return std::optional(Index{i[1], i[2], i[0]});
      }));
  put(cases, Op::transpose, {real({batch_dim, time_dim})}, {{"order", Integers{1, 0}}},
      moved({n_bins, n_clips}, [](const Index& i, const auto&) {
        return std::optional(Index{i[1], i[0]});
      }));

  const auto slice = [&](int64_t start, int64_t size, int64_t step) {
    put(cases, Op::slice, {real({dim(2), dim(7)})},
        {{"axis", 1}, {"start", start}, {"size", size}, {"step", step}},
        moved({2, size}, [=](const Index& i, const auto&) {
          return std::optional(Index{i[0], start + i[1] * step});
        }));
  };
  slice(0, 7, 1);
  slice(1, 3, 2);
  slice(6, 1, 1);
  slice(3, 0, 1);

  put(cases, Op::concat, {real({dim(2), dim(1)}), real({dim(2), dim(3)}), real({dim(2), dim(0)})},
      {{"axis", 1}}, [](const Arrays& x) {
        Array result({2, 4});
        for_each_index({2, 4}, [&](const Index& i) {
          result.at(i) = i[1] < 1 ? x[0].at({i[0], 0}) : x[1].at({i[0], i[1] - 1});
        });
        return result;
      });
  put(cases, Op::concat, {real({batch_dim, time_dim, dim(2)})}, {{"axis", 2}},
      same_order({n_clips, n_bins, 2}));

  const auto padded = [&](int64_t before, int64_t after) {
    const auto source = [=](const Index& i, const std::vector<int64_t>& sizes) -> std::optional<Index> {
      if (i[1] < before || i[1] >= before + sizes[1]) return std::nullopt;
      return Index{i[0], i[1] - before, i[2]};
    };
    put(cases, Op::pad, {real({dim(2), dim(3), dim(2)})}, {{"axis", 1}, {"before", before}, {"after", after}},
        moved({2, 3 + before + after, 2}, source));
  };
  padded(2, 1);
  padded(0, 0);
  put(cases, Op::flip, {real({dim(2), dim(5)})}, {{"axis", 1}},
      moved({2, 5}, [](const Index& i, const auto&) {
        return std::optional(Index{i[0], 4 - i[1]});
      }));
}

void put_windows(Cases& cases) {
  const auto window = [&](int64_t size, int64_t stride, int64_t dilate, int64_t positions) {
    const Attributes attributes = {{"axis", 1}, {"size", size}, {"stride", stride}, {"dilate", dilate}};
    put(cases, Op::window, {real({dim(2), dim(7), dim(3)})}, attributes,
        moved({2, positions, 3, size}, [=](const Index& i, const auto&) {
          return std::optional(Index{i[0], i[1] * stride + i[3] * dilate, i[2]});
        }));
  };
  window(3, 1, 1, 5);
  window(3, 2, 1, 3);
  window(2, 2, 3, 2);
  window(7, 1, 1, 1);
  window(1, 3, 2, 3);
  put(cases, Op::window, {real({batch_dim, time_dim, dim(6)})},
      {{"axis", 2}, {"size", 2}, {"stride", 2}, {"dilate", 2}},
      moved({n_clips, n_bins, 2, 2}, [](const Index& i, const auto&) {
        return std::optional(Index{i[0], i[1], 2 * i[2] + 2 * i[3]});
      }));

  const auto earlier = [](const Index& i, int64_t steps) -> std::optional<Index> {
    Index from = i;
    from[1] -= steps;
    return from[1] < 0 || from[1] >= n_bins ? std::nullopt : std::optional(from);
  };
  for (const int64_t steps : {0, 1, 3, 5, 9, -1, -2, -7}) {
    put(cases, Op::delay, {real({batch_dim, time_dim, dim(3)})}, {{"steps", steps}},
        moved({n_clips, n_bins, 3}, [=](const Index& i, const auto&) { return earlier(i, steps); }));
  }
  put(cases, Op::delay, {complex({batch_dim, time_dim})}, {{"steps", 2}},
      moved({n_clips, n_bins}, [=](const Index& i, const auto&) { return earlier(i, 2); }));
  for (const int64_t bin : {0, 3, -1, -5}) {
    put(cases, Op::frame, {real({batch_dim, time_dim, dim(3)})}, {{"bin", bin}},
        moved({n_clips, 3}, [=](const Index& i, const auto&) {
          return std::optional(Index{i[0], bin < 0 ? n_bins + bin : bin, i[1]});
        }));
  }
  for (const int64_t size : {1, 3, 8}) {
    for (const int64_t reverse : {0, 1}) {
      put(cases, Op::history, {real({batch_dim, time_dim, dim(2)})}, {{"size", size}, {"reverse", reverse}},
          moved({n_clips, n_bins, 2, size}, [=](const Index& i, const auto&) {
            return earlier({i[0], i[1], i[2]}, reverse == 0 ? i[3] : -i[3]);
          }));
    }
  }
  put(cases, Op::history, {real({batch_dim, time_dim})}, {{"size", 2}},
      moved({n_clips, n_bins, 2}, [=](const Index& i, const auto&) {
        return earlier({i[0], i[1]}, i[2]);
      }));
}

// Entry k of the frame k bins ahead, or ago, added up.
void put_overlap_add(Cases& cases, int64_t size, int64_t reverse) {
  const auto loops = [=](const Arrays& operands) {
    Array result({n_clips, n_bins, 2});
    for_each_index({n_clips, n_bins, 2, size}, [&](const Index& i) {
      const int64_t bin = reverse == 0 ? i[1] + i[3] : i[1] - i[3];
      if (bin < 0 || bin >= n_bins) return;
      result.at({i[0], i[1], i[2]}) += operands[0].at({i[0], bin, i[2], i[3]});
    });
    return result;
  };
  for (const Type& type :
       {real({batch_dim, time_dim, dim(2), dim(size)}), complex({batch_dim, time_dim, dim(2), dim(size)})})
    put(cases, Op::overlap_add, {type}, {{"size", size}, {"reverse", reverse}}, loops);
}

void put_overlap_adds(Cases& cases) {
  for (const int64_t size : {1, 3, 8}) {
    for (const int64_t reverse : {0, 1}) put_overlap_add(cases, size, reverse);
  }
}

void put_contractions(Cases& cases) {
  const auto add = [&](const std::string& subscripts, std::vector<Dim> a, std::vector<Dim> b) {
    put(cases, Op::contract, {real(a), real(b)}, {{"subscripts", subscripts}}, contracted(subscripts));
  };
  const Dim b = batch_dim, t = time_dim;
  add("hi,bi->bh", {dim(4), dim(3)}, {b, dim(3)});
  add("bi,hi->bh", {b, dim(3)}, {dim(4), dim(3)});
  add("ij,jk->ik", {dim(2), dim(3)}, {dim(3), dim(4)});
  add("ij,jk->ki", {dim(2), dim(3)}, {dim(3), dim(4)});
  add("btlk,lck->btlc", {b, t, dim(2), dim(3)}, {dim(2), dim(4), dim(3)});
  add("btfk,nfk->btn", {b, t, dim(2), dim(3)}, {dim(4), dim(2), dim(3)});
  add("nh,bth->btn", {dim(1), dim(3)}, {b, t, dim(3)});
  add("bqd,bkd->bqk", {b, dim(3), dim(2)}, {b, dim(4), dim(2)});
  add("bqd,bkd->kbq", {b, dim(3), dim(2)}, {b, dim(4), dim(2)});
  add("i,i->", {dim(5)}, {dim(5)});
  add("i,j->ji", {dim(2)}, {dim(3)});
  add("bi,bi->bi", {b, dim(3)}, {b, dim(3)});
  add("bi,bi->b", {b, dim(3)}, {b, dim(3)});
  add("ab,c->cb", {dim(2), dim(3)}, {dim(4)});
  add("abc,b->ac", {dim(2), dim(3), dim(2)}, {dim(3)});
  add("ii,i->i", {dim(3), dim(3)}, {dim(3)});
  add("ij,kj->", {dim(2), dim(3)}, {dim(2), dim(3)});
  add(",ab->ba", {}, {dim(2), dim(3)});
  add("bct,dc->dbt", {b, dim(3), t}, {dim(2), dim(3)});
  put(cases, Op::contract, {complex({dim(2), dim(3)}), complex({dim(3), dim(4)})},
      {{"subscripts", "ij,jk->ik"}}, contracted("ij,jk->ik"));
  put(cases, Op::contract, {real({dim(2), dim(3)}), complex({b, dim(3)})}, {{"subscripts", "ij,bj->bi"}},
      contracted("ij,bj->bi"));
}

void put_reductions(Cases& cases) {
  const Fold sum = [](const auto& x) {
    Complex total = 0;
    for (const Complex& value : x) total += value;
    return total;
  };
  const Fold mean = [sum](const auto& x) {
    return x.empty() ? Complex(0) : sum(x) / static_cast<double>(x.size());
  };
  const Fold product = [](const auto& x) {
    Complex total = 1;
    for (const Complex& value : x) total *= value;
    return total;
  };
  const auto by_real = [](const Complex& a, const Complex& b) { return a.real() < b.real(); };
  const Fold greatest = [=](const auto& x) { return *std::max_element(x.begin(), x.end(), by_real); };
  const Fold least = [=](const auto& x) { return *std::min_element(x.begin(), x.end(), by_real); };
  const Fold log_sum = [](const auto& x) {
    double total = 0;
    for (const Complex& value : x) total += std::exp(value.real());
    return Complex(std::log(total));
  };
  const std::vector<std::pair<Op, Fold>> folds = {{Op::reduce_sum, sum},      {Op::reduce_mean, mean},
                                                  {Op::reduce_prod, product}, {Op::reduce_max, greatest},
                                                  {Op::reduce_min, least},    {Op::logsumexp, log_sum}};
  const Type stream = real({batch_dim, time_dim, dim(3)});
  for (const auto& [op, fold] : folds) {
    for (const Integers& axes : {Integers{}, {0}, {2}, {0, 1}, {2, 0}, {0, 1, 2}}) {
      put(cases, op, {stream}, {{"axes", axes}}, folded(axes, fold)).label += std::to_string(axes.size());
    }
    put(cases, op, {real({dim(1)})}, {{"axes", Integers{0}}}, folded({0}, fold));
    if (op != Op::reduce_sum && op != Op::reduce_mean) continue;
    // Masks of clips of unequal lengths, of missing entries, of one clip with nothing in it.
    for (const Integers& axes : {Integers{0, 1, 2}, {1}, {0, 1}}) {
      put(cases, op, {stream, boolean({batch_dim, time_dim, dim(1)})}, {{"axes", axes}}, folded(axes, fold));
      put(cases, op, {stream, boolean(stream.dims)}, {{"axes", axes}}, folded(axes, fold));
      put(cases, op, {stream, boolean({batch_dim, dim(1), dim(1)})}, {{"axes", axes}}, folded(axes, fold));
    }
    put(cases, op, {complex({dim(2), dim(3)}), boolean({dim(1), dim(3)})}, {{"axes", Integers{1}}},
        folded({1}, fold));
  }
}

Cases make_cases() {
  Cases cases;
  put_leaves(cases);
  put_unary(cases);
  put_binary(cases);
  put_shapes(cases);
  put_windows(cases);
  put_overlap_adds(cases);
  put_contractions(cases);
  put_reductions(cases);
  return cases;
}

}  // namespace

const std::vector<OpCase>& op_cases() {
  static const std::vector<OpCase> cases = make_cases();
  return cases;
}

}  // namespace stria::test

// Arithmetic and comparisons of values of any stage; units (units.1 to units.3).
#include <fmt/format.h>

#include <cmath>

#include "compiler/sema/elaborator.h"

namespace stria {

namespace {

using ast::BinaryOp;
using ast::CompareOp;

std::string_view sign(BinaryOp op) {
  switch (op) {
    case BinaryOp::add:
      return "+";
    case BinaryOp::subtract:
      return "-";
    case BinaryOp::multiply:
      return "*";
    case BinaryOp::divide:
      return "/";
    case BinaryOp::floor_divide:
      return "//";
    case BinaryOp::matmul:
      return "@";
    case BinaryOp::power:
      return "^";
    case BinaryOp::and_:
      return "and";
    case BinaryOp::or_:
      return "or";
  }
  return "";
}

std::string_view sign(CompareOp op) {
  switch (op) {
    case CompareOp::less:
      return "<";
    case CompareOp::less_equal:
      return "<=";
    case CompareOp::greater:
      return ">";
    case CompareOp::greater_equal:
      return ">=";
    case CompareOp::equal:
      return "==";
    case CompareOp::not_equal:
      return "!=";
    case CompareOp::in:
      return "in";
  }
  return "";
}

bool is_level(const Dimension& dimension) { return dimension.exponents[Dimension::level] != 0; }

Number with_exact(Number number, const std::optional<Rational>& exact) {
  number.exact = exact;
  if (exact) number.value = exact->value();
  return number;
}

// The unit a sum is shown in: the left one's where it has one.
void take_unit(Number& result, const Number& left, const Number& right) {
  const Number& from = left.unit.empty() ? right : left;
  result.unit = from.unit;
  result.unit_size = from.unit_size;
}

Number whole_power(const Number& base, int64_t exponent) {
  Number result = Number::whole(1);
  std::optional<Rational> exact = base.exact ? std::optional(Rational(1)) : std::nullopt;
  for (int64_t i = 0; i < std::abs(exponent); ++i)
    if (exact) exact = multiply(*exact, *base.exact);
  if (exponent < 0 && exact) exact = divide(Rational(1), *exact);
  result.exact = exact;
  result.value = exact ? exact->value() : std::pow(base.value, static_cast<double>(exponent));
  result.is_whole = base.is_whole && exponent >= 0 && exact.has_value();
  result.dimension = Dimension{}.times(base.dimension, static_cast<int>(exponent));
  return result;
}

}  // namespace

std::optional<Number> Elaborator::as_number(const Value& value) const {
  if (const auto* number = value.get<Number>()) return *number;
  if (const auto* dim = value.object<DimValue>()) {
    if (dim->dim->size) return Number::whole(*dim->dim->size);
    return Number::unknown({}, true);
  }
  return std::nullopt;
}

static bool units_agree(const Number& a, const Number& b) {
  return a.dimension == b.dimension || a.is_zero() || b.is_zero();
}

Value Elaborator::binary(BinaryOp op, const Value& left, const Value& right, Range op_range, Range left_range,
                         Range right_range) {
  const Range both = join(left_range, right_range);
  if (op == BinaryOp::and_ || op == BinaryOp::or_) {
    const bool settles = op == BinaryOp::or_;
    const bool *a = left.get<bool>(), *b = right.get<bool>();
    if ((a && *a == settles) || (b && *b == settles)) return Value{settles, both};
    if (a && b) return Value{op == BinaryOp::and_ ? *a && *b : *a || *b, both};
    if (left.is_unknown() || right.is_unknown()) return {};
    if (left.object<Tensor>() || right.object<Tensor>())
      return pointwise(op == BinaryOp::and_ ? ir::Op::logical_and : ir::Op::logical_or, {left, right}, both,
                       sign(op));
    report(Kind::wrong_kind, a ? right_range : left_range,
           fmt::format("`{}` joins two conditions, this is {}", sign(op), describe(a ? right : left)))
        .mark("not true or false");
    return {};
  }
  if (left.is_unknown() || right.is_unknown()) return {};
  if (left.is_none() || right.is_none()) return Value{None{}, both};

  const auto* left_path = left.get<Path>();
  if (op == BinaryOp::divide && (left_path || left.get<Text>())) {
    const auto* part = right.get<Text>();
    const auto* part_path = right.get<Path>();
    if (part || part_path) {
      const std::string folder = left_path ? left_path->path : left.get<Text>()->text;
      return Value{Path{folder + "/" + (part ? part->text : part_path->path)}, both};
    }
    report(Kind::wrong_kind, right_range,
           fmt::format("a path is continued by a text, this is {}", describe(right)))
        .mark("expected a text");
    return {};
  }
  if (op == BinaryOp::add && left.get<Text>() && right.get<Text>())
    return Value{Text{left.get<Text>()->text + right.get<Text>()->text}, both};

  const auto a = as_number(left), b = as_number(right);
  if (a && b) {
    if (op == BinaryOp::matmul) {
      report(Kind::matmul_dims, op_range, "`@` multiplies tensors and sums over a dim; these are two numbers")
          .mark("not a product of numbers")
          .fix("`*` multiplies numbers", {{op_range, "*"}});
      return {};
    }
    return number_arithmetic(op, *a, *b, op_range, both);
  }

  const auto* left_index = left.object<AffineIndex>();
  const auto* right_index = right.object<AffineIndex>();
  if ((left_index || right_index) && (left_index || a) && (right_index || b))
    if (auto result = index_arithmetic(op, left, right, both)) return *result;

  const bool tensors = left.object<Tensor>() || right.object<Tensor>() || left_index || right_index;
  if (!tensors && (left.get<List>() || right.get<List>()) &&
      (a || b || (left.get<List>() && right.get<List>()))) {
    // data.3: arithmetic maps over lists.
    List result;
    const auto* x = left.get<List>();
    const auto* y = right.get<List>();
    if (x && y && x->items.size() != y->items.size()) {
      report(Kind::join_dims, op_range,
             fmt::format("lists of {} and {} values cannot be joined", x->items.size(), y->items.size()))
          .mark("one with one needs equal lengths");
      return {};
    }
    for (size_t i = 0; i < (x ? x : y)->items.size(); ++i)
      result.items.push_back(
          binary(op, x ? x->items[i] : left, y ? y->items[i] : right, op_range, left_range, right_range));
    return Value{std::move(result), both};
  }
  if (left.get<DataPointer>() || right.get<DataPointer>()) {
    report(Kind::not_run_yet, op_range,
           fmt::format("arithmetic on {} is not there yet", describe(left.get<DataPointer>() ? left : right)))
        .mark("cannot be run")
        .fix("use the functions of `stria.data`");
    return {};
  }

  switch (op) {
    case BinaryOp::add:
      return pointwise(ir::Op::add, {left, right}, both, "+");
    case BinaryOp::subtract:
      return pointwise(ir::Op::sub, {left, right}, both, "-");
    case BinaryOp::multiply:
      return pointwise(ir::Op::mul, {left, right}, both, "*");
    case BinaryOp::divide:
      return pointwise(ir::Op::div, {left, right}, both, "/");
    case BinaryOp::matmul: {
      const auto x = as_tensor(left, left_range), y = as_tensor(right, right_range);
      if (!x || !y) return {};
      return matmul(*x, *y, left_range, right_range, op_range);
    }
    case BinaryOp::power: {
      if (!b) {
        if (!as_tensor(right, right_range)) return {};
        return pointwise(ir::Op::pow, {left, right}, both, "^");
      }
      return tensor_power(left, *b, both, right_range);
    }
    default:
      break;
  }
  report(
      Kind::run_value, op_range,
      fmt::format("`{}` counts whole steps of spec numbers; these exist only while a model runs", sign(op)))
      .mark("a run value")
      .fix("`/` divides run values");
  return {};
}

Value Elaborator::tensor_power(const Value& base, const Number& exponent, Range range, Range exponent_range) {
  if (!exponent.dimension.is_plain()) {
    report(Kind::unit_power, exponent_range, "an exponent is a plain number").mark(exponent.dimension.text());
    return {};
  }
  if (!exponent.known) return {};
  if (exponent.value == 2) return pointwise(ir::Op::mul, {base, base}, range, "^");
  if (exponent.value == 1) return base;
  if (const auto* tensor = base.object<Tensor>();
      tensor && !tensor->unit.is_plain() && !exponent.exact->is_whole()) {
    report(Kind::unit_power, exponent_range, "a quantity with a unit is raised to a whole number only")
        .mark(exponent.text())
        .also(range, tensor->unit.text());
    return {};
  }
  Value result = pointwise(ir::Op::pow, {base, Value{exponent, exponent_range}}, range, "^");
  return result;
}

Value Elaborator::number_arithmetic(BinaryOp op, const Number& a, const Number& b, Range op_range,
                                    Range both) {
  const bool known = a.known && b.known;
  const bool exact = known && a.exact && b.exact;
  Number result;
  result.known = known;
  switch (op) {
    case BinaryOp::add:
    case BinaryOp::subtract: {
      if (!units_agree(a, b)) {
        report(Kind::unit_mismatch, both,
               fmt::format("`{}` joins {} and {}", sign(op), a.dimension.text(), b.dimension.text()))
            .mark(fmt::format("{} and {}", a.text(), b.text()));
        return {};
      }
      result.dimension = a.is_zero() ? b.dimension : a.dimension;
      result.is_whole = a.is_whole && b.is_whole;
      take_unit(result, a, b);
      result.value = op == BinaryOp::add ? a.value + b.value : a.value - b.value;
      if (exact)
        result =
            with_exact(result, op == BinaryOp::add ? add(*a.exact, *b.exact) : subtract(*a.exact, *b.exact));
      break;
    }
    case BinaryOp::multiply:
    case BinaryOp::divide: {
      if (is_level(a.dimension) && is_level(b.dimension)) {
        report(Kind::level_product, both, "two levels in dB cannot be multiplied or divided")
            .mark("dB by dB");
        return {};
      }
      if (op == BinaryOp::divide && b.known && b.value == 0) {
        report(Kind::division_by_zero, op_range, "division by zero").mark("the right side is 0");
        return {};
      }
      result.dimension = a.dimension.times(b.dimension, op == BinaryOp::multiply ? 1 : -1);
      result.is_whole = op == BinaryOp::multiply && a.is_whole && b.is_whole;
      if (!result.dimension.is_plain() && (a.dimension.is_plain() || (b.dimension.is_plain())))
        take_unit(result, a, b);
      result.value = op == BinaryOp::multiply ? a.value * b.value : a.value / b.value;
      if (exact)
        result = with_exact(
            result, op == BinaryOp::multiply ? multiply(*a.exact, *b.exact) : divide(*a.exact, *b.exact));
      break;
    }
    case BinaryOp::floor_divide: {
      if (a.dimension != b.dimension) {
        report(Kind::unit_mismatch, both,
               fmt::format("`//` counts how often {} fits into {}", b.dimension.text(), a.dimension.text()))
            .mark(fmt::format("{} // {}", a.text(), b.text()));
        return {};
      }
      if (b.known && b.value == 0) {
        report(Kind::division_by_zero, op_range, "division by zero").mark("the right side is 0");
        return {};
      }
      if (!known) return Value{Number::unknown({}, true), both};
      if (!exact) {
        report(Kind::wrong_kind, op_range, "`//` needs numbers that are known exactly")
            .mark("one of these came out of a function");
        return {};
      }
      const auto quotient = divide(*a.exact, *b.exact);
      if (quotient) result = Number::whole(quotient->floor());
      break;
    }
    case BinaryOp::power: {
      if (!b.dimension.is_plain() ||
          (!a.dimension.is_plain() && known && !(b.exact && b.exact->is_whole()))) {
        report(Kind::unit_power, op_range,
               "an exponent is a plain number, and a whole one where the base has a unit")
            .mark("not allowed here");
        return {};
      }
      if (!known) return Value{Number::unknown(a.dimension), both};
      if (b.exact && b.exact->is_whole() && std::abs(b.value) <= 64)
        result = whole_power(a, b.exact->numerator());
      else
        result = Number::plain(std::pow(a.value, b.value));
      break;
    }
    default:
      return {};
  }
  if (known && !std::isfinite(result.value)) {
    report(Kind::too_much, both, "this number is not finite").mark("too large, or not defined");
    return {};
  }
  return Value{result, both};
}

std::optional<Value> Elaborator::index_arithmetic(BinaryOp op, const Value& left, const Value& right,
                                                  Range range) {
  const auto part = [this](const Value& value) -> std::optional<AffineIndex> {
    if (const auto* index = value.object<AffineIndex>()) return *index;
    const auto number = as_number(value);
    if (!number || !number->known || !number->is_whole) return std::nullopt;
    return AffineIndex{number->exact->numerator(), {}};
  };
  const auto number_unknown = [this](const Value& value) {
    const auto number = as_number(value);
    return number && !number->known;
  };
  if (number_unknown(left) || number_unknown(right)) return Value{};
  const auto a = part(left), b = part(right);
  if (!a || !b) return std::nullopt;
  AffineIndex result = *a;
  if (op == BinaryOp::add || op == BinaryOp::subtract) {
    const int64_t factor = op == BinaryOp::add ? 1 : -1;
    result.constant += factor * b->constant;
    for (const auto& [index, coefficient] : b->terms) {
      bool found = false;
      for (auto& [mine, sum] : result.terms)
        if (mine == index) {
          sum += factor * coefficient;
          found = true;
        }
      if (!found) result.terms.emplace_back(index, factor * coefficient);
    }
  } else if (op == BinaryOp::multiply && (a->terms.empty() || b->terms.empty())) {
    const int64_t factor = a->terms.empty() ? a->constant : b->constant;
    result = a->terms.empty() ? *b : *a;
    result.constant *= factor;
    for (auto& [index, coefficient] : result.terms) coefficient *= factor;
  } else {
    return std::nullopt;
  }
  std::erase_if(result.terms, [](const auto& term) { return term.second == 0; });
  return Value{std::make_shared<const AffineIndex>(std::move(result)), range};
}

Value Elaborator::compare(CompareOp op, const Value& left, const Value& right, Range range,
                          std::string_view what) {
  if (left.is_unknown() || right.is_unknown()) return {};
  if (op == CompareOp::in) {
    const auto items = elements(right, range);
    if (!items) return {};
    for (const auto& item : *items) {
      const Value same = compare(CompareOp::equal, left, item, range);
      if (same.is_unknown()) return {};
      if (const bool* truth = same.get<bool>(); truth && *truth) return Value{true, range};
    }
    return Value{false, range};
  }
  const bool equality = op == CompareOp::equal || op == CompareOp::not_equal;
  const auto a = as_number(left), b = as_number(right);
  if (a && b) {
    if (!units_agree(*a, *b)) {
      report(Kind::unit_mismatch, range,
             fmt::format("`{}` compares {} with {}", what.empty() ? sign(op) : what, a->dimension.text(),
                         b->dimension.text()))
          .mark(fmt::format("{} and {}", a->text(), b->text()));
      return {};
    }
    if (!a->known || !b->known) return {};
    const int order = a->exact && b->exact ? stria::compare(*a->exact, *b->exact)
                                           : (a->value < b->value   ? -1
                                              : a->value > b->value ? 1
                                                                    : 0);
    switch (op) {
      case CompareOp::less:
        return Value{order < 0, range};
      case CompareOp::less_equal:
        return Value{order <= 0, range};
      case CompareOp::greater:
        return Value{order > 0, range};
      case CompareOp::greater_equal:
        return Value{order >= 0, range};
      case CompareOp::equal:
        return Value{order == 0, range};
      default:
        return Value{order != 0, range};
    }
  }
  if (left.object<Tensor>() || right.object<Tensor>() || left.object<AffineIndex>() ||
      right.object<AffineIndex>()) {
    switch (op) {
      case CompareOp::less:
        return pointwise(ir::Op::less, {left, right}, range, "<");
      case CompareOp::less_equal:
        return pointwise(ir::Op::less_equal, {left, right}, range, "<=");
      case CompareOp::greater:
        return pointwise(ir::Op::less, {right, left}, range, ">");
      case CompareOp::greater_equal:
        return pointwise(ir::Op::less_equal, {right, left}, range, ">=");
      case CompareOp::equal:
        return pointwise(ir::Op::equal, {left, right}, range, "==");
      default: {
        const Value same = pointwise(ir::Op::equal, {left, right}, range, "!=");
        return same.is_unknown() ? Value{} : pointwise(ir::Op::logical_not, {same}, range, "!=");
      }
    }
  }
  if (equality) {
    bool same = false;
    const auto words = [](const Value& value) -> const std::string* {
      if (const auto* text = value.get<Text>()) return &text->text;
      if (const auto* path = value.get<Path>()) return &path->path;
      return nullptr;
    };
    if (words(left) && words(right))
      same = *words(left) == *words(right);
    else if (left.get<bool>() && right.get<bool>())
      same = *left.get<bool>() == *right.get<bool>();
    else if (left.is_none() || right.is_none())
      same = left.is_none() && right.is_none();
    else if (left.value.index() == right.value.index())
      same = text(left) == text(right);
    else {
      report(Kind::wrong_kind, range, fmt::format("{} is compared with {}", describe(left), describe(right)))
          .mark("never equal");
      return {};
    }
    return Value{op == CompareOp::equal ? same : !same, range};
  }
  report(Kind::wrong_kind, range,
         fmt::format("`{}` compares numbers, not {} with {}", sign(op), describe(left), describe(right)))
      .mark("no order between these");
  return {};
}

}  // namespace stria

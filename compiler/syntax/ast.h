// The tree of a spec. Every node has the range of its text. Trees are immutable and shared, so that `with`
// and `--set` make new bodies out of old parts.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "compiler/diagnostics/diagnostic.h"

namespace stria::ast {

struct Name {
  std::string text;
  Range range;
};

struct Expr;
using ExprPtr = std::shared_ptr<const Expr>;
struct TypeExpr;
using TypePtr = std::shared_ptr<const TypeExpr>;

// ---------------------------------------------------------------- pieces shared by declarations
struct Binding {  // `a` or `(a, b)`
  std::vector<Name> names;
  bool is_tuple = false;
  Range range;
};

enum class CompareOp { less, less_equal, greater, greater_equal, equal, not_equal, in };

struct Bound {                  // `> a`, `<= b`, or `low .. high`
  std::optional<CompareOp> op;  // empty for a range
  ExprPtr low;                  // the value after `op`, or the range's low end
  ExprPtr high;                 // a range's high end
  Range range;
};

struct Formal {
  Name name;
  TypePtr type;           // null where not written
  ExprPtr default_value;  // null where not written
  std::optional<Bound> within;
  Range range;
};

struct Argument {
  std::optional<Name> label;
  ExprPtr value;
  Range range;
};

struct Binder {  // `i in D`; `in` may be left out
  Binding binding;
  ExprPtr domain;  // null where left out
};
struct Comprehension {
  std::vector<Binder> binders;
  ExprPtr condition;  // null where left out
};

struct Field {  // `m = v` in a record, `core.W = v` in `with`
  std::vector<Name> path;
  ExprPtr value;
  Range range;
};

// ---------------------------------------------------------------- types
struct UnitTerm {
  std::string name;  // "ms", "real", "MyType"; empty for a bare number
  int64_t number = 1;
  int power = 1;  // negative after `/`
  Range range;
};
struct DimItem {
  enum class Kind { expression, sized, splice } kind = Kind::expression;
  std::optional<Name> name;  // `sized`: F in [F = 34]; `splice`: per in [...per], absent for a bare `...`
  ExprPtr value;             // `expression`, `sized`
  Range range;
};
struct TypeExpr {
  enum class Kind { stream, tensor, list, one_of, unit, function } kind = Kind::unit;
  std::optional<std::vector<DimItem>> shape;  // stream, tensor
  std::optional<Name> element;                // `of complex`
  std::vector<UnitTerm> unit;                 // `in ms`; for kind unit the type itself: real, ms, MyType
  ExprPtr every;                              // `every 5ms`
  std::vector<ExprPtr> choices;               // one_of
  TypePtr of;                                 // list of T; function: argument
  TypePtr result;                             // function: result
  Range range;
};

// ---------------------------------------------------------------- expressions
struct IntLiteral {
  std::string digits;
};  // as written, `_` removed
struct FloatLiteral {
  std::string text;
};                        // as written, `_` removed
struct QuantityLiteral {  // 5ms, 3mV/ms, 70%
  std::string number;
  std::string unit_text;       // "mV/ms", "%"
  std::vector<UnitTerm> unit;  // empty for "%"
  Range unit_range;
};
struct StringLiteral {
  std::string value;
};  // escapes resolved
struct BoolLiteral {
  bool value;
};
struct NoneLiteral {};
struct NameRef {
  std::string name;
};
struct NextRef {
  Name name;
};  // next h
struct Member {
  ExprPtr object;
  Name name;
};             // a.b
struct Call {  // f(a, label = b) or f(e for i in I)
  ExprPtr callee;
  std::vector<Argument> arguments;  // a comprehension: one argument
  std::optional<Comprehension> comprehension;
};
struct Index {
  ExprPtr object;
  std::vector<Argument> arguments;
};  // x[i, S = s]
struct With {
  ExprPtr object;
  std::vector<Field> fields;
};
struct List {
  std::vector<ExprPtr> items;
};
struct ListComprehension {
  ExprPtr element;
  Comprehension comprehension;
};
struct Record {
  std::vector<Field> fields;
};
enum class UnaryOp { minus, plus, not_ };
struct Unary {
  UnaryOp op;
  ExprPtr operand;
};
enum class BinaryOp { add, subtract, multiply, divide, floor_divide, matmul, power, and_, or_ };
struct Binary {
  BinaryOp op;
  ExprPtr left, right;
  Range op_range;
};
struct Comparison {               // a < b < c
  std::vector<ExprPtr> operands;  // one more than ops
  std::vector<CompareOp> ops;
};
struct RangeExpr {
  ExprPtr low, high, step;
};  // step may be null
struct If {
  ExprPtr condition, then, otherwise;
};
struct Lambda {
  std::vector<Formal> formals;
  ExprPtr body;
};
struct Pipe {
  ExprPtr source;
  ExprPtr target;
};                    // left-associative
struct ErrorExpr {};  // stands where the text could not be read; already reported

struct Expr {
  Range range;
  std::variant<IntLiteral, FloatLiteral, QuantityLiteral, StringLiteral, BoolLiteral, NoneLiteral, NameRef,
               NextRef, Member, Call, Index, With, List, ListComprehension, Record, Unary, Binary, Comparison,
               RangeExpr, If, Lambda, Pipe, ErrorExpr>
      node;
  bool in_parentheses = false;  // as the author wrote it; `range` holds the parentheses
};

// ---------------------------------------------------------------- declarations
struct Item;
using ItemPtr = std::shared_ptr<const Item>;

struct UseDecl {
  std::vector<Name> path;
  std::optional<Name> as;
  std::optional<std::vector<Name>> names;  // absent: the module itself is bound
};
struct DimDecl {
  std::vector<Name> names;
};
struct UnitDecl {
  Name name;
  ExprPtr value;
};
struct TypeDecl {
  Name name;
  TypePtr type;
};
struct LetDecl {
  Binding binding;
  TypePtr type;
  ExprPtr value;
};
struct FnDecl {
  Name name;
  std::vector<Formal> formals;
  TypePtr result;
  ExprPtr value;
};
struct InputDecl {
  Name name;
  TypePtr type;
};
struct OutputDecl {
  std::optional<Name> name;
  TypePtr type;
  ExprPtr value;
};
struct StateDecl {
  Name name;
  TypePtr type;
  ExprPtr start;
};
struct ParamDecl {
  std::vector<Argument> options;  // param(decay = 0)
  std::vector<Name> names;
  TypePtr type;
  bool is_random = false;  // `~` rather than `=`
  ExprPtr start;
  std::optional<Bound> within;
};
struct BufferDecl {
  Name name;
  TypePtr type;
  ExprPtr start;
};
struct UpdateDecl {
  bool is_derivative = false;       // d/dt
  std::vector<Name> time_constant;  // path before `* d/dt`; empty where left out
  Name state;
  ExprPtr value;
};
struct CheckDecl {
  ExprPtr condition;
  std::optional<std::string> message;
};
struct SweepDecl {
  Binding binding;
  ExprPtr domain;
  ExprPtr condition;
};
struct Setting {
  std::vector<Name> path;
  TypePtr type;
  ExprPtr value;
};
struct Block {
  Name kind;
  std::optional<std::string> title;
  std::vector<ItemPtr> items;
};

enum class EntityKind { layer, cell, model, dataset, protocol, experiment, analysis };
std::string_view word(EntityKind kind);  // "layer"

struct Entity {
  EntityKind kind{};
  Name name;
  std::vector<Formal> formals;
  bool has_formals = false;    // `model A` and `model A()` differ in text only
  ExprPtr value;               // `= expr`; null where there is a body
  std::vector<ItemPtr> items;  // of the body
};

struct Item {
  Range range;
  bool incomplete = false;  // a part could not be read, which has been reported
  std::string doc;          // the `##` lines right above, joined by newlines
  std::variant<UseDecl, DimDecl, UnitDecl, TypeDecl, LetDecl, FnDecl, Entity, InputDecl, OutputDecl,
               StateDecl, ParamDecl, BufferDecl, UpdateDecl, CheckDecl, SweepDecl, Setting, Block>
      node;
};

struct Spec {
  const SourceFile* file = nullptr;
  std::optional<std::string> version;  // of `stria 0.1`
  Range version_range;
  std::vector<ItemPtr> items;
};

// The text after `--set`: GruOnNs1.protocol.lr=3e-4
struct Override {
  std::vector<Name> path;
  ExprPtr value;
  Range range;
};

}  // namespace stria::ast

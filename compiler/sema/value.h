// What an expression of a spec stands for before a model runs (vals.2), and how the runtime's readers are
// called.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "compiler/diagnostics/diagnostic.h"
#include "compiler/sema/number.h"

namespace stria {

struct Value;
struct Field;

struct Unknown {};  // not known in this phase, or already reported: whatever touches it stays silent
struct None {};     // `none`
struct Text {
  std::string text;
};
struct Path {
  std::string path;
};
struct List {
  std::vector<Value> items;
};
struct Record {
  std::vector<Field> fields;
};

// What a reader returned: opaque to the compiler.
class DataObject {
 public:
  virtual ~DataObject() = default;
  virtual std::string describe() const = 0;  // "a sound of 1.5 s at 32000 Hz": for messages
};
using DataPointer = std::shared_ptr<const DataObject>;

// What a reader or front end returned as a stimulus: frames of known sizes at a known step.
class StreamObject : public DataObject {
 public:
  virtual std::vector<int64_t> frame_sizes() const = 0;  // [F]
  virtual Rational step() const = 0;                     // seconds
};

// The result of a native function of `stria.fit` or `stria.scores`: its name and its arguments, defaults
// filled in.
struct Description {
  std::string name;  // "AdamW"
  std::vector<std::pair<std::string, Value>> fields;
  Range range;  // of the call
  const Value* find(std::string_view field) const;
};

struct Recipe;       // a layer, cell, model, ... with its arguments (par.1)
struct Function;     // `fn`, or a native
struct Tensor;       // a run value
struct DimValue;     // a dim used as a value
struct AffineIndex;  // whole numbers and indices bound by a `for`: `stride * l + k`
struct Symbol;       // `valid.loss`: what is only known once a run exists (exp.2)

struct Value {
  std::variant<
      Unknown, None, Number, bool, Text, Path, List, Record, DataPointer, std::shared_ptr<const Description>,
      std::shared_ptr<const Recipe>, std::shared_ptr<const Function>, std::shared_ptr<const Tensor>,
      std::shared_ptr<const DimValue>, std::shared_ptr<const AffineIndex>, std::shared_ptr<const Symbol>>
      value;
  Range origin;  // the text that made it, where known

  template <class T>
  const T* get() const {
    return std::get_if<T>(&value);
  }
  // The object behind one of the shared pointers, null where the value is of another kind.
  template <class T>
  const T* object() const {
    const auto* pointer = std::get_if<std::shared_ptr<const T>>(&value);
    return pointer ? pointer->get() : nullptr;
  }
  bool is_unknown() const { return std::holds_alternative<Unknown>(value); }
  bool is_none() const { return std::holds_alternative<None>(value); }
};

// A struct of its own rather than std::pair, whose traits would need Value while Value is not complete.
struct Field {
  std::string name;
  Value value;
};

// Bad data: becomes a message on the call that asked for it.
class DataError : public std::runtime_error {
 public:
  // what: lower case, says file (or variable, unit, stimulus) and place; fix: what to do, or empty
  explicit DataError(std::string what, std::string fix = {})
      : std::runtime_error(what), fix(std::move(fix)) {}
  std::string fix;
  Range where;  // of the call that asked for the data; set as it passes
};

// The arguments of a native function, every formal of its declaration in stdlib bound, defaults included. The
// getters throw DataError, naming the argument, where the value is of another kind.
class NativeArguments {
 public:
  NativeArguments(std::string function, std::vector<std::pair<std::string, Value>> values, Range range)
      : function_(std::move(function)), values_(std::move(values)), range_(range) {}

  const Value& value(
      std::string_view name) const;  // throws std::logic_error where the declaration has no such formal
  bool given(std::string_view name) const { return !value(name).is_none(); }
  std::string text(std::string_view name) const;  // Text or Path
  double real(std::string_view name) const;       // in base units: seconds, Hz, dB
  int64_t integer(std::string_view name) const;
  bool flag(std::string_view name) const;
  Rational exact(std::string_view name) const;  // exact seconds, Hz, or plain
  std::vector<Value> list(std::string_view name) const;
  template <class T>
  std::shared_ptr<const T> data(std::string_view name, std::string_view expected) const {
    if (const auto* pointer = value(name).get<DataPointer>())
      if (auto cast = std::dynamic_pointer_cast<const T>(*pointer)) return cast;
    throw wrong_kind(name, expected);
  }
  DataError wrong_kind(std::string_view name, std::string_view expected) const;
  const std::string& function() const { return function_; }
  Range range() const { return range_; }

 private:
  std::string function_;
  std::vector<std::pair<std::string, Value>> values_;
  Range range_;
};

// Runs the native functions of data programs. Implemented by runtime/data; the compiler opens no data file.
// A native is declared in stdlib as `fn wav(file: path) = native` and found here as "stria.data.wav".
class DataHost {
 public:
  virtual ~DataHost() = default;
  virtual bool has(std::string_view native) const = 0;
  virtual Value call(std::string_view native, const NativeArguments& arguments) = 0;  // throws DataError
};

// "a number", "a time", "a list", "a sound of 1.5 s": for messages.
std::string describe(const Value& value);
// Canonical text of a value, for labels and `explain`: "215ms", "GRU(70)", "[1, 2]".
std::string text(const Value& value);

}  // namespace stria

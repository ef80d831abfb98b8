// A dataset with its arguments: its items worked out by the elaborator, its natives run by the host.
#pragma once

#include <string>
#include <vector>

#include "compiler/sema/elaborator.h"
#include "compiler/sema/program.h"

namespace stria {

// A stream beside the stimulus, and what its numbers are counted in.
struct DeclaredStream {
  DataStream stream;
  Number unit;
};

// `fn stimulus(s)` of a dataset's own text; null where it has none.
const ast::FnDecl* function_of(const Body& body, std::string_view name);

class LinkedDataset : public DataProgram {
 public:
  // host null: only what the text tells (step, bands, and inventories written out as lists).
  LinkedDataset(Elaborator& elaborator, Body& body, std::string text, Range origin, DataHost* host);

  const std::string& name() const override { return name_; }
  const std::string& text() const override { return text_; }
  size_t n_stimuli() const override { return stimuli_.size(); }
  size_t n_units() const override { return units_.size(); }
  std::string stimulus_name(size_t stimulus) const override { return stimulus_names_[stimulus]; }
  std::string unit_name(size_t unit) const override { return unit_names_[unit]; }
  Rational step() const override { return *step_; }
  std::optional<int64_t> declared_bands() const override { return bands_; }
  Value stimulus(size_t stimulus) override;
  bool has_trials() const override { return has("trials"); }
  Value trials(size_t unit, size_t stimulus) override;
  bool has_response() const override { return has("response"); }
  Value response(size_t unit, size_t stimulus) override;
  std::optional<Value> length(size_t stimulus) override;
  Value stream(const DataStream& stream, std::optional<size_t> unit, size_t stimulus) override;
  Range place(std::string_view item) const override;

  bool linked() const { return linked_; }
  const std::optional<Rational>& step_if_known() const { return step_; }
  // Of `stream [F] in dB`: what the numbers of a stimulus are counted in; plain where nothing is said.
  const Number& stimulus_unit() const { return stimulus_unit_; }
  // Functions that give a stream beside the stimulus and what the units did.
  std::vector<std::string> stream_names();
  // One of them, by name; nothing where its declaration does not do for a model, which is reported.
  std::optional<DeclaredStream> declared_stream(const std::string& name);
  // The inventories, as far as they are known: null before they are read.
  const std::vector<Value>* known_units() const { return units_known_ ? &units_ : nullptr; }
  std::optional<size_t> known_stimuli() const {
    return stimuli_known_ ? std::optional(stimuli_.size()) : std::nullopt;
  }
  const std::vector<Value>& unit_values() const { return units_; }
  const std::vector<Value>& stimulus_values() const { return stimuli_; }
  // The place of a value among the units, as text; nothing where it is not one of them.
  std::optional<size_t> find_unit(const Value& unit) const;

 private:
  // What `stream [F = 34] in dB every dt` says; nothing where that is reported or no stream.
  struct StreamType {
    std::optional<Rational> step;
    Number unit = Number::rational(Rational(1));
    std::vector<std::string> dims;  // names; "" of one that is only a number
    std::optional<int64_t> size;    // of a dim of declared size
  };
  std::optional<StreamType> stream_type(const ast::FnDecl& function);
  const ast::TypeExpr* stream_result(const ast::FnDecl& function);  // null where it gives no stream
  std::optional<Rational> declared_step(const ast::ExprPtr& every, Scope& scope);
  std::optional<int64_t> declared_size(const ast::ExprPtr& written, Scope& scope);
  void check_stream_of_model(const ast::FnDecl& fn, const StreamType& type);
  void check_frames_of_model(const ast::FnDecl& fn, const StreamType& type);
  void refuse(const ast::FnDecl& fn, Kind kind, const std::string& why, const std::string& mark,
              const std::string& fix);
  bool has(const std::string& item) const { return body_.scope->find_here(item) != nullptr; }
  void read_declared();
  void read_written_inventory();
  void read_inventory();
  std::vector<Value> inventory(const std::string& setting);
  std::vector<std::string> names_of(const std::vector<Value>& values, const std::string& function,
                                    const std::string& what);
  Value item(const std::string& function, const std::vector<Value>& arguments);

  Elaborator& elaborator_;
  Body& body_;
  std::string name_, text_;
  Range origin_;  // of the call, in the spec
  DataHost* host_;
  bool linked_ = false, stimuli_known_ = false, units_known_ = false;
  std::optional<Rational> step_;
  std::optional<int64_t> bands_;
  Number stimulus_unit_ = Number::rational(Rational(1));
  std::vector<Value> stimuli_, units_;
  std::vector<std::string> stimulus_names_, unit_names_;
};

}  // namespace stria

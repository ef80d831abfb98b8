// Gives meaning to expressions and bodies. One walk serves three purposes: checking a body alone with open
// sizes (dims.2), checking an experiment as far as the text tells, and making the graphs of a model once
// sizes are known. Where something is not known in the present phase its value is Unknown, and whatever
// touches it stays silent.
//
// The parts stand in files of their own: expressions.cpp (dispatch), names.cpp, operators.cpp, tensors.cpp
// (joining), products.cpp, brackets.cpp (comprehensions and indices), calls.cpp (functions, recipes),
// primitives.cpp and primitive_*.cpp (the table of built-in functions), apply.cpp (bodies), parameters.cpp,
// cells.cpp, types.cpp, aliases.cpp, check.cpp and sweeps.cpp (bodies alone).
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "compiler/ir/graph.h"
#include "compiler/sema/program.h"
#include "compiler/sema/recipe.h"
#include "compiler/sema/scope.h"
#include "compiler/sema/tensor.h"

namespace stria {

// Names that applications add to parameter paths (par.2).
struct PathScope {
  std::string prefix;               // "core." or empty
  std::map<std::string, int> used;  // how often each name was given
  std::map<const ast::Expr*, int>
      ordinal;  // place of each application among those of its name, in order of text
  std::map<const ast::Expr*, int> repeated;  // applications already made from this place
};

struct StateSlot {
  const ast::Item* declaration = nullptr;
  std::string name;
  Tensor frame;  // the state before the step
  const ast::Item* update = nullptr;
  std::optional<Value> next;
  bool running = false;   // its update is being evaluated: a second visit is a circle
  size_t scan_index = 0;  // among the states of the scan in progress
};

// One body at work: an entity applied, or checked alone.
struct Body {
  const ast::Item* item = nullptr;
  const ast::Entity* entity = nullptr;
  Scope* formals = nullptr;  // parent of `scope`
  Scope* scope = nullptr;
  std::map<std::string, DimRef> dims;        // dims.1
  std::map<const DimInfo*, DimRef> outward;  // dims.10: the caller's dim
  Dims lifted;       // over which the body is lifted, the caller's own liftings included
  Dims lifted_here;  // those that this application added
  PathScope* path = nullptr;
  std::vector<StateSlot> states;
  std::set<std::string> parameter_names;
  bool is_cell() const { return entity && entity->kind == ast::EntityKind::cell; }
};

struct ScanInProgress {
  std::vector<std::optional<ir::ValueId>> next;  // by scan_index
};

// A graph cannot be finished, since the spec is wrong; what is wrong has been reported.
struct ErrorsReported {};

// What the graph under construction needs to know.
struct GraphSession {
  ir::Builder* graph = nullptr;  // null: check only
  ir::Builder* init = nullptr;   // null: parameters get no starting values in this walk
  bool training = false;
  std::optional<ir::ValueId> valid;  // boolean [B, T]: inside the clip
  std::vector<ParameterInfo>* parameters = nullptr;
  std::vector<BufferInfo>* buffers = nullptr;
  std::vector<std::pair<std::string, ir::ValueId>> buffer_updates;
  std::vector<ArgumentInfo>* arguments = nullptr;  // of everything applied, where they are asked for
  // Penalties of a loss: counted with the parameters of the model just applied; left out where predictions
  // alone are compared; open where no model is there yet.
  enum class Penalties : uint8_t { open, counted, left_out } penalties = Penalties::open;
};

// A type with its aliases followed, and where its names are read.
struct MeantType {
  const ast::TypeExpr* type;
  Scope* scope;
};

struct PrimitiveCall;

class Elaborator {
 public:
  Elaborator(Modules& modules, Diagnostics& diagnostics);

  // ---- what is known in this phase
  std::optional<Rational> dt;               // seconds; none: open
  std::map<std::string, DimRef> data_dims;  // F N R S and names of `dim`
  std::map<std::string, Value> ports;       // exp.2
  DataHost* host = nullptr;                 // null: natives of data programs are Unknown
  bool raise_data_errors = false;           // bad data ends the work at hand instead of being reported
  std::function<Value(const Recipe&, const std::string&)> dataset_member;  // `data.units`, `data.stimuli`
  std::vector<Amendment> overrides;                                        // --set
  GraphSession session;

  // ---- expressions
  Value evaluate(const ast::Expr& expression, Scope& scope);
  Value evaluate(const ast::ExprPtr& expression, Scope& scope) { return evaluate(*expression, scope); }
  Value value_of(Entry& entry, const std::string& name);
  Entry* look_up(const std::string& name, Scope& scope);
  std::optional<bool> condition(const ast::Expr& expression, Scope& scope, std::string_view what);
  // Elements of a list, range or record (as two-part lists) of a spec; nothing where not known.
  std::optional<std::vector<Value>> elements(const Value& value, Range range);

  // ---- recipes and bodies
  Value call(const Value& callee, const ast::Call& call, const ast::Expr& expression, Scope& scope,
             const Value* piped = nullptr);
  Value apply(const Recipe& recipe, std::vector<std::pair<std::string, Value>> inputs, const ast::Expr& site,
              Scope& scope);
  // A model, layer or cell applied to streams or frames; used by `apply` and, for the outermost model, by
  // specialise.
  Value apply_entity(const Recipe& recipe, const std::vector<std::pair<std::string, Value>>& inputs,
                     PathScope& path, Range range);
  // Binds arguments to formals in a new scope below `home`. generic: formals without argument stay open.
  Scope* bind_formals(const Recipe& recipe, bool generic);
  Scope* new_scope(Scope* parent, Body* body);
  Body* new_body(const ast::Item& item, Scope* formals);
  void check_generic(const ast::Item& item, Scope& home);  // check.cpp
  // arguments.cpp: what each formal was bound to, in order; paths begin with `prefix`.
  std::vector<ArgumentInfo> arguments_of(const Recipe& recipe, Scope& formals, const std::string& prefix);
  ArgumentInfo::From origin_of(Range place) const;
  // Before any body is looked at: definitions in circles and names declared twice, so that what uses them can
  // stay silent.
  void check_definition(const ast::Item& item, Scope& home);
  void begin_work() { steps_ = 0; }  // a definition, a member, an item of data: each may take its share
  static bool is_misspelt(const ast::Entity& entity, const std::string& wanted);
  Value evaluate_entity(const ast::Item& item, Scope& home);

  // The outermost model, applied to the stimulus; its parameters' paths start below its own name.
  Value apply_model(const Recipe& model, const std::vector<std::pair<std::string, Value>>& inputs,
                    Range range);
  void forget_parameters() {
    made_parameters_.clear();
    parameter_values_.clear();
  }
  // By path: p, in base units, of the model applied last.
  const std::map<std::string, Tensor>& parameter_values() const { return parameter_values_; }
  Value call_user(const Function& function, const std::vector<std::pair<std::string, Value>>& bound,
                  Range range);
  Value take_dims(Tensor tensor, const Dims& declared, const std::string& what, Range type_range,
                  Range range);
  void run_items(Body& body);
  void run_check(const ast::CheckDecl& check, Scope& scope);
  // Replaces items of a body by what `with` and `--set` give (vals.9).
  void apply_amendments(Body& body, const Recipe& recipe);
  Value amended_value(const Amendment& change, const ast::TypeExpr* type, Scope& home,
                      const std::string& what);

  // ---- types
  // `value` as a formal, `let` or output of this type: checked, dims of its own named. `what`: "`window`".
  Value coerce(Value value, const ast::TypeExpr& written, Scope& around, const std::string& what,
               Range range);
  // aliases.cpp: what a type as written stands for: `type Frame = stream [F]` makes `Frame` a stream. Names
  // that the alias's file declares are those of that file, the others dims and values of the place of use.
  // Nothing where the alias is defined by itself, which was reported.
  std::optional<MeantType> meant(const ast::TypeExpr& written, Scope& scope);
  bool is_dim(const ast::TypePtr& written, Scope& scope);  // `dim`, or an alias of it
  Value open_value(const ast::TypeExpr* written, Scope& scope, const std::string& name);
  bool check_bound(const Value& value, const ast::Bound& bound, Scope& scope, const std::string& what,
                   Range range);                                                         // false: reported
  std::optional<Number> unit_of(const std::vector<ast::UnitTerm>& terms, Scope& scope);  // size and dimension
  std::optional<Dims> dims_of_shape(const std::vector<ast::DimItem>& shape, Scope& scope);
  DimRef dim_of(const ast::Expr& expression, Scope& scope);       // null where not known or reported
  Value dim_argument(const ast::Expr& expression, Scope& scope);  // a dim, a list of dims, none or Unknown

  // ---- for primitives
  Value make_chain(PrimitiveCall& call);
  Value draw_start(PrimitiveCall& call, const char* distribution, double a, double b, double support_low,
                   double support_high);
  Dimension unit_of_start() const { return parameter_ ? parameter_->unit.dimension : Dimension{}; }

  // ---- values
  Value unknown() const { return Value{}; }
  Value make(Tensor tensor, Range origin) const;
  std::optional<Tensor> as_tensor(const Value& value,
                                  Range range);               // numbers, dims, affine indices, lists too
  std::optional<Number> as_number(const Value& value) const;  // numbers and sizes of dims
  Value binary(ast::BinaryOp op, const Value& left, const Value& right, Range op_range, Range left_range,
               Range right_range);
  // what: the function that compares; empty: the operator itself
  Value compare(ast::CompareOp op, const Value& left, const Value& right, Range range,
                std::string_view what = {});

  // ---- tensors (tensors.cpp); Range: the culprit of messages
  Value pointwise(ir::Op op, const std::vector<Value>& operands, Range range, std::string_view what);
  Value matmul(const Tensor& left, const Tensor& right, Range left_range, Range right_range, Range op_range);
  Value product_sum(const Tensor& left, const Tensor& right, const Dims& over, Range range);
  Value reduce(ir::Op op, const Tensor& tensor, const Dims& over, Range range);
  Value outer(const Tensor& left, const Tensor& right, Range range);
  Value mean_of_present(const Tensor& tensor, Range range);
  // The result's axes and flags; the operands' dims are renamed to the result's they agree with.
  std::optional<Tensor> join_operands(std::vector<Tensor>& operands, Range range, std::string_view what);
  bool check_elements(ir::Op op, const std::vector<Tensor>& operands, Range range, std::string_view what);
  std::optional<Dimension> unit_of_pointwise(ir::Op op, const std::vector<Tensor>& operands,
                                             const std::vector<Value>& values, Range range,
                                             std::string_view what);
  std::optional<DimRef> find_dim(const Tensor& tensor, const DimRef& dim) const;  // by agreement (dims.3)
  std::optional<ir::ValueId> aligned(const Tensor& tensor, const Dims& axes);
  std::optional<ir::ValueId> broadcast_to(const Tensor& tensor, const Tensor& target);
  // The value whose axes are `from`, with its axes in the order of `to`.
  std::optional<ir::ValueId> reordered(std::optional<ir::ValueId> value, const Dims& from, const Dims& to);
  Dims axes(const Tensor& tensor) const;
  std::vector<ir::Dim> sizes(const Dims& axes) const;
  std::optional<ir::ValueId> emit(ir::Op op, std::vector<std::optional<ir::ValueId>> operands,
                                  ir::Attributes attributes = {});
  std::optional<ir::ValueId> constant(double value);
  ir::Builder* builder() const { return in_init_ ? session.init : session.graph; }
  bool emitting() const { return builder() != nullptr; }
  bool in_init() const { return in_init_; }
  bool in_scan() const { return scan_ != nullptr; }

  // The innermost place in the user's own files that led to `where`; `where` itself if there is none.
  Range written_by_user(Range where) const;
  // The argument, in the reader's own files, that a value inside a body was made of: `3ms` behind the size
  // `K` of `let K = window // dt`. Nothing where the body's own text made it.
  std::optional<Range> argument_behind(const ast::Expr& expression, Scope& scope, int depth = 0);
  // A message on that argument, or on the expression itself; `here` is said of the expression.
  Diagnostic& report_value(Kind kind, const ast::Expr& expression, Scope& scope, std::string message,
                           std::string here);
  // "window is 3ms": what the names in an expression stand for, as far as they are numbers or texts.
  void note_values(Diagnostic& message, const ast::Expr& expression, Scope& scope);
  void enter(Range site) { sites_.push_back(site); }
  void leave() { sites_.pop_back(); }
  // A mistake that shows inside the standard library is the caller's: it is marked where the caller wrote it.
  Diagnostic& report(Kind kind, Range where, std::string message);
  Diagnostics& diagnostics() { return diagnostics_; }
  Modules& modules() { return modules_; }

 private:
  // expressions.cpp
  Value name(const ast::NameRef& reference, const ast::Expr& expression, Scope& scope);
  Value next_value(const ast::Name& name, Scope& scope);
  Value member(const ast::Member& member, const ast::Expr& expression, Scope& scope);
  Value choose(const ast::If& choice, Scope& scope);
  Value pipe(const ast::Pipe& pipe, const ast::Expr& expression, Scope& scope);
  Value comparison(const ast::Comparison& comparison, const ast::Expr& expression, Scope& scope);
  Value unary(const ast::Unary& unary, const ast::Expr& expression, Scope& scope);
  Value range(const ast::RangeExpr& range, const ast::Expr& expression, Scope& scope);
  Value quantity(const ast::QuantityLiteral& literal, const ast::Expr& expression, Scope& scope);
  Value part_of_run(const Symbol& symbol, const ast::Member& member, const ast::Expr& expression);
  static int64_t entries_of(const Value& value);
  bool finite(const Number& number) const;
  Value too_large(Range range);
  Value amend(const ast::With& with, const ast::Expr& expression, Scope& scope);
  Value item_value(Entry& entry, const std::string& name);
  void unknown_name(const std::string& name, Range range, Scope& scope);

  // check.cpp
  void check_items(const ast::Entity& entity);
  void check_default(const std::vector<ast::Formal>& formals, size_t which, Scope& around, Scope& home);
  bool check_names_of_default(const std::vector<ast::Formal>& formals, size_t which, Scope& home);
  void check_type_circle(const ast::Item& item, Scope& home);
  void check_type(const ast::Item& item, Scope& home);
  bool check_no_time(const ast::InputDecl& input, Scope& scope);
  void check_updates(const ast::Entity& entity);
  void check_formals(const std::vector<ast::Formal>& formals);
  void check_entity(const ast::Item& item, const ast::Entity& entity, Scope& home);
  void check_alias(const ast::Entity& entity, Scope& formals);
  void check_applied(const ast::Item& item, const ast::Entity& entity, Scope* formals);
  void check_dataset(const ast::Item& item, Scope* formals);
  void check_settings(const ast::Item& item, Scope* formals);
  bool check_misplaced(const ast::Entity& entity, const ast::Item& item);
  void check_setting(const ast::Entity& entity, const ast::Setting& setting);
  void check_let(const ast::Entity& entity, const ast::Item& item, const ast::LetDecl& let);
  bool is_update_of(const std::string& name, const Scope& scope) const;

  // sweeps.cpp
  void check_sweeps(const ast::Entity& entity);
  void open_input(Body& body, const ast::InputDecl& input);
  using Visited = std::vector<std::pair<const ast::Item*, Scope*>>;
  bool needs_itself(const ast::Item& item, Scope& home, Visited* visited = nullptr);
  void check_outputs(const ast::Entity& entity);
  void check_inventory(Body& body);
  void check_data_functions(const ast::Entity& entity);

  // types.cpp, aliases.cpp
  Entry* find_type(const ast::TypeExpr& written, Scope& scope);
  std::vector<std::pair<const ast::Item*, Scope*>> types_in(const ast::TypeExpr& written, Scope& scope);
  Value coerce_unit_of_data(Value value, const std::function<Value(const std::string&)>& refuse);
  std::optional<Number> named_unit(const std::string& name, Scope& scope);
  void report_bad_size(const ast::Expr& expression, Scope& scope, const Number& size);
  Value unit_declaration(Entry& entry, const std::string& name);
  Value unit_expression(const ast::Expr& expression, Scope& scope);
  Value coerce_tensor(Value value, const ast::TypeExpr& type, Scope& scope, const std::string& what,
                      Range range);
  std::string text_of_type(const ast::TypeExpr& type) const;

  // operators.cpp
  Value number_arithmetic(ast::BinaryOp op, const Number& a, const Number& b, Range op_range, Range both);
  std::optional<Value> index_arithmetic(ast::BinaryOp op, const Value& left, const Value& right, Range range);
  Value tensor_power(const Value& base, const Number& exponent, Range range, Range exponent_range);

  // brackets.cpp
  Value list_comprehension(const ast::ListComprehension& list, const ast::Expr& expression, Scope& scope);
  Value sum_comprehension(const ast::Call& call, const ast::Expr& expression, Scope& scope);
  bool runs_over_dim(const ast::Binder& binder, Scope& scope);
  bool bind_indices(const ast::Comprehension& comprehension, const ast::Expr& element, Scope& scope,
                    Scope& inner, Dims& indices, Dims& domains);
  Value index(const ast::Index& index, const ast::Expr& expression, Scope& scope);
  Value index_tensor(const Tensor& tensor, const ast::Index& index, Scope& scope, Range range);
  std::optional<Tensor> read_axis(Tensor tensor, const DimRef& axis, const AffineIndex& index, Range range);
  Value spec_comprehension(const ast::Comprehension& comprehension, size_t binder, const ast::Expr& element,
                           Scope& scope, std::vector<Value>& out);

  // calls.cpp
  Value call_function(const Function& function, const ast::Call& call, const ast::Expr& expression,
                      Scope& scope, const Value* piped);
  Value call_native(const Function& function, const std::vector<std::pair<std::string, Value>>& bound,
                    Range range);
  Value make_recipe(const Recipe& callee, const ast::Call& call, const ast::Expr& expression, Scope& scope);
  std::optional<std::vector<std::pair<std::string, Value>>> bind(const std::string& callee,
                                                                 const std::vector<ast::Formal>& formals,
                                                                 const ast::Call& call, Range range,
                                                                 Scope& scope, const Value* piped,
                                                                 Scope& home);
  void report_unnamed(const ast::Argument& argument, const ast::Argument& named);
  bool report_decimal_comma(const ast::Call& call);
  bool report_input_size(const Recipe& callee, const ast::Call& call, Scope& scope);
  bool takes_what_it_is_applied_to(const Recipe& callee, const ast::Call& call, const ast::Expr& expression,
                                   Scope& scope);
  Scope* scope_of_call(const Function& function, const std::vector<std::pair<std::string, Value>>& bound);
  Value call_primitive(const Primitive& primitive, const ast::Call& call, const ast::Expr& expression,
                       Scope& scope, const Value* piped);
  std::optional<Value> override_value(const std::string& entity, const ast::Formal& formal, Scope& home);

  // experiments.cpp
  Value changed(Value value, const std::vector<Amendment>& changes);
  Value with_change(Value value, const Amendment& change, size_t depth);

  // apply.cpp
  bool bind_inputs(Body& body, const std::vector<std::pair<std::string, Value>>& inputs, Range range);
  bool bind_input(Body& body, const ast::InputDecl& input, Tensor argument, Range range);
  Value outputs(Body& body, Range range);
  Value outward(const Body& body, Value value, Range range);
  DimRef units_dim(const Body& body, const std::string& name) const;
  void set_outward(Body& body, const DimRef& own, const DimRef& caller);
  DimRef outermost(DimRef dim) const;  // the dim of the outermost caller that this one came from
  std::string segment_for(PathScope& path, const Recipe& recipe, const ast::Expr* site);
  void count_applications(Body& body);

  // parameters.cpp
  struct CurrentParameter {  // what an initialiser may ask for (par.3)
    std::string path;
    Dims dims;
    bool is_complex = false;
    bool drew = false;
    double support_low = 0, support_high = 0;  // of the draw, in base units
    Number unit;
  };
  void parameter_options(const ast::ParamDecl& declaration, ParameterInfo& info, Scope& scope);
  void start_parameter(const ast::ParamDecl& declaration, Body& body, const Tensor& parameter,
                       const ParameterInfo& info, const Number& unit);
  void check_start(const Bounds& bounds, double value, const ast::ParamDecl& declaration);
  void check_support(const Bounds& bounds, const CurrentParameter& drawn, const ast::ParamDecl& declaration);
  bool check_count(const Dims& dims, Range range);
  std::string text_of_unit(const ast::TypeExpr& type) const;
  Value parameter(const ast::ParamDecl& declaration, size_t which, Body& body, Range range);
  Value buffer(const ast::BufferDecl& declaration, Body& body, Range range);
  std::optional<Bounds> bounds_of(const ast::ParamDecl& declaration, const Number& unit, Scope& scope);

  // cells.cpp
  Value run_cell(Body& body, const std::vector<std::pair<std::string, Value>>& inputs, Range range);
  Value end_scan(ScanInProgress& scan, Value result, const Reach& reach, Range range);
  void declare_states(Body& body);
  void start_state(const ast::StateDecl& state, StateSlot& slot, const Value& start);
  Value next_of(Body& body, StateSlot& slot);
  bool fits_state(const StateSlot& slot, const Tensor& value, Range range);
  Value as_state(const StateSlot& slot, Value value, const ast::UpdateDecl& update);
  Value derivative_step(Body& body, StateSlot& slot, const ast::UpdateDecl& update);
  std::map<int, Value> powers_of_state(const ast::Expr& expression, const std::string& state, Scope& scope);
  bool mentions(const ast::Expr& expression, const std::string& name, Scope& scope);

  Modules& modules_;
  Diagnostics& diagnostics_;
  std::vector<std::unique_ptr<Scope>> scopes_;
  std::vector<std::unique_ptr<Body>> bodies_;
  std::vector<std::unique_ptr<PathScope>> paths_;
  std::map<std::string, Tensor> made_parameters_;  // by path, of the graph under construction
  std::map<std::string, Tensor> parameter_values_;
  Scope root_;  // primitives and what needs no `use`
  bool in_init_ = false;
  ScanInProgress* scan_ = nullptr;
  std::vector<const ast::Item*> applying_;                // entities being applied, innermost last
  std::map<const Recipe*, const ast::Expr*> link_sites_;  // where the links of chains are written
  std::map<DimRef, DimRef> caller_of_;
  std::vector<const ast::Expr*> calling_;  // bodies of functions being called, innermost last
  std::vector<Range> sites_;               // of applications and calls, innermost last
  std::set<const ast::Item*> misplaced_;   // reported: what names them stays silent
  std::vector<Entry*> evaluating_;         // innermost last: for cycles
  int depth_ = 0;
  int64_t steps_ = 0;                     // expressions evaluated in the present piece of work: bounds it
  bool exhausted_ = false;                // a piece of work was too much: nothing more is worked out
  std::set<const ast::Item*> circular_;   // defined by themselves, which was said
  std::set<const ast::Item*> ambiguous_;  // with a name declared twice, which was said
  std::set<const ast::Expr*> circular_bodies_;  // of functions

  CurrentParameter* parameter_ = nullptr;
  PathScope* path_ = nullptr;
};

// A place written by the reader that led into a body, for as long as the body is worked out.
class Site {
 public:
  Site(Elaborator& elaborator, Range range) : elaborator_(elaborator) { elaborator_.enter(range); }
  ~Site() { elaborator_.leave(); }
  Site(const Site&) = delete;

 private:
  Elaborator& elaborator_;
};

// ---------------------------------------------------------------- primitives
// A built-in function: what the language cannot say itself. Declared once, in primitives.cpp; the reference
// page, the checks and `stria explain` read the same row.
struct PrimitiveCall {
  Elaborator& elaborator;
  const ast::Expr& expression;
  Scope& scope;
  std::vector<const ast::Expr*> written;  // by formal; null where not given (or piped)
  const Value* piped = nullptr;           // the first formal's value where it came through a pipe
  const ast::Call* call = nullptr;

  bool given(size_t formal) const { return (formal == 0 && piped) || written[formal] != nullptr; }
  Value value(size_t formal);  // evaluated; none where not given
  Range range(size_t formal) const;
  std::optional<Tensor> tensor(size_t formal);
  std::optional<Number> number(size_t formal);
  std::optional<int64_t> whole(size_t formal);
  std::optional<Dims> dims(size_t formal);
};

struct Primitive {
  const char* name;
  std::vector<std::string> formals;  // "over?" may be left out
  const char* doc;                   // one line
  Value (*run)(PrimitiveCall&);
  bool makes_recipe = false;  // `x |> chain([...])` applies what it makes (vals.8)
};
const std::vector<Primitive>& primitives();

}  // namespace stria

#include "compiler/sema/dataset.h"

#include <fmt/format.h>

#include <filesystem>
#include <set>

namespace stria {

namespace {

// The host and step of a dataset for as long as one of its items is worked out.
class AtWork {
 public:
  AtWork(Elaborator& elaborator, DataHost* host, const std::optional<Rational>& step, Range origin)
      : elaborator_(elaborator),
        host_(elaborator.host),
        step_(elaborator.dt),
        raise_(elaborator.raise_data_errors) {
    elaborator_.host = host;
    if (step) elaborator_.dt = step;
    elaborator_.enter(origin);
  }
  ~AtWork() {
    elaborator_.leave();
    elaborator_.host = host_;
    elaborator_.dt = step_;
    elaborator_.raise_data_errors = raise_;
  }
  AtWork(const AtWork&) = delete;

 private:
  Elaborator& elaborator_;
  DataHost* host_;
  std::optional<Rational> step_;
  bool raise_;
};

}  // namespace

const ast::FnDecl* function_of(const Body& body, std::string_view name) {
  for (const auto& item : body.entity->items)
    if (const auto* fn = std::get_if<ast::FnDecl>(&item->node); fn && fn->name.text == name) return fn;
  return nullptr;
}

LinkedDataset::LinkedDataset(Elaborator& elaborator, Body& body, std::string text, Range origin,
                             DataHost* host)
    : elaborator_(elaborator),
      body_(body),
      name_(body.entity->name.text),
      text_(std::move(text)),
      origin_(origin),
      host_(host) {
  const Site site(elaborator, origin);
  read_declared();
  if (host_)
    read_inventory();
  else
    read_written_inventory();
}

// Inventories that need no file: `stimuli = 1 .. clips`.
void LinkedDataset::read_written_inventory() {
  const auto read = [&](const char* setting, std::vector<Value>& items) {
    Entry* entry = body_.scope->find_here(setting);
    if (!entry) return false;
    const Value value = elaborator_.value_of(*entry, setting);
    const auto* list = value.get<List>();
    if (list) items = list->items;
    return list != nullptr;
  };
  stimuli_known_ = read("stimuli", stimuli_);
  units_known_ = read("units", units_);
}

// `fn stimulus(s): stream [F = 34] every dt`: the step, and the bands where they are promised.
void LinkedDataset::read_declared() {
  const auto* stimulus = function_of(body_, "stimulus");
  if (!stimulus) return;
  const auto type = stream_type(*stimulus);
  if (!type) return;
  step_ = type->step;
  stimulus_unit_ = type->unit;
  bands_ = type->size;
}

void LinkedDataset::read_inventory() {
  const AtWork work(elaborator_, host_, step_, origin_);
  const size_t errors = elaborator_.diagnostics().n_reported();
  stimuli_ = inventory("stimuli");
  if (elaborator_.diagnostics().n_reported() > errors) return;
  units_ = inventory("units");
  if (elaborator_.diagnostics().n_reported() > errors) return;
  stimuli_known_ = units_known_ = true;
  stimulus_names_ = names_of(stimuli_, "stimulus_name", "stimuli");
  unit_names_ = names_of(units_, "unit_name", "units");
  for (const auto& item : body_.entity->items)
    if (const auto* check = std::get_if<ast::CheckDecl>(&item->node))
      elaborator_.run_check(*check, *body_.scope);
  linked_ = step_.has_value() && elaborator_.diagnostics().n_reported() == errors;
  if (!step_)
    elaborator_
        .report(Kind::missing_item, body_.entity->name.range,
                fmt::format("the step of `{}` is not known", name_))
        .mark("its `stimulus` needs `every`");
}

std::vector<Value> LinkedDataset::inventory(const std::string& setting) {
  Entry* entry = body_.scope->find_here(setting);
  if (!entry) return {};
  const Value value = elaborator_.value_of(*entry, setting);
  const auto items = elaborator_.elements(value, entry->declared);
  if (!items) return {};
  if (items->empty())
    elaborator_
        .report(Kind::bad_data, entry->declared, fmt::format("the dataset `{}` has no {}", name_, setting))
        .mark("an empty list")
        .fix("check the folder and the rule that selects them");
  return *items;
}

// data.7: by `fn unit_name(u)`, else a field `id`, else the text, number or file stem it is.
std::vector<std::string> LinkedDataset::names_of(const std::vector<Value>& values,
                                                 const std::string& function, const std::string& what) {
  std::vector<std::string> names;
  std::set<std::string> seen;
  const size_t errors = elaborator_.diagnostics().n_reported();
  for (const auto& value : values) {
    Value name = value;
    if (has(function))
      name = item(function, {value});
    else if (const auto* record = value.get<Record>())
      for (const auto& [field, id] : record->fields)
        if (field == "id") name = id;
    if (elaborator_.diagnostics().n_reported() > errors) break;
    std::string text;
    if (const auto* words = name.get<Text>())
      text = words->text;
    else if (const auto* path = name.get<Path>())
      text = std::filesystem::path(path->path).stem().string();
    else
      text = stria::text(name);
    if (!seen.insert(text).second) {
      Entry* entry = body_.scope->find_here(what);
      elaborator_
          .report(Kind::bad_data, entry->declared, fmt::format("two of the {} are called `{}`", what, text))
          .mark("names must be unique")
          .fix(fmt::format("`fn {}(...)` names them", function));
      break;
    }
    names.push_back(text);
  }
  return names;
}

Value LinkedDataset::item(const std::string& function, const std::vector<Value>& arguments) {
  elaborator_.begin_work();
  Entry* entry = body_.scope->find_here(function);
  const Value value = elaborator_.value_of(*entry, function);
  const auto* made = value.object<Function>();
  if (!made || !made->formals) return {};
  if (made->formals->size() != arguments.size()) {
    elaborator_
        .report(Kind::unknown_argument, entry->declared,
                fmt::format("`{}` takes {} argument{}", function, arguments.size(),
                            arguments.size() == 1 ? "" : "s"))
        .mark(fmt::format("{} declared", made->formals->size()));
    return {};
  }
  std::vector<std::pair<std::string, Value>> bound;
  for (size_t i = 0; i < arguments.size(); ++i)
    bound.emplace_back((*made->formals)[i].name.text, arguments[i]);
  return elaborator_.call_user(*made, bound, entry->declared);
}

// An item for a run: what goes wrong is raised, so that the run can say for which stimulus and unit.
static Value raised(Elaborator& elaborator, const std::function<Value()>& work) {
  const size_t errors = elaborator.diagnostics().n_reported();
  elaborator.raise_data_errors = true;
  Value value = work();
  if (elaborator.diagnostics().n_reported() > errors) throw DataError("the dataset could not be worked out");
  if (value.is_unknown())
    throw DataError("the dataset gives something that is not known before a model runs");
  return value;
}

Value LinkedDataset::stimulus(size_t stimulus) {
  const AtWork work(elaborator_, host_, step_, origin_);
  return raised(elaborator_, [&] { return item("stimulus", {stimuli_[stimulus]}); });
}
Value LinkedDataset::trials(size_t unit, size_t stimulus) {
  const AtWork work(elaborator_, host_, step_, origin_);
  return raised(elaborator_, [&] { return item("trials", {units_[unit], stimuli_[stimulus]}); });
}
Value LinkedDataset::response(size_t unit, size_t stimulus) {
  const AtWork work(elaborator_, host_, step_, origin_);
  return raised(elaborator_, [&] { return item("response", {units_[unit], stimuli_[stimulus]}); });
}
Value LinkedDataset::stream(const DataStream& stream, std::optional<size_t> unit, size_t stimulus) {
  const AtWork work(elaborator_, host_, step_, origin_);
  std::vector<Value> arguments{stimuli_[stimulus]};
  if (unit) arguments.insert(arguments.begin(), units_[*unit]);
  return raised(elaborator_, [&] { return item(stream.name, arguments); });
}
std::optional<Value> LinkedDataset::length(size_t stimulus) {
  if (!has("length")) return std::nullopt;
  const AtWork work(elaborator_, host_, step_, origin_);
  return raised(elaborator_, [&] { return item("length", {stimuli_[stimulus]}); });
}

Range LinkedDataset::place(std::string_view item) const {
  const Entry* entry = body_.scope->find_here(std::string(item));
  const Site site(elaborator_, origin_);
  return elaborator_.written_by_user(entry ? entry->declared : body_.entity->name.range);
}

std::optional<size_t> LinkedDataset::find_unit(const Value& unit) const {
  for (size_t i = 0; i < units_.size(); ++i)
    if (stria::text(units_[i]) == stria::text(unit)) return i;
  return std::nullopt;
}

}  // namespace stria

// Settings of a protocol as the trainer takes them, and its loss.
#include <fmt/format.h>

#include <algorithm>
#include <deque>

#include "compiler/sema/compile.h"
#include "compiler/sema/words.h"
#include "compiler/syntax/parse.h"

namespace stria {

namespace {

const std::string loss_form = "`loss = mse(of = rate, to = response)`";

// Reads the settings of one protocol, each with messages on the values that do not fit.
class ProtocolReader {
 public:
  ProtocolReader(Elaborator& elaborator, Body& body) : e_(elaborator), body_(body) {}

  Protocol read() {
    read_optimizer();
    report_missing();
    read_split();
    if (protocol_.ridge) {
      refuse_descent();
    } else {
      read_schedule();
      read_stop();
      read_gradient();
      read_batch();
    }
    read_scores();
    read_tune();
    return protocol_;
  }

 private:
  Value setting(const std::string& name) {
    Entry* entry = body_.scope->find_here(name);
    return entry ? e_.value_of(*entry, name) : Value{None{}, body_.entity->name.range};
  }
  Range place(const std::string& name) { return setting_range(body_, name); }
  // Of an argument, where the reader wrote it; else of the whole setting.
  Range place(const std::string& name, const Description& description, const char* field) {
    const Value* value = description.find(field);
    const bool written = value && value->origin.known() && !value->origin.file->in_standard_library;
    return written ? value->origin : place(name);
  }
  void later(Range range, const std::string& what) {
    e_.report(Kind::not_run_yet, range, fmt::format("{} cannot be run yet", what)).mark("checked only");
  }

  void report_missing() {
    std::vector<std::string> missing;
    for (const char* name : {"split", "loss", "optimizer", "gradient", "stop", "scores"})
      if (!body_.scope->find_here(name) && !Elaborator::is_misspelt(*body_.entity, name) &&
          !(protocol_.ridge && is_of_descent(name)))
        missing.push_back(fmt::format("`{}`", name));
    if (missing.empty()) return;
    auto& message =
        e_.report(Kind::missing_item, body_.entity->name.range,
                  fmt::format("the protocol `{}` has no {}", body_.entity->name.text, listed(missing)));
    message.mark("incomplete");
    if (missing.front() == "`loss`")
      message.fix(loss_form);
    else
      message.fix("`Standard() with {...}`, of stria.protocols, has all settings and changes those named");
  }

  static bool is_of_descent(std::string_view name) { return name == "gradient" || name == "stop"; }

  // What only epochs have a use for.
  void refuse_descent() {
    for (const char* name : {"gradient", "stop", "batch", "schedule", "clip"}) {
      const Value value = setting(name);
      if (value.is_none() || value.is_unknown()) continue;
      e_.report(Kind::wrong_kind, place(name),
                fmt::format("`ridge` solves in one go, without epochs: `{}` would do nothing", name))
          .mark("of no use here")
          .fix("leave it out, or take the protocol `Ridge` of stria.protocols");
    }
  }

  const Description* described(const std::string& name, const std::vector<std::string>& choices) {
    values_.push_back(setting(name));
    const Value& value = values_.back();
    if (value.is_unknown() || value.is_none()) return nullptr;
    const auto* description = value.object<Description>();
    if (description && std::find(choices.begin(), choices.end(), description->name) != choices.end())
      return description;
    std::vector<std::string> forms;
    for (const auto& choice : choices) forms.push_back(fmt::format("`{}(...)`", choice));
    auto& message =
        e_.report(Kind::wrong_kind, place(name),
                  fmt::format("`{}` is {}, this is {}", name, listed(forms, " or "), describe(value)));
    message.mark("another kind");
    const auto* function = value.object<Function>();
    if (function && std::find(choices.begin(), choices.end(), function->name) != choices.end())
      message.fix(fmt::format("`{}()`", function->name));
    return nullptr;
  }

  std::optional<Number> number(const Description& description, const char* field) {
    const Value* value = description.find(field);
    const auto given = value ? e_.as_number(*value) : std::nullopt;
    return given && given->known ? given : std::nullopt;
  }
  double real(const Description& description, const char* field) {
    const auto given = number(description, field);
    return given ? given->value : 0;
  }
  Rational exact(const Description& description, const char* field) {
    const auto given = number(description, field);
    return given && given->exact ? *given->exact : Rational(0);
  }
  std::string words(const Description& description, const char* field) {
    const Value* value = description.find(field);
    return value ? text(*value) : "";
  }

  void read_split() {
    const auto* split = described("split", {"by_stimulus"});
    if (!split) return;
    protocol_.split = {exact(*split, "train"), exact(*split, "valid"), exact(*split, "test"),
                       static_cast<uint64_t>(real(*split, "seed"))};
    double whole = 0;
    for (const char* part : {"train", "valid", "test"}) {
      const auto share = number(*split, part);
      if (!share) return;
      whole += share->value;
      if (share->value > 0) continue;
      e_.report(Kind::outside_bounds, place("split", *split, part),
                fmt::format("the share of `{}` must be above 0", part))
          .mark("an empty part");
      return;
    }
    if (whole < 0.999 || whole > 1.001)
      e_.report(Kind::outside_bounds, split->range,
                fmt::format("the shares of a split add up to 100%, these to {:g}%", whole * 100))
          .mark("train + valid + test");
  }

  void read_optimizer() {
    const auto* optimizer = described("optimizer", {"AdamW", "Adam", "ridge"});
    if (!optimizer) return;
    if (optimizer->name == "ridge") return read_ridge(*optimizer);
    protocol_.optimizer.learning_rate = real(*optimizer, "lr");
    protocol_.optimizer.epsilon = real(*optimizer, "epsilon");
    protocol_.optimizer.weight_decay = optimizer->find("weight_decay") ? real(*optimizer, "weight_decay") : 0;
    const Value* betas = optimizer->find("betas");
    const auto* list = betas ? betas->get<List>() : nullptr;
    if (!list || list->items.size() != 2) {
      if (!betas || !betas->is_unknown())
        e_.report(Kind::wrong_kind, place("optimizer", *optimizer, "betas"),
                  "`betas` is a list of two numbers")
            .mark("not two")
            .fix("`betas = [0.9, 0.999]`");
      return;
    }
    double* const read[] = {&protocol_.optimizer.beta1, &protocol_.optimizer.beta2};
    for (size_t i = 0; i < 2; ++i) {
      const auto beta = e_.as_number(list->items[i]);
      if (!beta || !beta->known) continue;
      *read[i] = beta->value;
      if (beta->value >= 0 && beta->value < 1) continue;
      const Range own = list->items[i].origin;
      e_.report(Kind::outside_bounds, own.known() ? own : place("optimizer", *optimizer, "betas"),
                fmt::format("each of `betas` is at least 0 and below 1, this is {:g}", beta->value))
          .mark("the averages of gradients would not settle");
    }
  }

  void read_ridge(const Description& ridge) {
    RidgeRule& rule = protocol_.ridge.emplace();
    rule.time = real(ridge, "time");
    rule.bands = real(ridge, "bands");
    const Value* strengths = ridge.find("strengths");
    const auto* list = strengths ? strengths->get<List>() : nullptr;
    if (list == nullptr) return;
    for (const Value& item : list->items) {
      const auto strength = e_.as_number(item);
      if (!strength || !strength->known) continue;
      rule.strengths.push_back(strength->value);
      if (strength->value > 0) continue;
      e_.report(Kind::outside_bounds, place("optimizer", ridge, "strengths"),
                fmt::format("each of `strengths` must be above 0, this is {:g}", strength->value))
          .mark("a penalty of no strength, or less");
    }
    if (list->items.empty())
      e_.report(Kind::wrong_kind, place("optimizer", ridge, "strengths"),
                "`strengths` is empty, so there is none to take")
          .mark("an empty list")
          .fix("`strengths = [0.01, 0.1, 1]`");
  }

  void read_schedule() {
    if (const auto* schedule = described("schedule", {"cosine", "steps", "plateau"})) {
      const auto whole = [&](const char* field) { return static_cast<int64_t>(real(*schedule, field)); };
      using Kind = Schedule::Kind;
      if (schedule->name == "cosine")
        protocol_.schedule = {Kind::cosine, whole("epochs"), 1, real(*schedule, "to")};
      else if (schedule->name == "steps")
        protocol_.schedule = {Kind::steps, whole("epochs"), real(*schedule, "factor"), 0};
      else
        protocol_.schedule = {Kind::plateau, whole("patience"), real(*schedule, "factor"),
                              real(*schedule, "least")};
    }
    if (const auto* clip = described("clip", {"clip"})) protocol_.optimizer.clip_norm = real(*clip, "norm");
  }

  void read_stop() {
    const auto* stop = described("stop", {"early"});
    if (!stop) return;
    protocol_.stop = {static_cast<int64_t>(real(*stop, "patience")),
                      static_cast<int64_t>(real(*stop, "max_epochs")), words(*stop, "per") == "\"unit\"",
                      place("stop", *stop, "per")};
    const Value* watch = stop->find("watch");
    if (watch && !watch->is_unknown() && !watch->object<Symbol>())
      e_.report(Kind::wrong_kind, place("stop", *stop, "watch"),
                fmt::format("`watch` is a loss or score of a part of the data, this is {}", describe(*watch)))
          .mark("cannot be watched")
          .fix("`watch = valid.loss`");
    else if (watch && !watch->is_unknown() && text(*watch) != "valid.loss")
      later(place("stop", *stop, "watch"), fmt::format("watching `{}`", text(*watch)));
    if (words(*stop, "keep") == "\"last\"") later(place("stop", *stop, "keep"), "keeping the last epoch");
    if (protocol_.stop.per_unit) refuse_ties();
  }

  // What makes of the units' fits one fit, whatever the model.
  void refuse_ties() {
    const auto refuse = [&](const char* name, const std::string& why) {
      e_.report(Kind::units_tied, place(name),
                fmt::format("with a best epoch for each unit, units are fitted as if alone, but {}", why))
          .mark("ties the units")
          .also(protocol_.stop.place, "a best epoch for each unit")
          .fix(fmt::format("leave out `{}`, or `per = \"unit\"`", name));
    };
    if (protocol_.optimizer.clip_norm)
      refuse("clip", "`clip` shortens the gradients of all of them by their length together");
    if (protocol_.schedule.kind == Schedule::Kind::plateau)
      refuse("schedule", "`plateau` lowers the learning rate by the validation loss of all of them");
  }

  void read_gradient() {
    const auto* gradient = described("gradient", {"full_bptt", "tbptt"});
    if (gradient && gradient->name == "tbptt")
      later(place("gradient"), "truncated back-propagation through time, `tbptt`,");
  }

  void read_batch() {
    const Value batch = setting("batch");
    if (batch.is_none() || batch.is_unknown()) return;
    const auto number = e_.as_number(batch);
    if (number && number->known && number->is_whole && number->value >= 1)
      protocol_.batch = number->exact->numerator();
    else
      e_.report(Kind::wrong_kind, place("batch"),
                fmt::format("a batch is a whole number of clips, at least 1; this is {}", describe(batch)))
          .mark("not a number of clips");
  }

  void read_scores() {
    const Value scores = setting("scores");
    if (scores.is_none() || scores.is_unknown()) return;
    const auto* list = scores.get<List>();
    if (!list || list->items.empty()) {
      e_.report(Kind::wrong_kind, place("scores"),
                list ? "`scores` names no score, so nothing would be compared" : "`scores` is a list")
          .mark(list ? "an empty list" : "expected a list")
          .fix("`scores = [CCraw(), CCnorm()]`");
      return;
    }
    for (const auto& score : list->items) {
      const auto* description = score.object<Description>();
      if (description && description->name == "CCraw")
        protocol_.scores_raw = true;
      else if (description && description->name == "CCnorm")
        protocol_.scores_normalised = true;
      else if (!score.is_unknown())
        report_score(score);
    }
  }

  void read_tune() {
    values_.push_back(setting("tune"));
    const Value& tune = values_.back();
    if (tune.is_none() || tune.is_unknown()) return;
    const auto* list = tune.get<List>();
    for (const Value& rule : list ? list->items : std::vector<Value>{tune}) {
      if (rule.is_unknown()) continue;
      const auto* description = rule.object<Description>();
      const bool freezes = description && description->name == "freeze";
      if (!freezes && !(description && description->name == "learning_rate")) {
        e_.report(Kind::wrong_kind, place("tune"),
                  fmt::format("`tune` is a list of `freeze(...)` and `learning_rate(...)`, this is {}",
                              describe(rule)))
            .mark("neither of them")
            .fix("`tune = [freeze(\"core\")]`");
        continue;
      }
      const Value* path = description->find("path");
      const auto* words = path ? path->get<Text>() : nullptr;
      if (words == nullptr) continue;
      const bool own = description->range.known() && !description->range.file->in_standard_library;
      protocol_.tune.push_back({words->text,
                                freezes ? std::nullopt : std::optional(real(*description, "factor")),
                                own ? description->range : place("tune")});
    }
  }

  void report_score(const Value& score) {
    const bool own = score.origin.known() && !score.origin.file->in_standard_library;
    auto& message =
        e_.report(Kind::wrong_kind, own ? score.origin : place("scores"),
                  fmt::format("a score is `CCraw(...)` or `CCnorm(...)`, this is {}", describe(score)));
    message.mark("not a score");
    const auto* function = score.object<Function>();
    if (function && (function->name == "CCraw" || function->name == "CCnorm"))
      message.fix(fmt::format("`{}()`", function->name));
  }

  Elaborator& e_;
  Body& body_;
  Protocol protocol_;
  std::deque<Value> values_;  // keeps descriptions alive
};

}  // namespace

std::optional<Protocol> Compiler::protocol_of(const Recipe& recipe) {
  const auto resolved = resolve(recipe);
  if (!resolved) return std::nullopt;
  Elaborator& e = *elaborator_;
  const Site site(e, recipe.origin);
  const auto ports = e.ports;
  for (const char* port : {"rate", "response", "trials", "stimulus"}) e.ports.emplace(port, Value{});
  for (const char* part : {"train", "valid", "test"})
    e.ports[part] = Value{std::make_shared<const Symbol>(Symbol{part}), {}};
  const size_t errors = diagnostics_.n_reported();
  Body* body = open_body(*resolved);
  Protocol protocol = ProtocolReader(e, *body).read();
  protocol.name = recipe.name();
  protocol.text = resolved->recipe.text;
  if (diagnostics_.n_reported() == errors) protocol.arguments = settings_of(*body, resolved->recipe);
  e.ports = ports;
  if (diagnostics_.n_reported() > errors) return std::nullopt;
  return protocol;
}

Range setting_range(Body& body, const std::string& name) {
  const Entry* entry = body.scope->find_here(name);
  if (!entry) return body.entity->name.range;
  if (!entry->changes.empty()) {
    const auto& change = entry->changes.back();
    return change.value && change.range.file->path != "--set" ? change.value->range : change.range;
  }
  const auto* setting = entry->item ? std::get_if<ast::Setting>(&entry->item->node) : nullptr;
  return setting ? setting->value->range : entry->declared;
}

// Its arguments, then what it sets; the loss, which is worked out in a graph, as it is written.
std::vector<ArgumentInfo> Compiler::settings_of(Body& body, const Recipe& protocol) {
  Elaborator& e = *elaborator_;
  auto settings = e.arguments_of(protocol, *body.formals, "");
  for (const auto& item : body.entity->items) {
    const auto* setting = std::get_if<ast::Setting>(&item->node);
    if (!setting || setting->path.size() != 1) continue;
    const std::string& name = setting->path[0].text;
    Entry& entry = *body.scope->find_here(name);
    const Range place = entry.changes.empty() ? setting->value->range : entry.changes.back().range;
    const bool is_whole = entry.changes.empty() || entry.changes.back().path.size() == 1;
    const std::string text =
        name == "loss" && is_whole ? format(*setting->value) : stria::text(e.value_of(entry, name));
    settings.push_back({name, text, e.origin_of(place), place});
  }
  return settings;
}

// The loss as a number of the graph under construction.
Value Compiler::loss_of(const Recipe& recipe, const Tensor& rate, const Tensor& response) {
  const auto resolved = resolve(recipe);
  if (!resolved) return {};
  Elaborator& e = *elaborator_;
  const Site site(e, recipe.origin);
  const auto ports = e.ports;
  e.ports["rate"] = e.make(rate, {});
  e.ports["response"] = e.make(response, {});
  for (const char* part : {"train", "valid", "test"})
    e.ports[part] = Value{std::make_shared<const Symbol>(Symbol{part}), {}};
  Body* body = open_body(*resolved);
  Entry* entry = body->scope->find_here("loss");
  Value loss = entry ? e.value_of(*entry, "loss") : Value{};
  e.ports = ports;
  if (loss.is_unknown()) return {};
  const auto* tensor = loss.object<Tensor>();
  if (!tensor || !tensor->dims.empty() || tensor->has_batch) {
    e.report(Kind::shape_mismatch, setting_range(*body, "loss"),
             fmt::format("a loss is one number made of `rate` and `response`, this is {}", describe(loss)))
        .mark("not such a number")
        .fix(loss.object<Function>() || !tensor ? loss_form : "take the `mean` of it");
    return {};
  }
  return loss;
}

}  // namespace stria

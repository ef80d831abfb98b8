// Settings of a protocol as the trainer takes them, and its loss.
#include <fmt/format.h>

#include "compiler/sema/compile.h"
#include "compiler/syntax/parse.h"

namespace stria {

namespace {

struct Reader {
  Elaborator& elaborator;
  const Description& description;

  double real(const char* field) const {
    const Value* value = description.find(field);
    const auto number = value ? elaborator.as_number(*value) : std::nullopt;
    return number && number->known ? number->value : 0;
  }
  Rational exact(const char* field) const {
    const Value* value = description.find(field);
    const auto number = value ? elaborator.as_number(*value) : std::nullopt;
    return number && number->exact ? *number->exact : Rational(0);
  }
  std::string words(const char* field) const {
    const Value* value = description.find(field);
    return value ? text(*value) : "";
  }
};

}  // namespace

std::optional<Protocol> Compiler::protocol_of(const Recipe& recipe) {
  const auto resolved = resolve(recipe);
  if (!resolved) return std::nullopt;
  Elaborator& e = *elaborator_;
  Body* body = open_body(*resolved);
  Protocol protocol;
  protocol.name = recipe.name();
  protocol.text = resolved->recipe.text;
  const auto ports = e.ports;
  for (const char* port : {"rate", "response", "trials", "stimulus"}) e.ports.emplace(port, Value{});
  for (const char* part : {"train", "valid", "test"})
    e.ports[part] = Value{std::make_shared<const Symbol>(Symbol{part}), {}};
  const size_t errors = diagnostics_.n_errors();

  const auto setting = [&](const std::string& name) -> Value {
    Entry* entry = body->scope->find_here(name);
    return entry ? e.value_of(*entry, name) : Value{None{}, body->entity->name.range};
  };
  const auto place = [&](const std::string& name) {
    const Entry* entry = body->scope->find_here(name);
    return entry ? entry->declared : resolved->range;
  };
  const auto described = [&](const std::string& name,
                             const std::vector<std::string>& choices) -> const Description* {
    const Value value = setting(name);
    if (value.is_unknown()) return nullptr;
    const auto* description = value.object<Description>();
    if (description && std::find(choices.begin(), choices.end(), description->name) != choices.end())
      return description;
    std::string list;
    for (const auto& choice : choices) list += (list.empty() ? "" : " or ") + ("`" + choice + "(...)`");
    if (value.is_none())
      e.report(Kind::missing_item, resolved->range,
               fmt::format("the protocol `{}` has no `{}`", body->entity->name.text, name))
          .mark("incomplete")
          .fix(fmt::format("`{} = ...`, {}", name, list));
    else
      e.report(Kind::wrong_kind, place(name),
               fmt::format("`{}` is {}, this is {}", name, list, describe(value)))
          .mark("another kind");
    return nullptr;
  };
  const auto later = [&](const std::string& name, const std::string& what) {
    e.report(Kind::not_run_yet, place(name), fmt::format("{} cannot be run yet", what)).mark("checked only");
  };

  if (const auto* split = described("split", {"by_stimulus"})) {
    const Reader read{e, *split};
    protocol.split = {read.exact("train"), read.exact("valid"), read.exact("test"),
                      static_cast<uint64_t>(read.real("seed"))};
    const double whole = read.real("train") + read.real("valid") + read.real("test");
    const bool known = !split->find("train")->is_unknown() && !split->find("valid")->is_unknown() &&
                       !split->find("test")->is_unknown();
    if (known && (whole < 0.999 || whole > 1.001))
      e.report(Kind::outside_bounds, split->range,
               fmt::format("the shares of a split add up to 100%, these to {:g}%", whole * 100))
          .mark("train + valid + test");
    for (const char* part : {"train", "valid", "test"})
      if (known && read.real(part) <= 0)
        e.report(Kind::outside_bounds, split->range, fmt::format("the share of `{}` must be above 0", part))
            .mark("an empty part");
  }
  if (const auto* optimizer = described("optimizer", {"AdamW", "Adam"})) {
    const Reader read{e, *optimizer};
    protocol.optimizer.learning_rate = read.real("lr");
    protocol.optimizer.epsilon = read.real("epsilon");
    protocol.optimizer.weight_decay = optimizer->find("weight_decay") ? read.real("weight_decay") : 0;
    const Value* betas = optimizer->find("betas");
    if (const auto* list = betas ? betas->get<List>() : nullptr; list && list->items.size() == 2) {
      protocol.optimizer.beta1 = e.as_number(list->items[0]).value_or(Number::plain(0.9)).value;
      protocol.optimizer.beta2 = e.as_number(list->items[1]).value_or(Number::plain(0.999)).value;
      for (const double beta : {protocol.optimizer.beta1, protocol.optimizer.beta2})
        if (beta < 0 || beta >= 1)
          e.report(Kind::outside_bounds, optimizer->range,
                   fmt::format("each of `betas` is at least 0 and below 1, this is {:g}", beta))
              .mark("the averages of gradients would not settle");
    } else if (!betas || !betas->is_unknown()) {
      e.report(Kind::wrong_kind, optimizer->range, "`betas` is a list of two numbers")
          .mark("not two")
          .fix("`betas = [0.9, 0.999]`");
    }
  }
  if (const auto* stop = described("stop", {"early"})) {
    const Reader read{e, *stop};
    protocol.stop = {static_cast<int64_t>(read.real("patience")),
                     static_cast<int64_t>(read.real("max_epochs"))};
    if (read.words("watch") != "valid.loss") later("stop", fmt::format("watching `{}`", read.words("watch")));
    if (read.words("keep") != "\"best\"") later("stop", fmt::format("keeping {}", read.words("keep")));
  }
  if (const auto* gradient = described("gradient", {"full_bptt", "tbptt"});
      gradient && gradient->name == "tbptt")
    later("gradient", "truncated back-propagation through time, `tbptt`,");
  for (const char* name : {"schedule", "clip"})
    if (!setting(name).is_none() && !setting(name).is_unknown()) later(name, fmt::format("`{}`", name));
  const Value batch = setting("batch");
  if (!batch.is_none()) {
    const auto number = e.as_number(batch);
    if (number && number->known && number->is_whole && number->value >= 1)
      protocol.batch = number->exact->numerator();
    else if (!batch.is_unknown())
      e.report(Kind::wrong_kind, place("batch"),
               fmt::format("a batch is a whole number of clips, at least 1; this is {}", describe(batch)))
          .mark("not a number of clips");
  }
  const Value scores = setting("scores");
  if (const auto* list = scores.get<List>()) {
    for (const auto& score : list->items) {
      const auto* description = score.object<Description>();
      if (description && description->name == "CCraw")
        protocol.scores_raw = true;
      else if (description && description->name == "CCnorm")
        protocol.scores_normalised = true;
      else if (!score.is_unknown())
        e.report(Kind::wrong_kind, place("scores"),
                 fmt::format("a score is `CCraw(...)` or `CCnorm(...)`, this is {}", describe(score)))
            .mark("not a score");
      if (description && Reader{e, *description}.words("join") != "\"clips\"")
        later("scores", "scores that are not joined over clips");
    }
  } else if (!scores.is_unknown()) {
    e.report(scores.is_none() ? Kind::missing_item : Kind::wrong_kind,
             scores.is_none() ? resolved->range : place("scores"), "`scores` is a list")
        .mark("expected a list")
        .fix("`scores = [CCraw(), CCnorm()]`");
  }
  if (!body->scope->find_here("loss"))
    e.report(Kind::missing_item, resolved->range,
             fmt::format("the protocol `{}` has no `loss`", body->entity->name.text))
        .mark("incomplete")
        .fix("`loss = mse(of = rate, to = response)`");
  if (diagnostics_.n_errors() == errors) protocol.arguments = settings_of(*body, resolved->recipe);
  e.ports = ports;
  if (diagnostics_.n_errors() > errors) return std::nullopt;
  return protocol;
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
    e.report(Kind::shape_mismatch, entry->declared,
             fmt::format("a loss is one number, this is {}", describe(loss)))
        .mark("not a single number")
        .fix("take the `mean` of it");
    return {};
  }
  return loss;
}

}  // namespace stria

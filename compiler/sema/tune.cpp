// Which parameters a protocol holds back, and where an experiment's members start.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "compiler/diagnostics/diagnostic.h"
#include "compiler/sema/compile.h"
#include "compiler/sema/words.h"

namespace stria {

bool is_below(std::string_view path, std::string_view below) {
  if (below.empty() || path == below) return true;
  return path.size() > below.size() && path.substr(0, below.size()) == below && path[below.size()] == '.';
}

// The rules in their order: of two that name a parameter, the later one counts.
void Compiler::tune(ModelProgram& program, const Protocol& rules) {
  for (const TuneRule& rule : rules.tune) {
    bool found = false;
    std::set<std::string> parts;
    for (ParameterInfo& parameter : program.parameters) {
      parts.insert(parameter.path.substr(0, parameter.path.find('.')));
      if (!is_below(parameter.path, rule.path)) continue;
      found = true;
      parameter.frozen = !rule.rate_factor;
      if (rule.rate_factor) parameter.learning_rate_factor *= *rule.rate_factor;
    }
    if (found) continue;
    const std::vector<std::string> names(parts.begin(), parts.end());
    auto& message = elaborator_->report(
        Kind::unknown_name, rule.place,
        fmt::format("no parameter of `{}` is called `{}` or lies below it", program.text, rule.path));
    message.mark("not found").note("there are: " + listed(names));
    if (const auto close = nearest(rule.path, names))
      message.fix(fmt::format("did you mean \"{}\"?", *close));
  }
  const bool all_frozen = std::all_of(program.parameters.begin(), program.parameters.end(),
                                      [](const ParameterInfo& parameter) { return parameter.frozen; });
  if (rules.tune.empty() || program.parameters.empty() || !all_frozen) return;
  elaborator_
      ->report(Kind::outside_bounds, rules.tune.front().place,
               fmt::format("every parameter of `{}` is frozen, so there is nothing to fit", program.text))
      .mark("with the other rules, all of them");
}

std::vector<StartRule> Compiler::starts_of(Body& body) {
  Entry* entry = body.scope->find_here("start");
  if (!entry) return {};
  Elaborator& e = *elaborator_;
  const Value value = e.value_of(*entry, "start");
  if (value.is_unknown() || value.is_none()) return {};
  const auto* list = value.get<List>();
  std::vector<StartRule> starts;
  for (const Value& item : list ? list->items : std::vector<Value>{value}) {
    if (item.is_unknown()) continue;
    const auto* from = item.object<Description>();
    if (!from || from->name != "from") {
      e.report(Kind::wrong_kind, setting_range(body, "start"),
               fmt::format("`start` is `from(...)` or a list of them, this is {}", describe(item)))
          .mark("not a run to start from")
          .fix("`start = from(\"runs/First\", path = \"core\")`");
      continue;
    }
    const auto words = [&](const char* field) -> std::string {
      const Value* given = from->find(field);
      if (given && given->get<Path>()) return given->get<Path>()->path;
      return given && given->get<Text>() ? given->get<Text>()->text : "";
    };
    starts.push_back({words("run"), words("path"), words("member"), from->range});
  }
  return starts;
}

}  // namespace stria

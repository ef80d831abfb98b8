// Sweeps as written (exp.3): each has an effect, and uses earlier ones only.
#include <fmt/format.h>

#include <algorithm>

#include "compiler/sema/elaborator.h"
#include "compiler/sema/item_table.h"
#include "compiler/sema/walk.h"

namespace stria {

namespace {

// Names that stand for values in an item, with the first place of each.
std::map<std::string, Range> names_in(
    const std::function<void(const std::function<void(const ast::Expr&)>&)>& parts) {
  std::map<std::string, Range> names;
  parts([&](const ast::Expr& part) {
    for_each_expression(part, [&](const ast::Expr& expression) {
      if (const auto* reference = std::get_if<ast::NameRef>(&expression.node))
        names.emplace(reference->name, expression.range);
    });
  });
  return names;
}

struct Named {
  const ast::Item* item;
  std::vector<std::string> gives;
  std::map<std::string, Range> uses;
};

std::vector<Named> named_items(const ast::Entity& entity) {
  std::vector<Named> all;
  for (const auto& item : entity.items) {
    if (std::holds_alternative<ast::CheckDecl>(item->node) || std::holds_alternative<ast::Block>(item->node))
      continue;  // these choose nothing of what is trained
    Named one{item.get(), {}, names_in([&](const auto& visit) { for_each_part(*item, visit); })};
    for (const auto& name : declared_names(*item)) one.gives.push_back(name.text);
    all.push_back(std::move(one));
  }
  return all;
}

const Named* giver_of(const std::vector<Named>& all, const std::string& name) {
  for (const auto& one : all)
    if (std::find(one.gives.begin(), one.gives.end(), name) != one.gives.end()) return &one;
  return nullptr;
}

// The sweep, at or behind `first` in the text, that `from` needs by way of other items.
const Named* later_sweep(const std::vector<Named>& all, const Named& from, const ast::Item* first,
                         std::set<const ast::Item*>& seen) {
  for (const auto& [name, range] : from.uses) {
    const Named* giver = giver_of(all, name);
    if (!giver) continue;
    const bool sweep = std::holds_alternative<ast::SweepDecl>(giver->item->node);
    if (sweep && giver->item->range.begin >= first->range.begin) return giver;
    if (sweep || !seen.insert(giver->item).second) continue;
    if (const Named* found = later_sweep(all, *giver, first, seen)) return found;
  }
  return nullptr;
}

}  // namespace

void Elaborator::check_sweeps(const ast::Entity& entity) {
  const std::vector<Named> all = named_items(entity);
  const auto& settings = settings_of(entity.kind);
  for (const auto& one : all) {
    const auto* sweep = std::get_if<ast::SweepDecl>(&one.item->node);
    if (!sweep) continue;
    Named domain = one;  // its condition may use the swept name itself
    domain.uses = names_in([&](const auto& visit) { visit(*sweep->domain); });
    std::set<const ast::Item*> seen;
    if (const Named* later = later_sweep(all, domain, one.item, seen)) {
      const auto place = domain.uses.find(later->gives.front());
      const bool itself = later->item == one.item;
      report(Kind::definition_cycle, place == domain.uses.end() ? sweep->domain->range : place->second,
             itself ? fmt::format("the sweep over `{}` needs its own value", one.gives.front())
                    : fmt::format("the sweep over `{}` uses `{}`, which is swept later", one.gives.front(),
                                  later->gives.front()))
          .mark("not known yet")
          .also(later->item->range, itself ? "the sweep" : "swept here")
          .fix(itself ? "a sweep may use earlier sweeps" : "write that sweep in front of this one");
      continue;
    }
    const bool used = std::any_of(one.gives.begin(), one.gives.end(), [&](const std::string& name) {
      if (std::find(settings.begin(), settings.end(), name) != settings.end()) return true;
      return std::any_of(all.begin(), all.end(), [&](const Named& other) {
        return other.item != one.item && other.uses.contains(name);
      });
    });
    if (!used)
      report(Kind::sweep_without_effect, sweep->binding.range,
             fmt::format("nothing uses `{}`, so its members would all be the same", one.gives.front()))
          .mark("swept, and not used")
          .fix(one.gives.front() == "seed"
                   ? "`protocol = Standard(seed = seed)`"
                   : fmt::format("use `{}` in `data`, `units`, `model` or `protocol`", one.gives.front()));
  }
}

}  // namespace stria

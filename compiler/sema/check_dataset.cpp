// Bodies of datasets alone: what they must have, and how their functions are called (data.1).
#include <fmt/format.h>

#include "compiler/sema/elaborator.h"
#include "compiler/sema/words.h"

namespace stria {

void Elaborator::check_dataset(const ast::Item& item, Scope* formals) {
  Body* body = new_body(item, formals);
  std::vector<std::string> missing;
  for (const char* wanted : {"stimuli", "units", "stimulus"})
    if (!body->scope->find_here(wanted) && !is_misspelt(*body->entity, wanted))
      missing.push_back(fmt::format("`{}`", wanted));
  if (!body->scope->find_here("trials") && !body->scope->find_here("response"))
    missing.emplace_back("`trials` or `response`");
  if (!missing.empty())
    report(Kind::missing_item, body->entity->name.range,
           fmt::format("the dataset `{}` has no {}", body->entity->name.text, listed(missing)))
        .mark("incomplete")
        .note(
            "`stimuli` and `units` are lists; `fn stimulus(s): stream [F] every dt` gives a sound, `fn "
            "trials(u, "
            "s): stream [R] every dt` the trials of a unit");
  check_data_functions(*body->entity);
  run_items(*body);
  check_inventory(*body);
  for (const auto& part : body->entity->items)
    if (const auto* fn = std::get_if<ast::FnDecl>(&part->node)) {
      Entry* entry = body->scope->find_here(fn->name.text);
      if (!entry || entry->item != part.get()) continue;
      const Value value = value_of(*entry, fn->name.text);
      if (const auto* function = value.object<Function>()) call_user(*function, {}, fn->name.range);
    }
}

// `stimuli` and `units` are lists, as far as that is known.
void Elaborator::check_inventory(Body& body) {
  for (const char* name : {"stimuli", "units"}) {
    Entry* entry = body.scope->find_here(name);
    const auto* setting = entry && entry->item ? std::get_if<ast::Setting>(&entry->item->node) : nullptr;
    if (!setting) continue;
    const Value value = value_of(*entry, name);
    if (value.is_unknown() || value.get<List>() || value.get<Record>() || value.get<DataPointer>()) continue;
    report(Kind::wrong_kind, setting->value->range,
           fmt::format("`{}` of a dataset is a list, this is {}", name, describe(value)))
        .mark("expected a list")
        .fix(fmt::format("`{} = [...]`, or `files(root, \"*.wav\")` of stria.data", name));
  }
}

// Called with a unit and a stimulus, or with one of them.
void Elaborator::check_data_functions(const ast::Entity& entity) {
  static const std::map<std::string, std::string> known{{"stimulus", "s"},      {"trials", "u, s"},
                                                        {"response", "u, s"},   {"length", "s"},
                                                        {"stimulus_name", "s"}, {"unit_name", "u"}};
  for (const auto& item : entity.items) {
    const auto* fn = std::get_if<ast::FnDecl>(&item->node);
    const auto form = fn ? known.find(fn->name.text) : known.end();
    if (form == known.end()) continue;
    const size_t wanted = form->second.size() > 1 ? 2 : 1;
    if (fn->formals.size() != wanted)
      report(Kind::unknown_argument, fn->name.range,
             fmt::format("`{}` of a dataset takes {}, this has {}", fn->name.text,
                         counted(wanted, "argument"), fn->formals.size()))
          .mark(wanted == 2 ? "of a unit and a stimulus" : "of one of them")
          .fix(fmt::format("`fn {}({})`", fn->name.text, form->second));
  }
}

}  // namespace stria

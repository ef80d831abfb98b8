// What may stand in a body.
#include "compiler/syntax/adapter.h"

namespace stria::syntax {

using ast::Item;

std::vector<ast::ItemPtr> Adapter::body(P::BodyContext* context) {
  std::vector<ast::ItemPtr> items;
  if (context == nullptr) return items;
  for (P::ItemContext* each : context->item()) {
    if (ast::ItemPtr found = item(each)) items.push_back(std::move(found));
  }
  return items;
}

std::optional<Item> Adapter::body_item(P::ItemContext* context) {
  const auto made = [](auto node) { return std::optional<Item>(Item{{}, false, {}, std::move(node)}); };
  if (P::InputDeclContext* const decl = context->inputDecl(); decl != nullptr && !is_broken(decl->name())) {
    return made(ast::InputDecl{name(decl->name()), type(decl->type())});
  }
  if (P::OutputDeclContext* const decl = context->outputDecl(); decl != nullptr) {
    ast::OutputDecl output{std::nullopt, type(decl->type()), expr(decl->expr())};
    if (!is_broken(decl->name())) output.name = name(decl->name());
    return made(std::move(output));
  }
  if (P::StateDeclContext* const decl = context->stateDecl(); decl != nullptr && !is_broken(decl->name())) {
    return made(ast::StateDecl{name(decl->name()), type(decl->type()), expr(decl->expr())});
  }
  if (P::BufferDeclContext* const decl = context->bufferDecl(); decl != nullptr && !is_broken(decl->name())) {
    return made(ast::BufferDecl{name(decl->name()), type(decl->type()), expr(decl->expr())});
  }
  if (P::ParamDeclContext* const decl = context->paramDecl(); decl != nullptr && !is_broken(decl->name(0))) {
    return made(param(decl));
  }
  if (P::UpdateDeclContext* const decl = context->updateDecl(); decl != nullptr && !is_broken(decl->name())) {
    return made(update(decl));
  }
  if (P::CheckDeclContext* const decl = context->checkDecl(); decl != nullptr) {
    ast::CheckDecl check{expr(decl->expr()), std::nullopt};
    if (decl->STRING() != nullptr) check.message = string_value(decl->STRING());
    return made(std::move(check));
  }
  if (P::SweepDeclContext* const decl = context->sweepDecl();
      decl != nullptr && !is_broken(decl->binding())) {
    ast::SweepDecl sweep{binding(decl->binding()), expr(decl->expr(0)), nullptr};
    if (decl->IF() != nullptr) sweep.condition = expr(decl->expr(1));
    return made(std::move(sweep));
  }
  if (P::SettingContext* const decl = context->setting(); decl != nullptr && !is_broken(decl->path())) {
    return made(ast::Setting{path(decl->path()), type(decl->type()), expr(decl->expr())});
  }
  if (P::BlockContext* const decl = context->block(); decl != nullptr && decl->IDENT() != nullptr) {
    const Range word = range(decl->IDENT());
    ast::Block block{{std::string(text_of(word)), word}, std::nullopt, body(decl->body())};
    if (decl->STRING() != nullptr) block.title = string_value(decl->STRING());
    return made(std::move(block));
  }
  return std::nullopt;
}

ast::ParamDecl Adapter::param(P::ParamDeclContext* context) {
  ast::ParamDecl result;
  if (P::CallArgsContext* const options = context->callArgs()) {
    result.options = arguments(options->arg());
    if (P::ComprehensionContext* const comprehension = options->comprehension()) {
      diagnostics_.report(Kind::misplaced_for, range(comprehension), "the options of a `param` have no `for`")
          .mark("has no meaning here")
          .fix("`param(decay = 0) w: [H] ~ normal(0, 1)`");
    }
  }
  for (P::NameContext* each : context->name()) {
    if (!is_broken(each)) result.names.push_back(name(each));
  }
  result.type = type(context->type());
  result.is_random = context->DRAWN() != nullptr;
  result.start = expr(context->expr());
  result.within = bound(context->bound());
  return result;
}

ast::UpdateDecl Adapter::update(P::UpdateDeclContext* context) {
  ast::UpdateDecl result;
  result.is_derivative = context->DDT() != nullptr;
  if (context->path() != nullptr) result.time_constant = path(context->path());
  result.state = name(context->name());
  result.value = expr(context->expr());
  return result;
}

}  // namespace stria::syntax

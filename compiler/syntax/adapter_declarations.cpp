// A file and what may stand at its top.
#include "compiler/syntax/adapter.h"

namespace stria::syntax {

using ast::Item;
using ast::ItemPtr;

namespace {

ast::EntityKind entity_kind(size_t type) {
  return static_cast<ast::EntityKind>(type - grammar::StriaParser::LAYER);  // both in the same order
}

}  // namespace

ItemPtr Adapter::share(std::optional<Item> item, const antlr4::ParserRuleContext* context,
                       size_t unread_before) {
  if (!item) return nullptr;
  item->range = range(context);
  item->doc = doc_above(item->range.begin);
  item->incomplete = n_unread_ > unread_before || context->exception != nullptr;
  return std::make_shared<const Item>(std::move(*item));
}

ast::Spec Adapter::spec(P::SpecContext* context) {
  ast::Spec result;
  result.file = tokens_.file;
  if (P::HeaderContext* const header = context->header(); header != nullptr && !is_broken(header)) {
    result.version_range = range(header->FLOAT() != nullptr ? header->FLOAT() : header->INT());
    result.version = std::string(text_of(result.version_range));
  }
  for (P::TopItemContext* each : context->topItem()) {
    if (ItemPtr item = top_item(each)) result.items.push_back(std::move(item));
  }
  return result;
}

std::optional<ast::Override> Adapter::override_text(P::CliOverrideContext* context) {
  if (is_broken(context) || is_broken(context->path()) || is_broken(context->expr())) return std::nullopt;
  return ast::Override{path(context->path()), expr(context->expr()), range(context->path())};
}

ItemPtr Adapter::top_item(P::TopItemContext* context) {
  if (context->start == nullptr) return nullptr;
  const size_t unread_before = n_unread_;
  std::optional<Item> item = shared_item(context->letDecl(), context->fnDecl());
  if (P::UseDeclContext* const decl = context->useDecl(); decl != nullptr && !is_broken(decl)) {
    item = Item{{}, false, {}, use(decl)};
  } else if (P::DimDeclContext* const decl = context->dimDecl()) {
    ast::DimDecl dims;
    for (P::NameContext* each : decl->name()) dims.names.push_back(name(each));
    item = Item{{}, false, {}, std::move(dims)};
  } else if (P::UnitDeclContext* const decl = context->unitDecl();
             decl != nullptr && !is_broken(decl->name())) {
    item = Item{{}, false, {}, ast::UnitDecl{name(decl->name()), expr(decl->expr())}};
  } else if (P::TypeDeclContext* const decl = context->typeDecl();
             decl != nullptr && !is_broken(decl->name())) {
    item = Item{{}, false, {}, ast::TypeDecl{name(decl->name()), type(decl->type())}};
  } else if (P::EntityContext* const decl = context->entity(); decl != nullptr && !is_broken(decl->name())) {
    item = Item{{}, false, {}, entity(decl)};
  }
  return share(std::move(item), context, unread_before);
}

std::optional<Item> Adapter::shared_item(P::LetDeclContext* let, P::FnDeclContext* fn) {
  if (let != nullptr && !is_broken(let->binding())) {
    return Item{{}, false, {}, ast::LetDecl{binding(let->binding()), type(let->type()), expr(let->expr())}};
  }
  if (fn != nullptr && !is_broken(fn->name())) {
    return Item{{},
                false,
                {},
                ast::FnDecl{name(fn->name()), formals(fn->formals()), type(fn->type()), expr(fn->expr())}};
  }
  return std::nullopt;
}

ast::UseDecl Adapter::use(P::UseDeclContext* context) const {
  ast::UseDecl result;
  result.path = path(context->path());
  if (context->AS() != nullptr) {
    result.as = name(context->name(0));
  } else if (context->OPEN_PAREN() != nullptr) {
    result.names.emplace();
    for (P::NameContext* each : context->name()) result.names->push_back(name(each));
  }
  return result;
}

ast::Entity Adapter::entity(P::EntityContext* context) {
  ast::Entity result;
  result.kind = entity_kind(context->kind()->start->getType());
  result.name = name(context->name());
  result.has_formals = context->formals() != nullptr;
  result.formals = formals(context->formals());
  if (context->body() != nullptr) {
    result.items = body(context->body());
  } else {
    result.value = expr(context->expr());
  }
  return result;
}

std::vector<ast::Formal> Adapter::formals(P::FormalsContext* context) {
  std::vector<ast::Formal> result;
  if (context == nullptr) return result;
  for (P::FormalContext* each : context->formal()) {
    if (is_broken(each->name())) continue;
    ast::Formal formal;
    formal.name = name(each->name());
    formal.type = type(each->type());
    if (each->expr() != nullptr) formal.default_value = expr(each->expr());
    formal.within = bound(each->bound());
    formal.range = range(each);
    result.push_back(std::move(formal));
  }
  return result;
}

ItemPtr Adapter::item(P::ItemContext* context) {
  if (context->start == nullptr) return nullptr;
  const size_t unread_before = n_unread_;
  std::optional<Item> item = shared_item(context->letDecl(), context->fnDecl());
  if (!item) item = body_item(context);
  return share(std::move(item), context, unread_before);
}

}  // namespace stria::syntax

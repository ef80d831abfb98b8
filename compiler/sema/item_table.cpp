#include "compiler/sema/item_table.h"

#include <map>

namespace stria {

namespace {

using enum ast::EntityKind;

const ItemRule tensor_item(std::string word, std::string purpose) {
  return {std::move(word), std::move(purpose), {layer, cell, model}};
}

const ItemRule input_rule = tensor_item("input", "an input is what a layer, cell or model is applied to");
const ItemRule output_rule = tensor_item("output", "an output is what a layer, cell or model gives back");
const ItemRule param_rule = tensor_item("param", "a parameter is learnt, and belongs where it is used");
const ItemRule buffer_rule = tensor_item("buffer", "a buffer is saved with the weights and not learnt");
const ItemRule state_rule{"state", "memory of a model is declared in its `cell`", {cell}};
const ItemRule next_rule{"next", "an update says how a state of a `cell` changes", {cell}};
const ItemRule derivative_rule{"d/dt", "an update says how a state of a `cell` changes", {cell}};
const ItemRule setting_rule{
    "=",
    "settings fill in a dataset, protocol, experiment or analysis; elsewhere `let` names a value",
    {dataset, protocol, experiment, analysis}};
const ItemRule sweep_rule{"sweep", "a sweep makes the members of an experiment", {experiment}};
const ItemRule plan_rule{"plan", "`plan` says how the members of an experiment may run", {experiment}};
const ItemRule report_rule{
    "report", "a report is made of an experiment's or analysis's results", {experiment, analysis}};
const ItemRule figure_rule{"figure", "a figure is drawn by an analysis", {analysis}};

}  // namespace

const ItemRule* rule_of(const ast::Item& item) {
  if (std::holds_alternative<ast::InputDecl>(item.node)) return &input_rule;
  if (std::holds_alternative<ast::OutputDecl>(item.node)) return &output_rule;
  if (std::holds_alternative<ast::ParamDecl>(item.node)) return &param_rule;
  if (std::holds_alternative<ast::BufferDecl>(item.node)) return &buffer_rule;
  if (std::holds_alternative<ast::StateDecl>(item.node)) return &state_rule;
  if (const auto* update = std::get_if<ast::UpdateDecl>(&item.node))
    return update->is_derivative ? &derivative_rule : &next_rule;
  if (std::holds_alternative<ast::Setting>(item.node)) return &setting_rule;
  if (std::holds_alternative<ast::SweepDecl>(item.node)) return &sweep_rule;
  if (const auto* block = std::get_if<ast::Block>(&item.node)) {
    static const std::map<std::string, const ItemRule*> blocks{
        {"plan", &plan_rule}, {"report", &report_rule}, {"figure", &figure_rule}};
    const auto known = blocks.find(block->kind.text);
    static std::map<std::string, ItemRule> unknown;
    if (known != blocks.end()) return known->second;
    return &unknown
                .try_emplace(block->kind.text,
                             ItemRule{block->kind.text, "the blocks are: plan, report, figure", {}})
                .first->second;
  }
  return nullptr;
}

const std::vector<std::string>& settings_of(ast::EntityKind kind) {
  static const std::vector<std::string> none, of_dataset{"stimuli", "units"},
      of_protocol{"split", "loss",     "optimizer", "schedule", "clip",
                  "batch", "gradient", "stop",      "tune",     "scores"},
      of_experiment{"data", "units", "model", "start", "protocol"};
  switch (kind) {
    case dataset:
      return of_dataset;
    case protocol:
      return of_protocol;
    case experiment:
      return of_experiment;
    default:
      return none;
  }
}

}  // namespace stria

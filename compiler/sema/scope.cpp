#include "compiler/sema/scope.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "compiler/syntax/parse.h"

namespace stria {

namespace fs = std::filesystem;

namespace {

std::string dotted(const std::vector<ast::Name>& path) {
  std::string text;
  for (const auto& name : path) text += (text.empty() ? "" : ".") + name.text;
  return text;
}

std::string as_file(const std::vector<ast::Name>& path) {
  std::string text;
  for (const auto& name : path) text += (text.empty() ? "" : "/") + name.text;
  return text + ".stria";
}

Entry item_entry(const ast::Item& item, Scope& scope, Range declared, int part = -1) {
  Entry entry;
  entry.kind = Entry::Kind::item;
  entry.item = &item;
  entry.scope = &scope;
  entry.declared = declared;
  entry.part = part;
  return entry;
}

std::vector<std::string> modules_in(const std::string& standard_library) {
  std::vector<std::string> modules;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(fs::path(standard_library) / "stria", error))
    if (entry.path().extension() == ".stria") modules.push_back("stria." + entry.path().stem().string());
  std::sort(modules.begin(), modules.end());
  return modules;
}

std::vector<std::string> names_in(const Scope& scope) {
  std::vector<std::string> names;
  for (const auto& [name, entry] : scope.entries) names.push_back(name);
  return names;
}

}  // namespace

Entry bound_entry(Value value, Range declared, ast::TypePtr type) {
  Entry entry;
  entry.value[0] = entry.value[1] = std::move(value);
  entry.state[0] = entry.state[1] = Entry::State::done;
  entry.declared = declared;
  entry.type = std::move(type);
  return entry;
}

Entry* Scope::find_here(const std::string& name) {
  const auto found = entries.find(name);
  if (found != entries.end()) return &found->second;
  return declared_in ? declared_in->find_here(name) : nullptr;
}

std::vector<ast::Name> declared_names(const ast::Item& item) {
  if (const auto* let = std::get_if<ast::LetDecl>(&item.node)) return let->binding.names;
  if (const auto* fn = std::get_if<ast::FnDecl>(&item.node)) return {fn->name};
  if (const auto* entity = std::get_if<ast::Entity>(&item.node)) return {entity->name};
  if (const auto* input = std::get_if<ast::InputDecl>(&item.node)) return {input->name};
  if (const auto* state = std::get_if<ast::StateDecl>(&item.node)) return {state->name};
  if (const auto* param = std::get_if<ast::ParamDecl>(&item.node)) return param->names;
  if (const auto* buffer = std::get_if<ast::BufferDecl>(&item.node)) return {buffer->name};
  if (const auto* sweep = std::get_if<ast::SweepDecl>(&item.node)) return sweep->binding.names;
  if (const auto* unit = std::get_if<ast::UnitDecl>(&item.node)) return {unit->name};
  if (const auto* type = std::get_if<ast::TypeDecl>(&item.node)) return {type->name};
  if (const auto* dim = std::get_if<ast::DimDecl>(&item.node)) return dim->names;
  if (const auto* output = std::get_if<ast::OutputDecl>(&item.node))
    return output->name ? std::vector<ast::Name>{*output->name} : std::vector<ast::Name>{};
  if (const auto* setting = std::get_if<ast::Setting>(&item.node))
    return setting->path.size() == 1 ? setting->path : std::vector<ast::Name>{};
  return {};
}

void declare_items(const std::vector<ast::ItemPtr>& items, Scope& scope, Diagnostics& diagnostics) {
  for (const auto& item : items) {
    const auto names = declared_names(*item);
    const auto* let = std::get_if<ast::LetDecl>(&item->node);
    const bool is_tuple = let && let->binding.is_tuple;
    for (size_t i = 0; i < names.size(); ++i) {
      if (names[i].text.empty()) continue;
      if (const Entry* earlier = scope.find_here(names[i].text)) {
        diagnostics
            .report(Kind::name_taken, names[i].range, fmt::format("`{}` is declared twice", names[i].text))
            .mark("declared again")
            .also(earlier->declared, "first declared here")
            .fix("give one of them another name");
        continue;
      }
      scope.entries[names[i].text] =
          item_entry(*item, scope, names[i].range, is_tuple ? static_cast<int>(i) : -1);
    }
  }
}

Modules::Modules(std::vector<std::string> search, std::string standard_library, Diagnostics& diagnostics)
    : search_(std::move(search)), standard_library_(std::move(standard_library)), diagnostics_(diagnostics) {}

Module* Modules::read(const std::string& path, const std::string& name, bool in_standard_library) {
  for (const auto& module : modules_)
    if (module->file.path == path) return module.get();
  std::ifstream stream(path, std::ios::binary);
  std::error_code error;
  if (!stream || fs::is_directory(path, error)) return nullptr;
  std::ostringstream text;
  text << stream.rdbuf();
  auto module = std::make_unique<Module>();
  module->file = {path, name, text.str(), in_standard_library};
  module->name = name;
  module->folder = fs::path(path).parent_path().string();
  module->scope.module = module.get();
  const size_t errors = diagnostics_.n_errors();
  module->tree = parse_spec(module->file, diagnostics_);
  module->readable = diagnostics_.n_errors() == errors;
  declare_items(module->tree.items, module->scope, diagnostics_);
  modules_.push_back(std::move(module));
  return modules_.back().get();
}

Module* Modules::load_spec(const std::string& path) {
  Module* module = read(path, "", false);
  if (!module) {
    const bool is_folder = fs::is_directory(path);
    diagnostics_.report(Kind::file_not_read, {}, fmt::format("cannot read the spec `{}`", path))
        .note(is_folder ? "this is a folder" : "no such file, or no right to read it")
        .fix("name a file that ends in `.stria`");
  }
  return module;
}

Module* Modules::standard(const std::string& name) {
  std::string file = name;
  std::replace(file.begin(), file.end(), '.', '/');
  Module* module = read((fs::path(standard_library_) / (file + ".stria")).string(), name, true);
  if (module) link(*module);
  return module;
}

Module* Modules::find(const std::vector<ast::Name>& path, const Module& from, Range range) {
  const std::string file = as_file(path);
  const std::string name = dotted(path);
  std::vector<std::string> tried{from.folder.empty() ? "." : from.folder};
  tried.insert(tried.end(), search_.begin(), search_.end());
  for (const auto& folder : tried)
    if (Module* module = read((fs::path(folder) / file).lexically_normal().string(), name, false))
      return module;
  if (Module* module = read((fs::path(standard_library_) / file).string(), name, true)) return module;

  const std::vector<std::string> known = modules_in(standard_library_);
  auto& report =
      diagnostics_.report(Kind::unknown_module, range, fmt::format("there is no file for `use {}`", name));
  report.mark("not found");
  std::string places;
  for (const auto& folder : tried)
    places += (places.empty() ? "" : ", ") + (fs::path(folder) / file).lexically_normal().string();
  report.note(fmt::format("looked for {}, then in the standard library", places));
  if (const auto close = nearest(name, known))
    report.fix(fmt::format("did you mean `{}`?", *close), {{range, *close}});
  return nullptr;
}

// The file of the standard library that declares a name.
std::optional<std::string> Modules::module_with(const std::string& name) {
  for (const auto& known : modules_in(standard_library_)) {
    const Module* library = standard(known);
    for (const auto& item : library ? library->tree.items : std::vector<ast::ItemPtr>{})
      for (const auto& declared : declared_names(*item))
        if (declared.text == name) return known;
  }
  return std::nullopt;
}

void Modules::use(Module& module, const ast::UseDecl& declaration, Range range) {
  if (declaration.path.empty()) return;
  const Range where = join(declaration.path.front().range, declaration.path.back().range);
  Module* used = find(declaration.path, module, where);
  if (!used) {
    // The names are known to come from somewhere: what uses them stays silent.
    if (declaration.names)
      for (const auto& name : *declaration.names)
        module.scope.entries[name.text].state[0] = Entry::State::done;
    return;
  }
  if (std::find(linking_.begin(), linking_.end(), used) != linking_.end()) {
    std::string circle;
    for (auto at = std::find(linking_.begin(), linking_.end(), used); at != linking_.end(); ++at)
      circle += (*at)->file.path + " -> ";
    diagnostics_.report(Kind::use_cycle, range, "these files use each other in a circle")
        .mark("closes the circle")
        .note(circle + used->file.path)
        .fix("move what both need into a third file");
    return;
  }
  link(*used);
  module.used.push_back(used);
  if (!declaration.names) {
    const ast::Name& name = declaration.as ? *declaration.as : declaration.path.back();
    Entry entry;
    entry.kind = Entry::Kind::module;
    entry.module = used;
    entry.declared = name.range;
    module.scope.entries[name.text] = entry;
    return;
  }
  for (const auto& name : *declaration.names) {
    const Entry* found = used->scope.find_here(name.text);
    const bool declared_there = found && (found->kind == Entry::Kind::item);
    Entry entry;
    if (declared_there) {
      entry = *found;
    } else {
      auto& report = diagnostics_.report(
          Kind::unknown_name, name.range,
          fmt::format("`{}` has nothing named `{}`", dotted(declaration.path), name.text));
      report.mark("not found there");
      if (const auto other = module_with(name.text))
        report.fix(fmt::format("`use {} ({})`", *other, name.text));
      else if (const auto close = nearest(name.text, names_in(used->scope)))
        report.fix(fmt::format("did you mean `{}`?", *close), {{name.range, *close}});
      entry.state[0] = entry.state[1] = Entry::State::done;
    }
    if (const Entry* earlier = module.scope.find_here(name.text); earlier && declared_there) {
      diagnostics_.report(Kind::name_taken, name.range, fmt::format("`{}` is declared twice", name.text))
          .mark("brought in here")
          .also(earlier->declared, "also declared here")
          .fix("rename the one in this file, or leave it out of the list");
      continue;
    }
    entry.declared = name.range;
    module.scope.entries[name.text] = entry;
  }
}

void Modules::link(Module& module) {
  if (std::find(linking_.begin(), linking_.end(), &module) != linking_.end()) return;
  if (module.linked) return;
  linking_.push_back(&module);
  for (const auto& item : module.tree.items)
    if (const auto* declaration = std::get_if<ast::UseDecl>(&item->node))
      use(module, *declaration, item->range);
  linking_.pop_back();
  module.linked = true;
}

const SourceFile& Modules::keep_text(std::string name, std::string text) {
  texts_.push_back(std::make_unique<SourceFile>(SourceFile{std::move(name), "", std::move(text), false}));
  return *texts_.back();
}

}  // namespace stria

#include "compiler/sema/compile.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "compiler/diagnostics/version.h"
#include "compiler/sema/dataset.h"
#include "compiler/syntax/parse.h"

namespace stria {

std::string default_standard_library(const std::string& program_path) {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::path program = fs::canonical(program_path, error);
  const fs::path installed = error ? fs::path() : program.parent_path() / STRIA_STDLIB_INSTALLED;
  if (!installed.empty() && fs::exists(installed / "stria", error))
    return installed.lexically_normal().string();
  return STRIA_STDLIB_DIR;
}

Compiler::Compiler(std::string spec_path, CompileOptions options, Diagnostics& diagnostics)
    : diagnostics_(diagnostics) {
  if (options.standard_library.empty()) options.standard_library = STRIA_STDLIB_DIR;
  modules_ = std::make_unique<Modules>(options.search, options.standard_library, diagnostics);
  spec_ = modules_->load_spec(spec_path);
  if (spec_) modules_->link(*spec_);
  elaborator_ = std::make_unique<Elaborator>(*modules_, diagnostics);
  read_overrides(options.overrides);
}

Compiler::~Compiler() = default;

void Compiler::read_overrides(const std::vector<std::string>& texts) {
  for (const auto& text : texts) {
    const SourceFile& file = modules_->keep_text("--set", text);
    const size_t equals = text.find('=');
    Amendment change;
    change.range = {&file, 0, static_cast<uint32_t>(text.size())};
    change.used = std::make_shared<bool>(false);
    change.scope = spec_ ? &spec_->scope : nullptr;
    if (equals == std::string::npos || equals == 0) {
      diagnostics_.report(Kind::override_unreadable, change.range, "`--set` takes NAME.ITEM=VALUE")
          .mark("no `=`")
          .fix("`--set Quickstart.seed=3`");
      continue;
    }
    change.raw_text = text.substr(equals + 1);
    uint32_t start = 0;
    for (uint32_t i = 0; i <= equals; ++i)
      if (i == equals || text[i] == '.') {
        change.path.push_back({text.substr(start, i - start), {&file, start, i}});
        start = i + 1;
      }
    // A text that is no expression may still be a path: it is judged where it is used.
    Diagnostics quiet;
    const auto parsed = parse_override(file, quiet);
    if (parsed && !quiet.has_errors()) change.value = parsed->value;
    if (change.path.size() < 2) {
      diagnostics_
          .report(Kind::override_unreadable, change.range, "`--set` names an entity and one of its items")
          .mark("only one name")
          .fix(fmt::format("`--set EXPERIMENT.{}`", text));
      continue;
    }
    elaborator_->overrides.push_back(std::move(change));
  }
}

// Experiments written in the spec, with what `--set` changes in them.
static Recipe recipe_of(const ast::Item& item, Module& module, const std::vector<Amendment>& overrides) {
  Recipe recipe;
  recipe.item = &item;
  recipe.home = &module.scope;
  recipe.called = true;
  recipe.text = recipe.name();
  for (const auto& change : overrides) {
    if (change.path.front().text != recipe.name()) continue;
    bool is_formal = false;
    for (const auto& formal : recipe.entity().formals)
      is_formal = is_formal || formal.name.text == change.path[1].text;
    if (is_formal) continue;
    Amendment inner = change;
    inner.path.erase(inner.path.begin());
    recipe.amendments.push_back(std::move(inner));
  }
  return recipe;
}

// ---------------------------------------------------------------- the data that models meet
namespace {

DimRef sized(const std::string& name, std::optional<int64_t> size) {
  return std::make_shared<const DimInfo>(DimInfo{name, size, {}});
}

Tensor stream(const DimRef& dim) {
  Tensor tensor;
  tensor.dims = {dim};
  tensor.has_batch = tensor.has_time = tensor.is_stream = true;
  return tensor;
}

}  // namespace

// The dims of the data, and the statistics that starts may use (par.3).
static void set_data(Elaborator& e, std::optional<int64_t> n_bands, std::optional<int64_t> n_units,
                     ir::Builder* init) {
  for (const auto& [name, size] : {std::pair{"F", n_bands},
                                   {"N", n_units},
                                   {"R", std::optional<int64_t>()},
                                   {"S", std::optional<int64_t>()}})
    e.data_dims[name] = sized(name, size);
  for (const char* statistic : {"train_min", "train_mean", "train_max"}) {
    Tensor tensor;
    tensor.dims = {e.data_dims["N"]};
    if (init)
      tensor.value = init->argument(ir::ArgumentKind::input, statistic,
                                    {ir::Element::real, {ir::dim(n_units.value_or(1))}});
    e.ports[statistic] = e.make(tensor, {});
  }
}

static ptrdiff_t n_inputs(const ast::Entity& model) {
  return std::count_if(model.items.begin(), model.items.end(), [](const ast::ItemPtr& item) {
    return std::holds_alternative<ast::InputDecl>(item->node);
  });
}

void Compiler::check() {
  if (!spec_) return;
  // A text that cannot be read whole would only bring messages caused by what is missing of it.
  for (const auto& module : modules_->all())
    if (!module->readable) return;
  for (const auto& module : modules_->all()) check_version(*module);
  set_data(*elaborator_, std::nullopt, std::nullopt, nullptr);
  for (size_t i = 0; i < modules_->all().size(); ++i) {
    Module& module = *modules_->all()[i];
    modules_->link(module);
    for (const auto& item : module.tree.items) elaborator_->check_definition(*item, module.scope);
  }
  for (size_t i = 0; i < modules_->all().size(); ++i) {
    Module& module = *modules_->all()[i];
    modules_->link(module);
    for (const auto& item : module.tree.items) elaborator_->check_generic(*item, module.scope);
  }
  for (const auto& item : spec_->tree.items) {
    const auto* entity = std::get_if<ast::Entity>(&item->node);
    if (!entity) continue;
    if (entity->kind == ast::EntityKind::experiment) {
      const auto resolved = resolve(recipe_of(*item, *spec_, elaborator_->overrides));
      Experiment ignored;
      if (resolved) members_of({resolved->recipe, entity->name.text, entity->name.range}, nullptr, ignored);
    }
    if (entity->kind == ast::EntityKind::model) {
      Recipe recipe;
      recipe.item = item.get();
      recipe.home = &spec_->scope;
      const bool complete =
          std::all_of(entity->formals.begin(), entity->formals.end(),
                      [](const ast::Formal& formal) { return formal.default_value != nullptr; });
      if (complete && n_inputs(*entity) < 2) check_model_alone(recipe, entity->name.range);
    }
  }
  check_unused_overrides();
}

void Compiler::check_version(const Module& module) {
  if (!module.tree.version || *module.tree.version == language_version) return;
  diagnostics_
      .report(Kind::other_language_version, module.tree.version_range,
              fmt::format("this spec is written for Stria {}, and this program reads {}",
                          *module.tree.version, language_version))
      .mark("another version of the language")
      .fix(fmt::format("`stria {}`, or a program of that version", language_version));
}

void Compiler::check_unused_overrides() {
  if (diagnostics_.has_errors()) return;
  for (const auto& change : elaborator_->overrides) {
    if (*change.used) continue;
    std::vector<std::string> names;
    for (const auto& [name, entry] : spec_->scope.entries) names.push_back(name);
    auto& message = diagnostics_.report(Kind::override_without_effect, change.range,
                                        fmt::format("`--set {}` changes nothing", text_of(change.range)));
    message.mark("no such item in this spec");
    if (const auto close = nearest(change.path[0].text, names); close && *close != change.path[0].text)
      message.fix(fmt::format("did you mean `{}`?", *close));
  }
}

std::vector<Experiment> Compiler::link(DataHost& host) {
  std::vector<Experiment> experiments;
  for (const auto& item : spec_->tree.items) {
    const auto* entity = std::get_if<ast::Entity>(&item->node);
    if (!entity) continue;
    if (entity->kind == ast::EntityKind::analysis)
      diagnostics_
          .report(Kind::not_run_yet, entity->name.range,
                  fmt::format("the analysis `{}` cannot be run yet", entity->name.text))
          .mark("checked only")
          .fix("move it to a file of its own, to be run later");
    if (entity->kind != ast::EntityKind::experiment) continue;
    for (const auto& part : entity->items)
      if (const auto* block = std::get_if<ast::Block>(&part->node))
        diagnostics_
            .report(Kind::not_run_yet, block->kind.range,
                    fmt::format("`{}` cannot be run yet", block->kind.text))
            .mark("checked only")
            .fix("leave it out: scores of every member are in results.json");
    const auto resolved = resolve(recipe_of(*item, *spec_, elaborator_->overrides));
    if (!resolved) continue;
    Experiment experiment;
    experiment.name = entity->name.text;
    members_of({resolved->recipe, entity->name.text, entity->name.range}, &host, experiment);
    experiments.push_back(std::move(experiment));
  }
  if (experiments.empty() && !diagnostics_.has_errors())
    diagnostics_.report(Kind::nothing_to_run, {}, fmt::format("`{}` has no experiment", spec_->file.path))
        .fix("`experiment E { data = ...  model = ...  protocol = ... }`");
  return experiments;
}

// ---------------------------------------------------------------- graphs
// The model's rate: [N], a stream. Nothing where that was reported.
std::optional<Tensor> Compiler::rate_of(const Recipe& model, const Tensor& stimulus, Range range) {
  Elaborator& e = *elaborator_;
  e.forget_parameters();
  if (const auto resolved = resolve(model); resolved && n_inputs(resolved->recipe.entity()) > 1) {
    e.report(Kind::unknown_argument, range,
             fmt::format("the model `{}` has {} inputs, and an experiment gives one: the stimulus",
                         model.name(), n_inputs(resolved->recipe.entity())))
        .mark("has inputs that nothing feeds")
        .also(resolved->recipe.entity().name.range, "declared here");
    return std::nullopt;
  }
  const Value result = e.apply_model(model, e.make(stimulus, range), range);
  if (result.is_unknown()) return std::nullopt;
  const Value* rate = &result;
  if (const auto* record = result.get<Record>()) {
    rate = nullptr;
    for (const auto& [name, value] : record->fields)
      if (name == "rate") rate = &value;
    if (!rate) {
      e.report(Kind::missing_item, model.entity().name.range,
               fmt::format("the model `{}` has several outputs and none is called `rate`", model.name()))
          .mark("which of them is compared with the response?")
          .fix("`output rate: stream [N] = ...`");
      return std::nullopt;
    }
  }
  const auto* tensor = rate->object<Tensor>();
  if (!tensor) return std::nullopt;
  if (!tensor->is_stream) {
    e.report(Kind::stream_wanted, model.entity().name.range,
             fmt::format("the output of `{}` has no time", model.name()))
        .mark("does not depend on the stimulus");
    return std::nullopt;
  }
  if (!tensor->unit.is_plain()) {
    e.report(Kind::unit_mismatch, model.entity().name.range,
             fmt::format("the output of `{}` is {}, the response is a plain number", model.name(),
                         tensor->unit.text()))
        .mark("has a unit")
        .fix("divide the output by a quantity of its unit");
    return std::nullopt;
  }
  if (e.session.graph && !tensor->value) {
    e.report(Kind::run_value, model.entity().name.range,
             fmt::format("the output of `{}` uses `train_min`, `train_mean` or `train_max`", model.name()))
        .mark("those are for the starts of parameters");
    return std::nullopt;
  }
  const Value named =
      e.take_dims(*tensor, {e.data_dims["N"]}, fmt::format("the output of `{}`", model.name()),
                  model.entity().name.range, model.entity().name.range);
  if (const auto* fitting = named.object<Tensor>()) return *fitting;
  return std::nullopt;
}

// units.5: a model that asks for dB gets dB. The numbers of the data are counted in their declared unit,
// those of the graph in base units; a plain input takes the numbers as they are.
std::optional<Number> Compiler::input_unit(const Recipe& model) {
  const auto resolved = resolve(model);
  if (!resolved) return std::nullopt;
  for (const auto& item : resolved->recipe.entity().items)
    if (const auto* input = std::get_if<ast::InputDecl>(&item->node)) {
      const auto meaning = elaborator_->meant(*input->type, *resolved->recipe.home);
      if (meaning && !meaning->type->unit.empty() && meaning->type->kind != ast::TypeExpr::Kind::unit)
        return elaborator_->unit_of(meaning->type->unit, *meaning->scope);
    }
  return std::nullopt;
}

void Compiler::check_model(const Recipe& model, const Recipe& protocol, std::optional<int64_t> n_bands,
                           std::optional<int64_t> n_units, Range range) {
  Elaborator& e = *elaborator_;
  set_data(e, n_bands, n_units, nullptr);
  Tensor stimulus = stream(e.data_dims["F"]);
  if (const auto unit = input_unit(model)) stimulus.unit = unit->dimension;
  const auto rate = rate_of(model, stimulus, range);
  if (!rate) return;
  Tensor response = stream(e.data_dims["N"]);
  response.present = 0;
  e.session.penalties = GraphSession::Penalties::counted;
  loss_of(protocol, *rate, response);
  e.session.penalties = GraphSession::Penalties::open;
}

// A model that no experiment of the file uses: with its defaults, F and N open.
void Compiler::check_model_alone(const Recipe& model, Range range) {
  Elaborator& e = *elaborator_;
  e.session = {};
  set_data(e, std::nullopt, std::nullopt, nullptr);
  e.forget_parameters();
  Tensor stimulus = stream(e.data_dims["F"]);
  if (const auto unit = input_unit(model)) stimulus.unit = unit->dimension;
  e.apply_model(model, e.make(stimulus, range), range);
}

std::shared_ptr<const ModelProgram> Compiler::build(const Recipe& model, const Recipe* protocol,
                                                    int64_t n_bands, int64_t n_units, const Rational& dt) {
  const std::lock_guard lock(mutex_);
  const std::string key = fmt::format("{} | {} | {} {} {}", model.text, protocol ? protocol->text : "",
                                      n_bands, n_units, dt.text());
  if (const auto known = models_.find(key); known != models_.end()) return known->second;
  auto program = std::make_shared<ModelProgram>();
  program->name = model.name();
  program->text = model.text;
  program->n_bands = n_bands;
  program->n_units = n_units;
  program->dt = dt.value();
  Elaborator& e = *elaborator_;
  e.begin_work();
  const size_t errors = diagnostics_.n_reported();
  const auto rules = protocol ? protocol_of(*protocol) : std::nullopt;
  e.dt = dt;
  e.host = nullptr;
  const Range range = model.origin.known() ? model.origin : model.entity().name.range;
  const std::vector<ir::Dim> bands{ir::batch_dim, ir::time_dim, ir::dim(n_bands)},
      units{ir::batch_dim, ir::time_dim, ir::dim(n_units)};
  const ir::Type mask{ir::Element::boolean, {ir::batch_dim, ir::time_dim}};
  try {
    const auto input = [&](ir::Builder& graph) {
      Tensor stimulus = stream(e.data_dims["F"]);
      stimulus.value = graph.argument(ir::ArgumentKind::input, "x", {ir::Element::real, bands});
      if (const auto unit = input_unit(model)) {
        stimulus.unit = unit->dimension;
        if (unit->value != 1)
          stimulus.value = graph.add(ir::Op::mul, {*stimulus.value, graph.constant(unit->value)}, {});
      }
      e.session.valid = graph.argument(ir::ArgumentKind::input, "valid", mask);
      return stimulus;
    };
    const auto target = [&](ir::Builder& graph, const std::vector<ir::Dim>& dims) {
      Tensor response = stream(e.data_dims["N"]);
      response.value = graph.argument(ir::ArgumentKind::input, "response", {ir::Element::real, dims});
      response.present = graph.argument(ir::ArgumentKind::input, "present", {ir::Element::boolean, dims});
      return response;
    };
    // Of given rates of so many units.
    const auto loss_alone = [&](const char* name, int64_t n) {
      ir::Builder graph(name);
      e.session = {};
      e.session.graph = &graph;
      e.session.penalties = GraphSession::Penalties::left_out;
      set_data(e, n_bands, n, nullptr);
      const std::vector<ir::Dim> dims{ir::batch_dim, ir::time_dim, ir::dim(n)};
      Tensor rate = stream(e.data_dims["N"]);
      rate.value = graph.argument(ir::ArgumentKind::input, "rate", {ir::Element::real, dims});
      const Value pooled = loss_of(*protocol, rate, target(graph, dims));
      if (pooled.is_unknown()) throw ErrorsReported{};
      graph.result("loss", *pooled.object<Tensor>()->value);
      return graph.finish();
    };
    {
      ir::Builder init("init"), predict("predict");
      e.session = {};
      e.session.graph = &predict;
      e.session.init = &init;
      e.session.parameters = &program->parameters;
      e.session.buffers = &program->buffers;
      e.session.arguments = &program->arguments;
      set_data(e, n_bands, n_units, &init);
      const auto rate = rate_of(model, input(predict), range);
      if (!rate || diagnostics_.n_reported() > errors) throw ErrorsReported{};
      program->reach_past = rate->reach.past >= Reach::endless ? -1 : rate->reach.past;
      program->reach_future = rate->reach.future;
      predict.result("rate", *rate->value);
      program->init = init.finish();
      program->predict = predict.finish();
      if (rules) tune(*program, *rules);
      if (diagnostics_.n_reported() > errors) throw ErrorsReported{};
    }
    if (protocol) {
      ir::Builder train("train");
      e.session = {};
      e.session.graph = &train;
      e.session.training = true;
      e.session.penalties = GraphSession::Penalties::counted;
      set_data(e, n_bands, n_units, nullptr);
      const auto rate = rate_of(model, input(train), range);
      if (!rate) throw ErrorsReported{};
      const Value loss = loss_of(*protocol, *rate, target(train, units));
      if (loss.is_unknown()) throw ErrorsReported{};
      train.result("loss", *loss.object<Tensor>()->value);
      for (const auto& [path, value] : e.session.buffer_updates) train.result("buffer:" + path, value);
      program->train = train.finish();

      program->loss = loss_alone("loss", n_units);
      if (rules && rules->stop.per_unit && n_units > 1) {
        separate_units(*program, *rules, *protocol);
        if (diagnostics_.n_reported() > errors) throw ErrorsReported{};
        program->unit_loss = loss_alone("unit_loss", 1);
      }
    }
  } catch (const ErrorsReported&) {
    e.session = {};
    return nullptr;
  }
  e.session = {};
  if (diagnostics_.n_reported() > errors) return nullptr;
  models_[key] = program;
  return program;
}

}  // namespace stria

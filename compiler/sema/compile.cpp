#include "compiler/sema/compile.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "compiler/diagnostics/version.h"
#include "compiler/sema/dataset.h"
#include "compiler/sema/words.h"
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

// Where one of the streams declares it.
std::optional<int64_t> size_of(const std::string& dim, const std::vector<DataStream>& streams) {
  for (const DataStream& each : streams)
    if (each.dim == dim && each.size) return each.size;
  return std::nullopt;
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
std::optional<Tensor> Compiler::rate_of(const Recipe& model, const std::vector<Tensor>& streams,
                                        Range range) {
  Elaborator& e = *elaborator_;
  e.forget_parameters();
  const auto inputs = inputs_of(model);
  std::vector<std::pair<std::string, Value>> given;
  for (size_t i = 0; i < streams.size(); ++i)
    given.emplace_back(i == 0 ? "" : inputs.at(i).name, e.make(streams[i], range));
  const Value result = e.apply_model(model, given, range);
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

// The stimulus, then the streams that the model takes (DataSizes::streams), on their dims. units.5: a model
// that asks for dB gets dB.
std::vector<Tensor> Compiler::streams_given(const Recipe& model, const std::vector<DataStream>& streams) {
  Elaborator& e = *elaborator_;
  std::map<std::string, DimRef> dims{{"F", e.data_dims["F"]}, {"N", e.data_dims["N"]}};
  std::vector<Tensor> given{stream(e.data_dims["F"])};
  for (const DataStream& each : streams) {
    DimRef& dim = dims[each.dim];
    if (!dim) dim = sized(each.dim, size_of(each.dim, streams));
    given.push_back(stream(dim));
    if (each.of_units) given.back().reach.units = 0;
  }
  const auto inputs = inputs_of(model);
  for (size_t i = 0; i < std::min(inputs.size(), given.size()); ++i)
    if (inputs[i].unit) given[i].unit = inputs[i].unit->dimension;
  return given;
}

// The same as arguments of a graph. The numbers of the data are counted in their declared unit, those of the
// graph in base units; a plain input takes the numbers as they are.
std::vector<Tensor> Compiler::streams_given(const Recipe& model, const ModelProgram& program,
                                            const std::vector<DataStream>& streams, ir::Builder& graph) {
  std::vector<Tensor> given = streams_given(model, streams);
  const auto inputs = inputs_of(model);
  for (size_t i = 0; i < given.size(); ++i) {
    const ir::Type type{ir::Element::real, {ir::batch_dim, ir::time_dim, ir::dim(program.inputs[i].size)}};
    given[i].value = graph.argument(ir::ArgumentKind::input, program.inputs[i].argument, type);
    if (i < inputs.size() && inputs[i].unit && inputs[i].unit->value != 1)
      given[i].value = graph.add(ir::Op::mul, {*given[i].value, graph.constant(inputs[i].unit->value)}, {});
  }
  const ir::Type mask{ir::Element::boolean, {ir::batch_dim, ir::time_dim}};
  elaborator_->session.valid = graph.argument(ir::ArgumentKind::input, "valid", mask);
  return given;
}

// What a unit does in a bin is what the model is to tell: from the bins before, not from itself.
void Compiler::warn_of_present(const Recipe& model, const std::vector<DataStream>& streams,
                               const Tensor& rate, Range range) {
  if (rate.reach.units < 0) return;
  std::vector<std::string> names;
  for (const DataStream& each : streams)
    if (each.of_units) names.push_back(each.name);
  elaborator_
      ->report(Kind::response_seen, range,
               fmt::format("the rate of `{}` sees `{}` of the bin that it is the rate of", model.name(),
                           listed(names, "` or `")))
      .mark("may be told its own answer")
      .note("what the units did stands in the bin in which they did it")
      .fix(fmt::format("`delay({}, 1)` is what they did before", names.front()));
}

void Compiler::check_model(const Recipe& model, const Recipe& protocol, std::optional<int64_t> n_bands,
                           std::optional<int64_t> n_units, const std::vector<DataStream>& streams,
                           Range range) {
  Elaborator& e = *elaborator_;
  set_data(e, n_bands, n_units, nullptr);
  const auto rate = rate_of(model, streams_given(model, streams), range);
  if (!rate) return;
  warn_of_present(model, streams, *rate, range);
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
  e.apply_model(model, {{"", e.make(streams_given(model, {}).front(), range)}}, range);
}

std::shared_ptr<const ModelProgram> Compiler::build(const Recipe& model, const Recipe* protocol,
                                                    const DataSizes& sizes, const Rational& dt) {
  const std::lock_guard lock(mutex_);
  const int64_t n_bands = sizes.n_bands, n_units = sizes.n_units;
  std::string key = fmt::format("{} | {} | {} {} {}", model.text, protocol ? protocol->text : "", n_bands,
                                n_units, dt.text());
  for (const DataStream& each : sizes.streams)
    key += fmt::format(" | {} {} {}", each.name, each.dim, each.size.value_or(0));
  if (const auto known = models_.find(key); known != models_.end()) return known->second;
  auto program = std::make_shared<ModelProgram>();
  program->name = model.name();
  program->text = model.text;
  program->inputs = {{stimulus_argument, n_bands}};
  for (const DataStream& each : sizes.streams)
    program->inputs.push_back({stream_argument(each.name), each.of_units ? n_units : each.size.value()});
  program->n_units = n_units;
  program->dt = dt.value();
  Elaborator& e = *elaborator_;
  e.begin_work();
  const size_t errors = diagnostics_.n_reported();
  const auto rules = protocol ? protocol_of(*protocol) : std::nullopt;
  e.dt = dt;
  e.host = nullptr;
  const Range range = model.origin.known() ? model.origin : model.entity().name.range;
  const std::vector<ir::Dim> units{ir::batch_dim, ir::time_dim, ir::dim(n_units)};
  const auto given = [&](ir::Builder& graph) { return streams_given(model, *program, sizes.streams, graph); };
  try {
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
      const auto rate = rate_of(model, given(predict), range);
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
      const auto rate = rate_of(model, given(train), range);
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

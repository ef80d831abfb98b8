// stria explain: what a message kind means, and what a spec means: defaults filled in, shapes, parameters,
// reach, work.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "compiler/syntax/parse.h"
#include "runtime/cli/command.h"
#include "runtime/cli/explain_model.h"
#include "runtime/cli/explain_plan.h"
#include "runtime/cli/memory_option.h"

namespace stria::cli {

namespace {

struct ExplainOptions {
  std::string subject, model;
  std::vector<std::string> assumptions;  // "N=1"
  std::string emit = "summary";
  std::vector<std::string> skip;  // passes
  bool json = false;
  MemoryOption memory;
  SpecOptions spec;

  std::set<std::string> skipped() const { return {skip.begin(), skip.end()}; }
  bool shows_plan() const { return emit == "plan" || emit == "kernels" || emit == "summary"; }
};

int explain_code(const KindInfo& kind) {
  fmt::print("{}: {}\n", kind.code, kind.title);
  for (const auto& [word, text] : {std::pair{"wrong", kind.wrong}, {"right", kind.right}}) {
    if (text.empty()) continue;
    fmt::print("\n{}:\n", word);
    for (size_t start = 0; start < text.size();) {
      const size_t end = std::min(text.find('\n', start), text.size());
      fmt::print("    {}\n", text.substr(start, end - start));
      start = end + 1;
    }
  }
  return exit_done;
}

// "E0301", "w12": no spec is called that.
bool looks_like_code(const std::string& text) {
  const bool letter = !text.empty() && std::string("EWew").find(text[0]) != std::string::npos;
  return letter && text.size() > 1 && text.find_first_not_of("0123456789", 1) == std::string::npos;
}

// Sizes that `--assume N=1` gives: of F, N, and streams that a model takes.
std::optional<std::map<std::string, int64_t>> assumed(const std::vector<std::string>& texts) {
  std::map<std::string, int64_t> sizes;
  for (const auto& text : texts) {
    const size_t equals = text.find('=');
    const std::string name = text.substr(0, equals);
    char* end = nullptr;
    const int64_t size = equals == std::string::npos ? 0 : std::strtoll(text.c_str() + equals + 1, &end, 10);
    if (name.empty() || size < 1 || !end || *end != '\0') {
      fmt::print(stderr, "`--assume` takes N=SIZE or F=SIZE, both at least 1; `{}` is not such\n", text);
      return std::nullopt;
    }
    sizes[name] = size;
  }
  return sizes;
}

// The first name that is no size of these models: F, N, or a stream that one takes beside the stimulus.
std::optional<std::string> unknown_size(const std::map<std::string, int64_t>& sizes,
                                        const std::vector<Compiler::Outline>& plans) {
  std::set<std::string> known{"F", "N"};
  for (const Compiler::Outline& plan : plans)
    for (const DataStream& stream : plan.streams)
      if (!stream.of_units && stream.dim != "F") known.insert(stream.name);
  for (const auto& [name, size] : sizes)
    if (!known.contains(name)) return name;
  return std::nullopt;
}

// The compiler and what was asked of it, with what has been shown so far.
class Explanation {
 public:
  Explanation(Compiler& compiler, const ExplainOptions& options, const std::map<std::string, int64_t>& sizes)
      : compiler_(compiler), options_(options), sizes_(sizes) {}

  // False where the spec turned out to be wrong.
  bool add(const Compiler::Outline& plan) {
    if (!options_.model.empty() && options_.model != plan.label) return true;
    const int64_t bands = sizes_.contains("F") ? sizes_.at("F") : plan.n_bands.value_or(0);
    if (!plan.dt) {
      fmt::print(stderr, "{}: the step is known only from the data\n", plan.label);
      return true;
    }
    if (const std::string open = open_size(plan, bands); !open.empty()) {
      fmt::print(stderr, "{}: {} is known only from the data; say it with `--assume {}=SIZE`\n", plan.label,
                 open == "F" ? open : "the size of `" + open + "`", open);
      return true;
    }
    const auto program = build(plan, bands, n_units());
    if (!program) return false;
    if (!shown_.insert(plan.label + program->text).second) return true;
    if (options_.emit == "graph")
      fmt::print("{}\n", ir::print(program->predict));
    else if (options_.emit == "dot")
      fmt::print("{}", ir::dot(program->predict));
    else if (options_.emit == "plan" || options_.emit == "kernels")
      show_plan(plan, *program);
    else
      summarise(plan, *program);
    return true;
  }

  Json json() const { return {{"data", data_}, {"models", models_}, {"protocols", protocols_}}; }
  bool is_empty() const { return shown_.empty(); }

 private:
  int64_t n_units() const { return sizes_.contains("N") ? sizes_.at("N") : 1; }

  std::shared_ptr<const ModelProgram> build(const Compiler::Outline& plan, int64_t bands, int64_t units) {
    DataSizes sizes{bands, units, plan.streams};
    for (DataStream& stream : sizes.streams) stream.size = size_of(stream, bands);
    return compiler_.build(*plan.model, plan.protocol.get(), sizes, *plan.dt);
  }

  // Nothing where only the data tell it.
  std::optional<int64_t> size_of(const DataStream& stream, int64_t bands) const {
    if (sizes_.contains(stream.name)) return sizes_.at(stream.name);
    return stream.dim == "F" ? bands : stream.size;
  }
  // The first size that is open; empty where none is.
  std::string open_size(const Compiler::Outline& plan, int64_t bands) const {
    if (bands == 0) return "F";
    for (const DataStream& stream : plan.streams)
      if (!stream.of_units && !size_of(stream, bands)) return stream.name;
    return "";
  }

  // What runs: the training step, with derivatives.
  void show_plan(const Compiler::Outline& plan, const ModelProgram& program) {
    const ExplainedPlan explained = explain_plan(program, plan.rules, options_.skipped());
    const bool kernels = options_.emit == "kernels";
    fmt::print("{}model {} = {}, F = {}, N = {}, batches of {}\n", kernels ? "# " : "", plan.label,
               program.text, program.n_bands(), program.n_units, plan.rules.batch);
    fmt::print("{}\n", kernels ? assembly_of(explained.plan) : text_of(explained.plan));
  }

  void summarise(const Compiler::Outline& plan, const ModelProgram& program) {
    ExplainedModel model{plan.label, program, std::nullopt, std::nullopt, std::nullopt};
    if (!sizes_.contains("N")) add_formulas(plan, program, model);
    const bool new_data = shown_.insert("data " + plan.data).second;
    const bool new_protocol = shown_.insert("protocol " + plan.rules.text).second;
    const ExplainedPlan explained = explain_plan(program, plan.rules, options_.skipped());
    if (!plan.rules.ridge)
      model.memory = explain_memory(program, explained.plan, plan.rules.batch, options_.memory.bytes);
    if (options_.json) {
      if (new_data) data_.push_back(json_of(plan.data, plan.data_arguments));
      models_.push_back(json_of(model));
      add_to(models_.back(), explained);
      if (new_protocol) protocols_.push_back(json_of(plan.rules.text, plan.rules.arguments));
      return;
    }
    if (new_data) fmt::print("{}", text_of("data", plan.data, plan.data_arguments));
    fmt::print("{}", text_of(model));
    if (new_protocol) fmt::print("{}", text_of("protocol", plan.rules.text, plan.rules.arguments));
  }

  void add_formulas(const Compiler::Outline& plan, const ModelProgram& program, ExplainedModel& model) {
    std::vector<int64_t> parameters, flops;
    for (int64_t units = 1; units <= 4; ++units) {
      const auto at = build(plan, program.n_bands(), units);
      if (!at) return;
      parameters.push_back(at->parameter_count());
      flops.push_back(std::llround(ir::flops(at->predict).per_bin));
    }
    model.parameters = in_units(parameters);
    model.flops = in_units(flops);
  }

  Compiler& compiler_;
  const ExplainOptions& options_;
  const std::map<std::string, int64_t>& sizes_;
  std::set<std::string> shown_;
  Json data_ = Json::array(), models_ = Json::array(), protocols_ = Json::array();
};

// What is wrong with a word after `--emit`; empty where nothing is.
std::string unknown_form(const std::string& form) {
  for (const char* known : {"summary", "ast", "graph", "dot", "plan", "kernels"})
    if (form == known) return "";
  return fmt::format("`{}` is not one of summary, ast, graph, dot, plan, kernels", form);
}

// Why there was nothing to show.
int nothing_shown(const ExplainOptions& options, const Compiler& compiler) {
  std::vector<std::string> models;
  for (const auto& plan : compiler.outline())
    if (std::find(models.begin(), models.end(), plan.label) == models.end()) models.push_back(plan.label);
  if (models.empty())
    fmt::print(stderr, "`{}` has no experiment: a model is explained with the data and protocol of one\n",
               options.subject);
  else if (!options.model.empty() && std::find(models.begin(), models.end(), options.model) == models.end())
    fmt::print(stderr, "the experiments of `{}` have no model `{}`; they have: {}\n", options.subject,
               options.model, fmt::join(models, ", "));
  return exit_wrong_input;
}

int explain_spec(const ExplainOptions& options) {
  const auto sizes = assumed(options.assumptions);
  if (!sizes) return exit_bad_command;
  if (options.json && options.emit != "summary") {
    fmt::print(stderr, "`--json` is for the summary, `--emit {}` has a form of its own\n", options.emit);
    return exit_bad_command;
  }
  if (!options.skip.empty() && !options.shows_plan()) {
    fmt::print(stderr, "`--skip-pass` changes what the summary, `--emit plan` and `--emit kernels` show\n");
    return exit_bad_command;
  }
  if (options.memory.given && options.emit != "summary") {
    fmt::print(stderr, "`--memory` changes what the summary says, with `--json` or without\n");
    return exit_bad_command;
  }
  if (const std::string reason = passes::unknown_pass(options.skipped()); !reason.empty()) {
    fmt::print(stderr, "{}\n", reason);
    return exit_bad_command;
  }
  Diagnostics diagnostics;
  Compiler compiler(options.subject, compile_options(options.spec), diagnostics);
  compiler.check();
  if (diagnostics.has_errors()) return wrong_input(diagnostics);
  if (options.emit == "ast") {
    fmt::print("{}", dump(compiler.spec()->tree));
    return exit_done;
  }
  if (const auto unknown = unknown_size(*sizes, compiler.outline())) {
    fmt::print(stderr,
               "`--assume` takes N=SIZE, F=SIZE, or the size of a stream that a model takes beside the "
               "stimulus; `{}` is none\n",
               *unknown);
    return exit_bad_command;
  }
  Explanation explanation(compiler, options, *sizes);
  for (const auto& plan : std::vector(compiler.outline()))
    if (!explanation.add(plan)) break;
  if (diagnostics.has_errors()) return wrong_input(diagnostics);
  if (explanation.is_empty()) return nothing_shown(options, compiler);
  if (options.json)
    fmt::print("{}\n", explanation.json().dump(2));
  else if (!sizes->contains("N") && options.emit == "summary")
    fmt::print("N is open before data are read: shown for one unit (`--assume N=SIZE`)\n");
  return exit_done;
}

}  // namespace

void add_explain(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand(
      "explain", "what a spec means: parameters, reach, work; or what a message code means");
  auto options = std::make_shared<ExplainOptions>();
  command->add_option("subject", options->subject, "a spec file, or a message code such as E0301")
      ->required();
  command->add_option("--assume", options->assumptions, "a size that only data tell: N=1, F=34")
      ->expected(1)
      ->take_all();
  command->add_option("--model", options->model, "this model alone");
  command
      ->add_option("--emit", options->emit,
                   "summary, ast (the tree of the text), graph (what predicts), dot (it, for Graphviz), plan "
                   "(the steps of training) or kernels (their assembly)")
      ->check(CLI::Validator(unknown_form, "", "form"));
  command->add_option("--skip-pass", options->skip, "plan without this pass, as often as needed")
      ->expected(1)
      ->take_all();
  add_memory_option(*command, options->memory);
  command->add_flag("--json", options->json, "the summary, for programs: with the passes and the steps");
  add_spec_options(*command, options->spec);
  command->callback([options, &action] {
    action = [options]() -> int {
      if (const auto* kind = find_kind(options->subject)) return explain_code(*kind);
      if (looks_like_code(options->subject)) {
        fmt::print(stderr, "no message has the code `{}`\n", options->subject);
        return exit_wrong_input;
      }
      return explain_spec(*options);
    };
  });
}

}  // namespace stria::cli

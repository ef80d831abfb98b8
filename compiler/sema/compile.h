// From a spec file to checked experiments: the compiler's front door.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "compiler/sema/elaborator.h"
#include "compiler/sema/program.h"

namespace stria {

struct CompileOptions {
  std::vector<std::string> search;     // folders of `--path`
  std::string standard_library;        // folder that holds stria/; empty: the one that was built in
  std::vector<std::string> overrides;  // texts after `--set`
};

std::string default_standard_library(const std::string& program_path);

class LinkedDataset;

// The value of a setting as the text gives it, after `with` and `--set`.
Range setting_range(Body& body, const std::string& name);

class Compiler {
 public:
  Compiler(std::string spec_path, CompileOptions options, Diagnostics& diagnostics);
  ~Compiler();

  // Parses and checks the spec and all it uses; reads no data.
  void check();

  // After check without errors: experiments with their members, inventories read through the host. Members'
  // models are made when they are asked for (Member::specialise). The compiler and the host must outlive
  // them.
  std::vector<Experiment> link(DataHost& host);

  // What check() found of each experiment's members, without data: for `explain`.
  struct Outline {
    std::string label;  // of the model
    std::shared_ptr<const Recipe> model, protocol;
    Protocol rules;
    std::string data;  // canonical text of the dataset
    std::vector<ArgumentInfo> data_arguments;
    std::optional<int64_t> n_bands;   // where the dataset promises it
    std::vector<DataStream> streams;  // that the model takes beside the stimulus
    std::optional<Rational> dt;
  };
  const std::vector<Outline>& outline() const { return outline_; }

  const std::vector<std::unique_ptr<Module>>& modules() const { return modules_->all(); }
  const Module* spec() const { return spec_; }
  Elaborator& elaborator() { return *elaborator_; }

  // A model at given sizes, outside any experiment (`explain --assume N=1`). null where there are errors.
  std::shared_ptr<const ModelProgram> build(const Recipe& model, const Recipe* protocol,
                                            const DataSizes& sizes, const Rational& dt);

 private:
  friend class LinkedDataset;
  void read_overrides(const std::vector<std::string>& texts);
  void check_unused_overrides();
  void check_model(const Recipe& model, const Recipe& protocol, std::optional<int64_t> n_bands,
                   std::optional<int64_t> n_units, const std::vector<DataStream>& streams, Range range);
  void check_model_alone(const Recipe& model, Range range);
  std::optional<Tensor> rate_of(const Recipe& model, const std::vector<Tensor>& streams, Range range);
  std::vector<Tensor> streams_given(const Recipe& model, const std::vector<DataStream>& streams);
  std::vector<Tensor> streams_given(const Recipe& model, const ModelProgram& program,
                                    const std::vector<DataStream>& streams, ir::Builder& graph);
  void warn_of_present(const Recipe& model, const std::vector<DataStream>& streams, const Tensor& rate,
                       Range range);

  // data_streams.cpp
  struct DeclaredInput {  // of a model
    std::string name;
    Range range;
    std::optional<Number> unit;
  };
  std::vector<DeclaredInput> inputs_of(const Recipe& model);
  bool fits_unit(const Recipe& model, const DeclaredInput& input, const LinkedDataset& data,
                 const std::string& stream, const Number& given, Range range);
  void check_sizes(const std::vector<DataStream>& before, const DataStream& stream, const LinkedDataset& data,
                   Range range);
  void report_no_stream(const Recipe& model, const DeclaredInput& input, LinkedDataset& data, Range range);
  // The dataset's streams that the model takes beside the stimulus; nothing where one is not there or does
  // not fit, which is reported.
  std::optional<std::vector<DataStream>> streams_of(const Recipe& model, LinkedDataset& data, Range range);

  // experiments.cpp
  struct Resolved {  // an entity behind `E = X with {...}`, with all changes
    Recipe recipe;
    std::string name;
    Range range;
  };
  std::optional<Resolved> resolve(const Recipe& recipe);
  Body* open_body(const Resolved& entity);
  struct Swept {
    std::string axis, label;
    std::vector<std::pair<std::string, Value>> values;
  };
  void check_version(const Module& module);
  const Recipe* recipe_of_setting(const Resolved& experiment, Body& body, const std::string& name,
                                  const Value& value, ast::EntityKind kind);
  void report_missing_settings(const Resolved& experiment, Body& body);
  bool check_units(Body& body, const LinkedDataset& data, std::vector<size_t>& units);
  void members_of(const Resolved& experiment, DataHost* host, Experiment& out);
  void sweep(const Resolved& experiment, const std::vector<const ast::SweepDecl*>& sweeps,
             std::vector<Swept>& chosen, DataHost* host, Experiment& out);
  void add_member(const Resolved& experiment, const std::vector<Swept>& chosen, DataHost* host,
                  Experiment& out);
  Body* member_body(const Resolved& experiment, const std::vector<Swept>& chosen, DataHost* host);
  static std::string label_of(const Value& value, size_t place, const Value& domain);
  void check_member_model(const Value& model, const Value& protocol, const LinkedDataset& data,
                          const std::vector<DataStream>& streams, std::optional<int64_t> n_units,
                          Range range);

  // protocol.cpp
  std::optional<Protocol> protocol_of(const Recipe& recipe);
  std::vector<ArgumentInfo> settings_of(Body& body, const Recipe& protocol);
  Value loss_of(const Recipe& protocol, const Tensor& rate, const Tensor& response);

  // tune.cpp
  void tune(ModelProgram& program, const Protocol& rules);
  std::vector<StartRule> starts_of(Body& body);

  // separate_units.cpp
  void separate_units(ModelProgram& program, const Protocol& rules, const Recipe& protocol);

  // dataset.cpp
  std::shared_ptr<LinkedDataset> dataset_of(const Recipe& recipe, DataHost* host);

  Diagnostics& diagnostics_;
  std::unique_ptr<Modules> modules_;
  std::unique_ptr<Elaborator> elaborator_;
  Module* spec_ = nullptr;
  std::map<std::string, std::shared_ptr<LinkedDataset>> datasets_;
  std::map<std::string, std::shared_ptr<const ModelProgram>> models_;
  std::mutex mutex_;  // members may ask for their models from several threads
  std::set<std::string> checked_;
  std::vector<Outline> outline_;
};

}  // namespace stria

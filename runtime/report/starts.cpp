#include "runtime/report/starts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>

#include "compiler/sema/value.h"
#include "runtime/data/safetensors.h"
#include "runtime/report/files.h"

namespace stria::report {
namespace fs = std::filesystem;
namespace {

[[noreturn]] void refuse(const StartRule& rule, const std::string& why, const std::string& fix) {
  DataError error(why, fix);
  error.where = rule.place;
  throw error;
}

std::string sizes_text(const std::vector<int64_t>& sizes) {
  return fmt::format("[{}]", fmt::join(sizes, ", "));
}

// The members of a run that have weights.
std::vector<std::string> members_of(const fs::path& weights) {
  std::vector<std::string> names;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(weights, none)) {
    if (entry.path().extension() == ".safetensors") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

fs::path file_of(const StartRule& rule, const Member& member) {
  const fs::path weights = fs::path(rule.folder) / "weights";
  const std::vector<std::string> names = members_of(weights);
  if (names.empty())
    refuse(rule, fmt::format("{} holds no weights of a finished run", rule.folder),
           "name the folder that `stria run` wrote (its -o), relative to this spec");
  const std::string wanted = file_name(rule.member.empty() ? member.name : rule.member);
  if (std::find(names.begin(), names.end(), wanted) != names.end())
    return weights / (wanted + ".safetensors");
  if (rule.member.empty() && names.size() == 1) return weights / (names[0] + ".safetensors");
  refuse(rule, fmt::format("the run in {} has no member `{}`", rule.folder, wanted),
         fmt::format("name one with `member = \"...\"`; there are: {}", fmt::join(names, ", ")));
}

// One run's arrays by name.
class File {
 public:
  File(const StartRule& rule, fs::path path)
      : rule_(rule), path_(std::move(path)), file_(data::read_safetensors(path_.string())) {}

  // The array as it was trained: "NAME.trained" where absorption changed it, "NAME.raw" where it has bounds.
  std::vector<float> numbers(const std::string& name, const std::vector<int64_t>& sizes) const {
    for (const char* ending : {".trained", ".raw", ""}) {
      const data::SafeTensor* found = find(name + ending);
      if (found == nullptr) continue;
      if (found->shape != sizes)
        refuse(rule_,
               fmt::format("`{}` is {} in {}, and {} in this model", name, sizes_text(found->shape),
                           path_.string(), sizes_text(sizes)),
               "take a path below which sizes agree, as `path = \"core\"`");
      return found->values;
    }
    refuse(rule_, fmt::format("{} has no `{}`", path_.string(), name),
           "start from a run of a model that has the same parts, or name a path that both have");
  }

 private:
  const data::SafeTensor* find(const std::string& name) const {
    for (const data::SafeTensor& tensor : file_.tensors)
      if (tensor.name == name) return &tensor;
    return nullptr;
  }

  const StartRule& rule_;
  fs::path path_;
  data::SafeTensors file_;
};

std::vector<int64_t> sizes_of(const ParameterInfo& parameter) {
  std::vector<int64_t> sizes = parameter.sizes;
  if (parameter.is_complex) sizes.push_back(2);
  return sizes;
}

void take(const StartRule& rule, const File& file, const ModelProgram& program, train::Weights& weights) {
  bool found = false;
  for (size_t i = 0; i < program.parameters.size(); ++i) {
    const ParameterInfo& parameter = program.parameters[i];
    if (!is_below(parameter.path, rule.path)) continue;
    found = true;
    if (weights.parameters[i].empty())
      weights.parameters[i] = file.numbers(parameter.path, sizes_of(parameter));
  }
  for (size_t i = 0; i < program.buffers.size(); ++i) {
    const BufferInfo& buffer = program.buffers[i];
    if (is_below(buffer.path, rule.path) && weights.buffers[i].empty())
      weights.buffers[i] = file.numbers(buffer.path, buffer.sizes);
  }
  if (!found)
    refuse(rule, fmt::format("no parameter of `{}` is called `{}` or lies below it", program.text, rule.path),
           "`stria explain` lists the parameters' paths");
}

}  // namespace

LoadedStart load_start(const Member& member, const ModelProgram& program) {
  LoadedStart start;
  start.weights.parameters.resize(program.parameters.size());
  start.weights.buffers.resize(program.buffers.size());
  for (const StartRule& rule : member.start) {
    const fs::path path = file_of(rule, member);
    take(rule, File(rule, path), program, start.weights);
    start.files.push_back({path.string(), rule.path, sha256(read_file(path))});
  }
  return start;
}

}  // namespace stria::report

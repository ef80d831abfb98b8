#include "runtime/report/member_files.h"

#include <cmath>
#include <limits>

#include "runtime/data/npz.h"
#include "runtime/data/safetensors.h"
#include "runtime/report/files.h"

namespace stria::report {
namespace fs = std::filesystem;
namespace {

double softplus(double x) { return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x)); }

std::vector<int64_t> real_shape(const ParameterInfo& parameter) {
  std::vector<int64_t> shape = parameter.sizes;
  if (parameter.is_complex) shape.push_back(2);
  return shape;
}

}  // namespace

double bounded_value(const Bounds& bounds, double theta) {
  switch (bounds.kind) {
    case Bounds::Kind::none:
      return theta;
    case Bounds::Kind::above:
      return bounds.low + softplus(theta);
    case Bounds::Kind::below:
      return bounds.high - softplus(theta);
    case Bounds::Kind::between:
      return bounds.low + (bounds.high - bounds.low) / (1 + std::exp(-theta));
  }
  return theta;
}

void write_weights(const fs::path& path, const ModelProgram& program, const train::Weights& trained,
                   const train::Weights& absorbed) {
  data::SafeTensors file;
  const auto add = [&](const std::string& name, std::vector<int64_t> shape, std::vector<float> values) {
    file.tensors.push_back({name, std::move(shape), std::move(values)});
  };
  for (size_t i = 0; i < program.parameters.size(); ++i) {
    const ParameterInfo& parameter = program.parameters[i];
    std::vector<float> values = absorbed.parameters[i];
    for (float& value : values) value = static_cast<float>(bounded_value(parameter.bounds, value));
    add(parameter.path, real_shape(parameter), std::move(values));
    if (parameter.bounds.kind != Bounds::Kind::none)
      add(parameter.path + ".raw", real_shape(parameter), trained.parameters[i]);
    else if (trained.parameters[i] != absorbed.parameters[i])
      add(parameter.path + ".trained", real_shape(parameter), trained.parameters[i]);
  }
  for (size_t i = 0; i < program.buffers.size(); ++i) {
    const BufferInfo& buffer = program.buffers[i];
    add(buffer.path, buffer.sizes, absorbed.buffers[i]);
    if (trained.buffers[i] != absorbed.buffers[i])
      add(buffer.path + ".trained", buffer.sizes, trained.buffers[i]);
  }
  file.metadata["model"] = program.text;
  make_folder_of(path);
  data::write_safetensors(path.string(), file);
}

void write_predictions(const fs::path& path, const PlannedMember& planned,
                       const std::vector<std::vector<float>>& predictions) {
  const data::PreparedData& data = *planned.data;
  std::vector<float> prediction;
  std::vector<float> response;
  std::vector<int64_t> stimulus;
  std::vector<std::string> stimulus_ids;
  for (size_t i = 0; i < planned.split.test.size(); ++i) {
    const data::Clip& clip = data.clips[planned.split.test[i]];
    prediction.insert(prediction.end(), predictions[i].begin(), predictions[i].end());
    for (size_t entry = 0; entry < clip.response.size(); ++entry)
      response.push_back(clip.present[entry] ? clip.response[entry]
                                             : std::numeric_limits<float>::quiet_NaN());
    stimulus.insert(stimulus.end(), static_cast<size_t>(clip.n_bins), static_cast<int64_t>(i));
    stimulus_ids.push_back(clip.stimulus);
  }
  const std::vector<int64_t> shape = {static_cast<int64_t>(stimulus.size()), data.n_units};
  make_folder_of(path);
  data::write_npz(path.string(),
                  {data::npy("prediction", shape, prediction), data::npy("response", shape, response),
                   data::npy("stimulus", {shape[0]}, stimulus), data::npy("stimulus_ids", stimulus_ids),
                   data::npy("unit_ids", data.units)});
}

void write_attachment(const fs::path& folder, const data::Attachment& attachment) {
  make_folder_of(folder / attachment.name);
  data::write_npz(folder.string(), attachment);
}

}  // namespace stria::report

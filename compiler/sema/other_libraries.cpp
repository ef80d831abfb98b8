#include "compiler/sema/other_libraries.h"

#include <algorithm>
#include <array>

#include "compiler/diagnostics/diagnostic.h"

namespace stria {

namespace {

struct OtherName {
  std::string_view theirs, ours;
};

constexpr std::array<OtherName, 25> other_names = {{{"axis", "over"},
                                                    {"axes", "over"},
                                                    {"dim", "over"},
                                                    {"learning_rate", "lr"},
                                                    {"step_size", "lr"},
                                                    {"epochs", "max_epochs"},
                                                    {"n_epochs", "max_epochs"},
                                                    {"num_epochs", "max_epochs"},
                                                    {"random_state", "seed"},
                                                    {"batch_size", "batch"},
                                                    {"hidden", "H"},
                                                    {"hidden_size", "H"},
                                                    {"units", "H"},
                                                    {"size", "H"},
                                                    {"units", "out"},
                                                    {"size", "out"},
                                                    {"out_features", "out"},
                                                    {"use_bias", "bias"},
                                                    {"filters", "channels"},
                                                    {"out_channels", "channels"},
                                                    {"kernel_size", "kernel"},
                                                    {"strides", "stride"},
                                                    {"padding", "pad"},
                                                    {"std", "deviation"},
                                                    {"sigma", "deviation"}}};

}  // namespace

std::optional<std::string> named_like(std::string_view label, const std::vector<std::string>& names) {
  for (const auto& [theirs, ours] : other_names)
    if (theirs == label && std::find(names.begin(), names.end(), ours) != names.end())
      return std::string(ours);
  return nearest(label, names);
}

}  // namespace stria

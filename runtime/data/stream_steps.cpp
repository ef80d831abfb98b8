// Steps on stimuli: log_compress, and the fitted ones, zscore and minmax (data.8).
#include <fmt/format.h>

#include "runtime/data/native.h"
#include "runtime/data/objects.h"
#include "runtime/random/portable_math.h"

namespace stria::data {

namespace {

std::string_view name_of(FittedStep::Kind kind) {
  return kind == FittedStep::Kind::zscore ? "zscore" : "minmax";
}

std::shared_ptr<const Stream> stream_argument(const NativeArguments& arguments) {
  if (const auto* pointer = arguments.value("x").get<DataPointer>())
    if (std::dynamic_pointer_cast<const BinnedTrials>(*pointer))
      throw DataError(fmt::format("`{}` works on stimuli, not yet on trials", arguments.function()),
                      "leave the trials as counts");
  return arguments.data<Stream>("x", "a stimulus, as `cochleagram` gives");
}

// ln(x + offset)
Value log_compress(const NativeArguments& arguments) {
  const auto stream = stream_argument(arguments);
  const double offset = arguments.real("offset");
  if (!stream->fitted.empty())
    throw DataError(
        fmt::format("`log_compress` comes after `{}`, whose numbers are fitted once the split is known",
                    name_of(stream->fitted.back().kind)),
        "put `zscore` and `minmax` last");
  auto result = std::make_shared<Stream>(*stream);
  for (size_t i = 0; i < result->frames.size(); ++i) {
    const double shifted = result->frames[i] + offset;
    if (!(shifted > 0))
      throw DataError(
          fmt::format("the logarithm of {:g} + {:g} in bin {} of `{}` does not exist", result->frames[i],
                      offset, i / static_cast<size_t>(stream->n_bands), stream->source),
          "give an `offset` above 0, as 1e-6");
    result->frames[i] = random::portable_log(shifted);
  }
  return make_data(result);
}

bool one_pair_per_band(const NativeArguments& arguments) {
  if (!arguments.given("per")) return false;
  const std::string per = text(arguments.value("per"));
  if (per != "F" && per != "\"F\"")
    throw DataError(
        fmt::format("`per = {}` of `{}` is not there", per, arguments.function()),
        "leave it out for one pair of numbers over all bands, or say `per = \"F\"` for a pair for each band");
  return true;
}

Value fitted_step(const NativeArguments& arguments, FittedStep::Kind kind) {
  auto result = std::make_shared<Stream>(*stream_argument(arguments));
  FittedStep step;
  step.kind = kind;
  step.per_band = one_pair_per_band(arguments);
  const std::string fit_on = arguments.text("fit_on");
  if (fit_on != "train" && fit_on != "all")
    throw DataError(fmt::format("`fit_on` is \"{}\"", fit_on), "say \"train\" or \"all\"");
  step.on_all = fit_on == "all";
  const std::string allowed = arguments.given("allow") ? arguments.text("allow") : "";
  if (!allowed.empty() && allowed != "leak")
    throw DataError(fmt::format("`allow` is \"{}\"", allowed), "only \"leak\" can be allowed");
  if (step.on_all && allowed != "leak")
    throw DataError(
        fmt::format("`{}` fitted on all clips lets the test clips shape what the model sees", name_of(kind)),
        "say `fit_on = \"train\"`; or keep it with `allow = \"leak\"`");
  result->fitted.push_back(step);
  return make_data(result);
}

Value zscore(const NativeArguments& arguments) { return fitted_step(arguments, FittedStep::Kind::zscore); }
Value minmax(const NativeArguments& arguments) { return fitted_step(arguments, FittedStep::Kind::minmax); }

}  // namespace

std::vector<Native> stream_natives() {
  return {{"stria.data.log_compress", log_compress, "x"},
          {"stria.data.zscore", zscore, "x"},
          {"stria.data.minmax", minmax, "x"}};
}

}  // namespace stria::data

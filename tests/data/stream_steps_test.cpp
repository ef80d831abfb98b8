#include <doctest/doctest.h>

#include <cmath>

#include "tests/data/data_helpers.h"

using namespace stria;
using namespace stria::data;
using namespace stria::data::testing;

namespace {

Value log_compress(const Value& x, double offset) {
  return call("log_compress", {{"x", x}, {"offset", number(offset)}});
}

Value fitted(const std::string& name, const Value& x, const std::string& on = "train", Value per = none(),
             Value allow = none()) {
  return call(name,
              {{"x", x}, {"fit_on", text_value(on)}, {"per", std::move(per)}, {"allow", std::move(allow)}});
}

}  // namespace

TEST_CASE("log_compress: ln(x + offset)") {
  const Value x = make_data(stream_of({0.0, 1.0, 7.389}, 1, ms(5)));
  const auto result = object<Stream>(log_compress(x, 1e-6));
  CHECK(result->frames[0] == doctest::Approx(std::log(1e-6)));
  CHECK(result->frames[1] == doctest::Approx(1e-6));
  CHECK(result->frames[2] == doctest::Approx(2.0).epsilon(1e-4));
  CHECK(contains(message_of([&] { log_compress(x, 0.0); }), "the logarithm of 0 + 0 in bin 0"));
}

TEST_CASE("data.8: fitted steps are kept until the split is known, and nothing comes after them") {
  const Value x = make_data(stream_of({1.0, 2.0}, 1, ms(5)));
  const Value scaled = fitted("zscore", x);
  CHECK(object<Stream>(scaled)->frames == std::vector<double>{1.0, 2.0});
  REQUIRE(object<Stream>(scaled)->fitted.size() == 1);
  CHECK(object<Stream>(scaled)->fitted[0].kind == FittedStep::Kind::zscore);
  CHECK_FALSE(object<Stream>(scaled)->fitted[0].per_band);
  CHECK(object<Stream>(fitted("minmax", scaled))->fitted.size() == 2);
  CHECK(contains(message_of([&] { log_compress(scaled, 1.0); }), "`log_compress` comes after `zscore`"));
}

TEST_CASE("zscore, minmax: per band, on all clips only where the leak is allowed") {
  const Value x = make_data(stream_of({1.0, 2.0}, 2, ms(5)));
  CHECK(object<Stream>(fitted("minmax", x, "train", text_value("F")))->fitted[0].per_band);
  CHECK(contains(message_of([&] { fitted("zscore", x, "train", text_value("T")); }), "`per = \"T\"`"));
  CHECK(contains(message_of([&] { fitted("zscore", x, "all"); }), "fitted on all clips"));
  CHECK(object<Stream>(fitted("zscore", x, "all", none(), text_value("leak")))->fitted[0].on_all);
  CHECK(contains(message_of([&] { fitted("zscore", x, "all", none(), text_value("lek")); }),
                 "`allow` is \"lek\""));
  CHECK(contains(message_of([&] { fitted("zscore", x, "test"); }), "`fit_on` is \"test\""));
}

TEST_CASE("steps on stimuli refuse trials and other values") {
  const Value trials = make_data(counts_of({{1, 2}}, ms(5)));
  CHECK(contains(message_of([&] { fitted("minmax", trials); }), "not yet on trials"));
  CHECK(contains(message_of([&] { log_compress(text_value("x"), 1.0); }),
                 "a stimulus, as `cochleagram` gives"));
}

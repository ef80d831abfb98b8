// Splits by stimulus (rand.3; datasets.md, "Splits, all datasets").
#include "runtime/data/split.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "runtime/data/exact.h"
#include "runtime/data/fingerprint.h"
#include "runtime/random/random.h"

namespace stria::data {

namespace {

void check_shares(const SplitRule& rule) {
  const std::pair<const char*, const Rational*> shares[] = {
      {"train", &rule.train}, {"valid", &rule.valid}, {"test", &rule.test}};
  for (const auto& [name, share] : shares)
    if (share->numerator() <= 0)
      throw DataError(
          fmt::format("the share `{}` of the split is {:g} %", name, 100 * share->value()),
          "each part needs a share above 0, as `by_stimulus(train = 70%, valid = 10%, test = 20%)`");
  const auto two = add(rule.train, rule.valid);
  const auto sum = two ? add(*two, rule.test) : std::nullopt;
  if (!sum || !(*sum == Rational(1)))
    throw DataError(fmt::format("the shares of the split make {:g} %, not 100 %",
                                100 * (rule.train.value() + rule.valid.value() + rule.test.value())),
                    "as `by_stimulus(train = 70%, valid = 10%, test = 20%)`");
}

// What is left of n * share above its whole part, as a fraction of `denominator`: comparable without
// rounding.
struct Remainder {
  int64_t* part;
  __int128 numerator, denominator;
};

Remainder whole_part(const Rational& share, int64_t n, int64_t& part) {
  const __int128 product = static_cast<__int128>(share.numerator()) * n;
  part = static_cast<int64_t>(floor_quotient(product, share.denominator()));
  return {&part, product - static_cast<__int128>(part) * share.denominator(), share.denominator()};
}

bool larger(const Remainder& a, const Remainder& b) {
  return a.numerator * b.denominator > b.numerator * a.denominator;
}

void check_training_units(const PreparedData& data, const Split& split) {
  for (int64_t n = 0; n < data.n_units; ++n) {
    const bool heard = std::any_of(split.train.begin(), split.train.end(), [&](size_t c) {
      const Clip& clip = data.clips[c];
      for (int64_t t = 0; t < clip.n_bins; ++t)
        if (clip.present[static_cast<size_t>(t * data.n_units + n)]) return true;
      return false;
    });
    if (!heard)
      throw DataError(fmt::format("the unit `{}` of `{}` has no response to any of the {} training clips",
                                  data.units[static_cast<size_t>(n)], data.name, split.train.size()),
                      "leave the unit out of `units`, or take another seed for the split");
  }
}

}  // namespace

PartSizes part_sizes(int64_t n, const SplitRule& rule) {
  PartSizes sizes;
  // Ties go to test, then validation: a stable sort of the parts in this order.
  std::vector<Remainder> remainders = {whole_part(rule.test, n, sizes.test),
                                       whole_part(rule.valid, n, sizes.valid),
                                       whole_part(rule.train, n, sizes.train)};
  std::stable_sort(remainders.begin(), remainders.end(), larger);
  const int64_t left = n - sizes.train - sizes.valid - sizes.test;
  for (int64_t i = 0; i < left; ++i) ++*remainders[static_cast<size_t>(i)].part;
  // At least one each, from the largest part.
  for (int64_t* part : {&sizes.test, &sizes.valid, &sizes.train})
    while (*part < 1) {
      int64_t* largest = &sizes.train;
      for (int64_t* other : {&sizes.valid, &sizes.test})
        if (*other > *largest) largest = other;
      --*largest;
      ++*part;
    }
  return sizes;
}

Split split_by_stimulus(const PreparedData& data, const SplitRule& rule) {
  check_shares(rule);
  const size_t n = data.clips.size();
  if (n < 3)
    throw DataError(fmt::format("`{}` has {} clip{}: too few for training, validation and test", data.name, n,
                                n == 1 ? "" : "s"),
                    "a split needs 3 stimuli at least");
  std::vector<uint64_t> draw(n);
  for (size_t c = 0; c < n; ++c) {
    const auto block = random::Draws(rule.seed, "split", data.clips[c].stimulus).block({});
    draw[c] = (static_cast<uint64_t>(block[0]) << 32) | block[1];
  }
  std::vector<size_t> rank(n);
  std::iota(rank.begin(), rank.end(), size_t{0});
  std::sort(rank.begin(), rank.end(), [&](size_t a, size_t b) {
    return draw[a] != draw[b] ? draw[a] < draw[b] : data.clips[a].stimulus < data.clips[b].stimulus;
  });
  const PartSizes sizes = part_sizes(static_cast<int64_t>(n), rule);
  Split split;
  const auto test_end = rank.begin() + sizes.test, valid_end = test_end + sizes.valid;
  split.test.assign(rank.begin(), test_end);
  split.valid.assign(test_end, valid_end);
  split.train.assign(valid_end, rank.end());
  std::vector<std::vector<std::string>> names;
  for (std::vector<size_t>* part : {&split.train, &split.valid, &split.test}) {
    std::sort(part->begin(), part->end());
    names.emplace_back();
    for (const size_t c : *part) names.back().push_back(data.clips[c].stimulus);
  }
  split.sha256 = fingerprint(names);
  check_training_units(data, split);
  return split;
}

}  // namespace stria::data

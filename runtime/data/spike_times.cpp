#include "runtime/data/spike_times.h"

#include <fmt/format.h>

#include <filesystem>
#include <string_view>

#include "runtime/data/read_file.h"

namespace stria::data {

namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

size_t skip_digits(std::string_view word, size_t at) {
  while (at < word.size() && is_digit(word[at])) ++at;
  return at;
}

// digits with at most one point and an exponent, after any sign
bool is_decimal(std::string_view word) {
  const size_t whole = skip_digits(word, 0);
  size_t at = whole, digits = whole;
  if (at < word.size() && word[at] == '.') {
    const size_t end = skip_digits(word, at + 1);
    digits += end - at - 1;
    at = end;
  }
  if (digits == 0) return false;
  if (at < word.size() && (word[at] == 'e' || word[at] == 'E')) {
    size_t exponent = at + 1;
    if (exponent < word.size() && (word[exponent] == '+' || word[exponent] == '-')) ++exponent;
    at = skip_digits(word, exponent);
    if (at == exponent) return false;
  }
  return at == word.size();
}

class SpikeFile {
 public:
  SpikeFile(const std::string& file, const Rational& unit) : file_(file), unit_(unit) {}

  std::shared_ptr<SpikeTimes> read() {
    const std::string text = read_file(file_, "spike file");
    for (size_t start = 0; start < text.size();) {
      size_t end = text.find('\n', start);
      if (end == std::string::npos) end = text.size();
      ++line_;
      times_->trials.emplace_back();
      read_line(std::string_view(text).substr(start, end - start));
      start = end + 1;
    }
    if (times_->trials.empty())
      throw DataError(
          fmt::format("the spike file `{}` is empty: it has no trial", file_),
          "write one line for each trial, an empty one for a trial without spikes; or leave the file out");
    times_->file = file_;
    times_->source = std::filesystem::path(file_).filename().string();
    return times_;
  }

 private:
  void read_line(std::string_view line) {
    for (size_t at = 0; at < line.size();) {
      if (is_blank(line[at])) {
        ++at;
        continue;
      }
      size_t end = at;
      while (end < line.size() && !is_blank(line[end])) ++end;
      add(line.substr(at, end - at), at + 1);
      at = end;
    }
  }

  void add(std::string_view word, size_t column) {
    const bool negative = word.front() == '-';
    const std::string_view digits = word.substr(negative || word.front() == '+' ? 1 : 0);
    if (!is_decimal(digits))
      throw DataError(fmt::format("`{}` is not a time ({}:{}:{})", shown(word), file_, line_, column),
                      "a line holds the spike times of one trial, numbers separated by blanks");
    const auto number = Rational::parse(std::string(digits));
    const auto time = number ? multiply(*number, unit_) : std::nullopt;
    if (!time)
      throw DataError(
          fmt::format("the time `{}` cannot be held exactly ({}:{}:{})", shown(word), file_, line_, column),
          "write times with at most 15 digits");
    if (negative && time->numerator() != 0)
      ++times_->n_before_onset;
    else
      times_->trials.back().push_back(*time);
  }

  // Files of another kind can hold anything: what is shown is short and plain.
  static std::string shown(std::string_view word) {
    std::string text;
    for (const char c : word.substr(0, 20)) text += c > ' ' && c < 127 ? c : '?';
    return word.size() > 20 ? text + "..." : text;
  }

  const std::string& file_;
  const Rational unit_;
  size_t line_ = 0;
  std::shared_ptr<SpikeTimes> times_ = std::make_shared<SpikeTimes>();
};

}  // namespace

std::shared_ptr<SpikeTimes> read_spike_times(const std::string& file, const Rational& unit) {
  if (unit.numerator() <= 0)
    throw DataError("the unit of the spike times is not longer than 0", "as `unit = 1ms`");
  return SpikeFile(file, unit).read();
}

}  // namespace stria::data

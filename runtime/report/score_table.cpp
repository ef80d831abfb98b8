// The table at the end of a run.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "runtime/report/summary.h"

namespace stria::report {
namespace {

// Characters, not bytes.
size_t width_of(const std::string& text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string padded(const std::string& text, size_t width, bool to_the_left) {
  const std::string blanks(width - width_of(text), ' ');
  return to_the_left ? blanks + text : text + blanks;
}

// 30465 -> "30,465"
std::string grouped(int64_t number) {
  std::string digits = std::to_string(number);
  for (int i = static_cast<int>(digits.size()) - 3; i > 0; i -= 3) digits.insert(static_cast<size_t>(i), ",");
  return digits;
}

std::string score_text(const Json& score) {
  if (score["mean"].is_null()) return "-";
  const double mean = score["mean"];
  if (score["n"] == 1) return fmt::format("{:.3f}", mean);
  return fmt::format("{:.3f} ± {:.3f}", mean, score["sd"].get<double>());
}

std::string seconds_text(double seconds) {
  return seconds < 10 ? fmt::format("{:.1f}", seconds) : fmt::format("{:.0f}", seconds);
}

std::string parameters_text(const Json& parameters) {
  const std::string fewest = grouped(parameters["fewest"]);
  return parameters["fewest"] == parameters["most"] ? fewest : fewest + " to " + grouped(parameters["most"]);
}

std::string row_name(const Json& row, bool several_datasets) {
  std::string name = row["model"];
  if (several_datasets) name += ", " + row["dataset"].get<std::string>();
  for (const auto& item : row["conditions"].items())
    name += fmt::format(", {} = {}", item.key(), item.value().get<std::string>());
  return name;
}

// "test set, mean ± sd over 4 seeds; seconds a member"
std::string footer(const Json& summary) {
  std::set<int64_t> counts;
  for (const Json& row : summary)
    for (const char* score : {"cc_raw", "cc_norm"}) counts.insert(row[score]["n"].get<int64_t>());
  const int64_t most = *counts.rbegin();
  if (most < 2) return "test set; seconds a member\n";
  return fmt::format("test set, mean ± sd over {}{} seeds; seconds a member\n",
                     counts.size() > 1 ? "up to " : "", most);
}

}  // namespace

std::string score_table(const Json& results) {
  const Json& summary = results["summary"];
  std::set<std::string> datasets;
  for (const Json& row : summary) datasets.insert(row["dataset"].get<std::string>());
  std::vector<std::vector<std::string>> rows = {{"model", "parameters", "CCraw", "CCnorm", "seconds"}};
  for (const Json& row : summary)
    rows.push_back({row_name(row, datasets.size() > 1), parameters_text(row["parameters"]),
                    score_text(row["cc_raw"]), score_text(row["cc_norm"]), seconds_text(row["seconds"])});
  std::vector<size_t> widths(rows[0].size(), 0);
  for (const auto& row : rows)
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i]));

  std::string text;
  for (size_t r = 0; r < rows.size(); ++r) {
    for (size_t i = 0; i < widths.size(); ++i)
      text += (i == 0 ? "" : "   ") + padded(rows[r][i], widths[i], i > 0);
    text += '\n';
    if (r > 0) continue;
    for (size_t i = 0; i < widths.size(); ++i)
      text += std::string(i == 0 ? "" : "   ") + std::string(widths[i], '-');
    text += '\n';
  }
  return text + footer(summary);
}

}  // namespace stria::report

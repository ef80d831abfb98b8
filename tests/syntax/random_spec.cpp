#include "tests/syntax/random_spec.h"

#include <map>
#include <random>
#include <vector>

#include "tests/syntax/grammar_file.h"

namespace stria::testing {
namespace {

class Generator {
 public:
  Generator(const std::map<std::string, Choices>& rules, uint32_t seed, double comments)
      : rules_(rules), random_(seed), comments_(comments) {
    for (const auto& [name, choices] : rules_) least_[name] = unreachable;
    for (bool changed = true; changed;) {
      changed = false;
      for (const auto& [name, choices] : rules_) {
        const int depth = least_depth(choices) + 1;
        if (depth < least_[name]) {
          least_[name] = depth;
          changed = true;
        }
      }
    }
  }

  std::string spec() {
    rule("spec", 40);
    return out_ + "\n";
  }

 private:
  static constexpr int unreachable = 1'000'000;

  int least_depth(const Piece& piece) const {
    if (piece.repeat == '?' || piece.repeat == '*' || !piece.word.empty()) return 0;
    if (!piece.choices.empty()) return least_depth(piece.choices);
    const auto found = least_.find(piece.name);
    return found == least_.end() ? 0 : found->second;
  }
  int least_depth(const std::vector<Piece>& sequence) const {
    int depth = 0;
    for (const Piece& piece : sequence) depth = std::max(depth, least_depth(piece));
    return depth;
  }
  int least_depth(const Choices& choices) const {
    int depth = unreachable;
    for (const auto& sequence : choices) depth = std::min(depth, least_depth(sequence));
    return depth;
  }

  size_t draw(size_t n) { return random_() % n; }

  void rule(const std::string& name, int budget) { choose(rules_.at(name), budget - 1); }

  void choose(const Choices& choices, int budget) {
    std::vector<const std::vector<Piece>*> possible;
    for (const auto& sequence : choices) {
      if (least_depth(sequence) <= budget) possible.push_back(&sequence);
    }
    if (possible.empty()) {  // the shortest way out
      const int least = least_depth(choices);
      for (const auto& sequence : choices) {
        if (least_depth(sequence) == least) possible.push_back(&sequence);
      }
    }
    for (const Piece& piece : *possible[draw(possible.size())]) write(piece, budget);
  }

  void write(const Piece& piece, int budget) {
    size_t n = 1;
    const bool affordable = out_.size() < 3000;
    if (piece.repeat == '?') n = affordable ? draw(2) : 0;
    if (piece.repeat == '*' || piece.repeat == '+') n = affordable ? draw(3) : 0;
    if (piece.repeat == '+') n = std::max<size_t>(n, 1);
    Piece once = piece;
    once.repeat = ' ';
    if (piece.repeat != ' ' && piece.repeat != '+' && least_depth(once) > budget) n = 0;
    for (size_t i = 0; i < n; ++i) {
      if (!piece.word.empty()) {
        word(piece.word);
      } else if (!piece.choices.empty()) {
        choose(piece.choices, budget);
      } else if (rules_.contains(piece.name)) {
        rule(piece.name, budget);
      } else {
        word(token(piece.name));
      }
    }
  }

  std::string token(const std::string& name) {
    static const std::map<std::string, std::vector<std::string>> texts = {
        {"EOF", {""}},
        {"DDT", {"d/dt"}},
        {"INT", {"0", "1", "42", "1_000"}},
        {"FLOAT", {"0.5", "1e-3", "2.50E+2"}},
        {"QUANTITY", {"5ms", "-3mV/ms", "70%", "1.5m/s^2", "2µm"}},
        {"STRING", {"\"text\"", "\"\"", "\"a # b ; \\\" \\n µ\""}},
        {"IDENT", {"a", "b2", "some_name", "x_", "τ", "a_rather_long_name_for_a_value"}},
    };
    const std::vector<std::string>& choices = texts.at(name);
    std::string text = choices[draw(choices.size())];
    if (text.starts_with('-')) text.erase(0, 1);
    return text;
  }

  void word(const std::string& text) {
    if (text.empty()) return;
    out_ += text;
    const size_t kind = draw(10);
    out_ += kind == 0 ? "\n" : kind == 1 ? "  " : kind == 2 ? "\n\n\n  " : " ";
    if (std::uniform_real_distribution<>(0, 1)(random_) < comments_) {
      out_ += (draw(4) == 0 ? "## comment " : "# comment ") + std::to_string(draw(100)) + "\n";
    }
  }

  const std::map<std::string, Choices>& rules_;
  std::map<std::string, int> least_;
  std::mt19937 random_;
  double comments_;
  std::string out_;
};

}  // namespace

std::string random_spec(uint32_t seed, double comments) {
  return Generator(grammar_rules(), seed, comments).spec();
}

}  // namespace stria::testing

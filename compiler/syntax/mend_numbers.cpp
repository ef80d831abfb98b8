// Numbers with a part missing, or with something stuck to them.
#include "StriaLexer.h"
#include "compiler/syntax/classes.h"
#include "compiler/syntax/mend.h"

namespace stria::syntax {
namespace {

using T = grammar::StriaLexer;

class NumberMender {
 public:
  NumberMender(TokenList& list, Diagnostics& diagnostics) : list_(list), diagnostics_(diagnostics) {}

  void run() {
    for (size_t i = 0; i < list_.tokens.size();) {
      size_t end = no_digits_before(i);
      if (end == i) end = malformed(i);
      if (end == i) {
        kept_.push_back(list_.tokens[i++]);
        continue;
      }
      kept_.push_back({T::FLOAT, list_.tokens[i].begin, list_.tokens[end - 1].end, true});
      i = end;
    }
    list_.tokens = std::move(kept_);
  }

 private:
  bool is_word(size_t i) const { return is_name(list_.type(i)) || is_reserved_word(list_.type(i)); }

  Range span(size_t first, size_t last) const { return join(list_.range(first), list_.range(last)); }

  // `.5`: end of the tokens that make it up, or i.
  size_t no_digits_before(size_t i) {
    if (list_.type(i) != T::DOT || !list_.touches_next(i) || !is_number(list_.type(i + 1))) return i;
    if (i > 0 && list_.touches_next(i - 1) && ends_value(list_.type(i - 1))) return i;
    const Range place = span(i, i + 1);
    const std::string better = "0" + std::string(text_of(place));
    diagnostics_.report(Kind::malformed_number, place, "a number begins with a digit")
        .mark("no digit before the point")
        .fix("write `" + better + "`", {{place, better}});
    return i + 2;
  }

  // `1.`, `1.5.2`, `5ms2`: a number and what touches it.
  size_t malformed(size_t i) {
    if (!is_number(list_.type(i))) return i;
    size_t end = i + 1;
    while (list_.touches_next(end - 1) &&
           (list_.type(end) == T::DOT || is_number(list_.type(end)) || is_word(end)))
      ++end;
    if (end == i + 1) return i;
    const Range place = span(i, end - 1);
    Diagnostic& diagnostic = diagnostics_.report(Kind::malformed_number, place,
                                                 "`" + std::string(text_of(place)) + "` is not a number");
    if (end == i + 2 && list_.type(i + 1) == T::DOT) {
      const std::string better = std::string(list_.text(i)) + ".0";
      diagnostic.mark("no digit after the point").fix("write `" + better + "`", {{place, better}});
    } else if (end == i + 3 && list_.type(i + 1) == T::DOT && is_word(i + 2)) {
      const std::string better = std::string(list_.text(i)) + ".0" + std::string(list_.text(i + 2));
      diagnostic.mark("no digit after the point").fix("write `" + better + "`");
    } else {
      diagnostic.mark("read as one number")
          .note("a number is `5`, `0.5`, `1e-3`, or one of these with its unit, `5ms`");
    }
    return end;
  }

  TokenList& list_;
  Diagnostics& diagnostics_;
  std::vector<Token> kept_;
};

}  // namespace

void mend_numbers(TokenList& list, Diagnostics& diagnostics) { NumberMender(list, diagnostics).run(); }

}  // namespace stria::syntax

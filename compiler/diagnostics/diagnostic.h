// Messages for the reader of a spec: what is wrong, where, why, and what to do.
#pragma once

#include <compare>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace stria {

// One text that was read: a spec, a file it uses, or the text after `--set`.
struct SourceFile {
  std::string path;    // as the reader knows it: relative where it was given so, `--set` for an override
  std::string module;  // dotted name under which `use` finds it, empty for the spec itself
  std::string text;    // UTF-8
  bool in_standard_library = false;
};

// Bytes [begin, end) of a file. An empty file pointer means "no place": the command line or a data file.
struct Range {
  const SourceFile* file = nullptr;
  uint32_t begin = 0;
  uint32_t end = 0;

  bool known() const { return file != nullptr; }
  friend bool operator==(const Range&, const Range&) = default;
};

struct Position {
  uint32_t line = 1;    // from 1
  uint32_t column = 1;  // from 1, in characters (code points), not bytes
};
Position position_of(const SourceFile& file, uint32_t offset);

// From the first byte of `a` to the last of `b`; both lie in one file.
Range join(const Range& a, const Range& b);
std::string_view text_of(const Range& range);

enum class Severity { error, warning };

// Every kind of message, from kinds.def: stable code, severity, title, a wrong and a right form.
enum class Kind : uint16_t {
#define STRIA_KIND(code, name, ...) name,
#include "compiler/diagnostics/kinds.def"
#undef STRIA_KIND
};

struct KindInfo {
  Kind kind;
  std::string_view code;   // "E0102"; W for a warning
  std::string_view name;   // "missing_operator"
  std::string_view title;  // one sentence for the reference and `stria explain CODE`
  std::string_view wrong;  // a short text that gets this message
  std::string_view right;  // the same, mended
};
const std::vector<KindInfo>& all_kinds();
const KindInfo& info(Kind kind);
const KindInfo* find_kind(std::string_view code);  // by "E0102"; nullptr where there is none

struct Label {
  Range range;
  std::string text;
};

// A replacement of `range` by `replacement`. Certain ones are made by `stria check --apply`.
struct Edit {
  Range range;
  std::string replacement;
};

struct Fix {
  std::string text;         // shown after "fix:"
  std::vector<Edit> edits;  // empty where only a person can decide
};

struct Diagnostic {
  Kind kind{};
  std::string message;           // lower case, no full stop, code in backticks
  Label primary;                 // the culprit
  std::vector<Label> secondary;  // what it disagrees with
  std::vector<std::string> notes;
  std::vector<Fix> fixes;

  Severity severity() const;
  // Builders, so that a report reads as one expression.
  Diagnostic& mark(std::string text) {
    primary.text = std::move(text);
    return *this;
  }
  Diagnostic& also(Range range, std::string text) {
    secondary.push_back({range, std::move(text)});
    return *this;
  }
  Diagnostic& note(std::string text) {
    notes.push_back(std::move(text));
    return *this;
  }
  Diagnostic& fix(std::string text, std::vector<Edit> edits = {}) {
    fixes.push_back({std::move(text), std::move(edits)});
    return *this;
  }
};

// Collects the messages of one run. The same kind at the same place is kept once (a body may be checked
// several times: alone, and in each application).
class Diagnostics {
 public:
  Diagnostic& report(Kind kind, Range where, std::string message);

  bool has_errors() const { return n_errors_ > 0; }
  size_t n_errors() const { return n_errors_; }
  // Errors, those reported again included: whether the work at hand went wrong, even where that is known.
  size_t n_reported() const { return n_reported_; }
  // Sorted by file (the spec first, in the order the files were first mentioned), then by place.
  std::vector<Diagnostic> sorted() const;

 private:
  struct Place {
    Kind kind;
    const SourceFile* file;
    uint32_t begin, end;
    friend auto operator<=>(const Place&, const Place&) = default;
  };

  std::deque<Diagnostic> items_;  // a deque, so that what `report` returned stays where it is
  std::set<Place> seen_;
  Diagnostic repeated_;  // takes what is reported twice, and is never shown
  size_t n_errors_ = 0, n_reported_ = 0;
};

// The nearest of `candidates` to `word` by edit distance: at most half the word and five letters.
std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& candidates);

enum class Format { text, short_line, json };
struct RenderOptions {
  Format format = Format::text;
  bool colour = false;
  size_t at_most = 0;  // messages shown, the rest counted in a last line; 0: all. JSON always holds all.
};
// All messages as one text, in the order given. `text` shows the source lines with marks below them, as in
// language.md section 4; colour adds nothing that the plain form lacks. `json` is one array.
std::string render(const std::vector<Diagnostic>& diagnostics, const RenderOptions& options);

}  // namespace stria

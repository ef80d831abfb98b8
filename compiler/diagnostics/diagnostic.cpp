// The list of kinds and the collection of messages.
#include "compiler/diagnostics/diagnostic.h"

#include <algorithm>
#include <tuple>
#include <unordered_map>

namespace stria {

const std::vector<KindInfo>& all_kinds() {
  static const std::vector<KindInfo> kinds = {
#define STRIA_KIND(code, name, title, wrong, right) {Kind::name, code, #name, title, wrong, right},
#include "compiler/diagnostics/kinds.def"
#undef STRIA_KIND
  };
  return kinds;
}

const KindInfo& info(Kind kind) { return all_kinds()[static_cast<size_t>(kind)]; }

const KindInfo* find_kind(std::string_view code) {
  for (const KindInfo& kind : all_kinds()) {
    if (kind.code == code) return &kind;
  }
  return nullptr;
}

Severity Diagnostic::severity() const {
  return info(kind).code.front() == 'W' ? Severity::warning : Severity::error;
}

Diagnostic& Diagnostics::report(Kind kind, Range where, std::string message) {
  if (info(kind).code.front() != 'W') ++n_reported_;
  if (!seen_.insert({kind, where.file, where.begin, where.end}).second && where.known()) {
    repeated_ = {};
    return repeated_;
  }
  Diagnostic& diagnostic = items_.emplace_back();
  diagnostic.kind = kind;
  diagnostic.message = std::move(message);
  diagnostic.primary.range = where;
  if (diagnostic.severity() == Severity::error) ++n_errors_;
  return diagnostic;
}

std::vector<Diagnostic> Diagnostics::sorted() const {
  std::unordered_map<const SourceFile*, size_t> first_mention;
  for (const Diagnostic& item : items_) first_mention.emplace(item.primary.range.file, first_mention.size());
  std::vector<Diagnostic> result(items_.begin(), items_.end());
  std::stable_sort(result.begin(), result.end(), [&](const Diagnostic& a, const Diagnostic& b) {
    const auto key = [&](const Diagnostic& d) {
      return std::tuple(first_mention.at(d.primary.range.file), d.primary.range.begin);
    };
    return key(a) < key(b);
  });
  return result;
}

}  // namespace stria

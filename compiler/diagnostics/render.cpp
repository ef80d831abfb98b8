#include "compiler/diagnostics/diagnostic.h"
namespace stria {
std::string render(const std::vector<Diagnostic>& diagnostics, const RenderOptions&) {
  std::string out;
  for (const Diagnostic& d : diagnostics) {
    const Position p =
        d.primary.range.known() ? position_of(*d.primary.range.file, d.primary.range.begin) : Position{};
    out += (d.primary.range.known() ? d.primary.range.file->path : std::string("-")) + ":" +
           std::to_string(p.line) + ":" + std::to_string(p.column) + ": [" + std::string(info(d.kind).code) +
           "]: " + d.message + " | " + d.primary.text + "\n";
    for (const auto& s : d.secondary)
      out += "   also " + std::string(text_of(s.range)) + ": " + s.text + "\n";
    for (const auto& s : d.notes) out += "   note " + s + "\n";
    for (const auto& s : d.fixes) out += "   fix " + s.text + "\n";
  }
  return out;
}
}  // namespace stria

#include "compiler/diagnostics/render.h"

#include "compiler/diagnostics/display.h"

namespace stria {

std::string_view word(Severity severity) { return severity == Severity::error ? "error" : "warning"; }

std::string render_short(const Diagnostic& diagnostic) {
  std::string out;
  const Range& place = diagnostic.primary.range;
  if (place.known()) {
    const Position position = position_of(*place.file, place.begin);
    out += printable(place.file->path) + ":" + std::to_string(position.line) + ":" +
           std::to_string(position.column) + ": ";
  }
  out += std::string(word(diagnostic.severity())) + "[" + std::string(info(diagnostic.kind).code) + "]: ";
  return out + printable(diagnostic.message) + "\n";
}

std::string render(const std::vector<Diagnostic>& diagnostics, const RenderOptions& options) {
  if (options.format == Format::json) return render_json(diagnostics);
  std::string out;
  size_t n_shown = 0;
  for (const Diagnostic& diagnostic : diagnostics) {
    if (options.at_most > 0 && n_shown == options.at_most) break;
    ++n_shown;
    out += options.format == Format::short_line ? render_short(diagnostic)
                                                : render_text(diagnostic, options.colour);
  }
  if (n_shown < diagnostics.size()) out += "and " + std::to_string(diagnostics.size() - n_shown) + " more\n";
  return out;
}

}  // namespace stria

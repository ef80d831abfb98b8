// The forms in which messages are shown.
#pragma once

#include <string>

#include "compiler/diagnostics/diagnostic.h"

namespace stria {

std::string render_text(const Diagnostic& diagnostic, bool colour);
std::string render_short(const Diagnostic& diagnostic);
std::string render_json(const std::vector<Diagnostic>& diagnostics);
std::string_view word(Severity severity);  // "error"

}  // namespace stria

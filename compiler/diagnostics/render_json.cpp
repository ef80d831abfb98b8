#include <nlohmann/json.hpp>

#include "compiler/diagnostics/render.h"

namespace stria {
namespace {

using Json = nlohmann::ordered_json;

Json place(const SourceFile& file, uint32_t offset) {
  const Position position = position_of(file, offset);
  return {{"line", position.line}, {"column", position.column}, {"offset", offset}};
}

// Adds "file" and "range"; both null where a message has no place.
void add_range(Json& json, const Range& range) {
  if (!range.known()) {
    json["file"] = nullptr;
    json["range"] = nullptr;
    return;
  }
  json["file"] = range.file->path;
  json["range"] = {{"begin", place(*range.file, range.begin)}, {"end", place(*range.file, range.end)}};
}

Json to_json(const Fix& fix) {
  Json edits = Json::array();
  for (const Edit& edit : fix.edits) {
    Json json;
    add_range(json, edit.range);
    json["replacement"] = edit.replacement;
    edits.push_back(std::move(json));
  }
  return {{"text", fix.text}, {"edits", std::move(edits)}};
}

Json to_json(const Diagnostic& diagnostic) {
  Json json;
  json["code"] = info(diagnostic.kind).code;
  json["severity"] = word(diagnostic.severity());
  json["message"] = diagnostic.message;
  add_range(json, diagnostic.primary.range);
  json["label"] = diagnostic.primary.text;
  json["secondary"] = Json::array();
  for (const Label& label : diagnostic.secondary) {
    Json each;
    add_range(each, label.range);
    each["label"] = label.text;
    json["secondary"].push_back(std::move(each));
  }
  json["notes"] = diagnostic.notes;
  json["fixes"] = Json::array();
  for (const Fix& fix : diagnostic.fixes) json["fixes"].push_back(to_json(fix));
  return json;
}

}  // namespace

std::string render_json(const std::vector<Diagnostic>& diagnostics) {
  Json list = Json::array();
  for (const Diagnostic& diagnostic : diagnostics) list.push_back(to_json(diagnostic));
  // A path may hold bytes that are no UTF-8.
  return list.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace stria

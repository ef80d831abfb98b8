// The part of JSON Schema that runtime/report/results.schema.json uses. A keyword that is not checked here is
// reported, so that the schema cannot come to promise more than is tested.
#pragma once

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <regex>
#include <string>
#include <vector>

namespace stria::test {

class JsonSchema {
 public:
  using Json = nlohmann::ordered_json;
  explicit JsonSchema(Json schema) : root_(std::move(schema)) {}

  // What does not hold, each with its place in the value: "/members/0/seed: ...". Empty where all does.
  std::vector<std::string> broken(const Json& value) const {
    std::vector<std::string> found;
    check(root_, value, "", found);
    return found;
  }

 private:
  using Found = std::vector<std::string>;

  static bool has_type(const Json& value, const std::string& type) {
    if (type == "object") return value.is_object();
    if (type == "array") return value.is_array();
    if (type == "string") return value.is_string();
    if (type == "integer") return value.is_number_integer();
    if (type == "number") return value.is_number();
    if (type == "boolean") return value.is_boolean();
    return type == "null" && value.is_null();
  }

  static bool has_any_type(const Json& value, const Json& types) {
    if (types.is_string()) return has_type(value, types);
    for (const Json& type : types)
      if (has_type(value, type)) return true;
    return false;
  }

  void check(const Json& schema, const Json& value, const std::string& place, Found& found) const {
    const auto wrong = [&](const std::string& what) { found.push_back(fmt::format("{}: {}", place, what)); };
    for (const auto& [keyword, rule] : schema.items()) {
      if (keyword == "$schema" || keyword == "title" || keyword == "description" || keyword == "$defs")
        continue;
      if (keyword == "$ref") {
        check(root_.at(Json::json_pointer(rule.get<std::string>().substr(1))), value, place, found);
      } else if (keyword == "type") {
        if (!has_any_type(value, rule)) wrong(fmt::format("{} is not of type {}", value.dump(), rule.dump()));
      } else if (keyword == "enum") {
        if (std::find(rule.begin(), rule.end(), value) == rule.end())
          wrong(value.dump() + " is none of the choices");
      } else if (keyword == "minimum") {
        if (value.is_number() && value < rule) wrong(fmt::format("{} < {}", value.dump(), rule.dump()));
      } else if (keyword == "exclusiveMinimum") {
        if (value.is_number() && value <= rule) wrong(fmt::format("{} <= {}", value.dump(), rule.dump()));
      } else if (keyword == "maximum") {
        if (value.is_number() && value > rule) wrong(fmt::format("{} > {}", value.dump(), rule.dump()));
      } else if (keyword == "minLength") {
        if (value.is_string() && value.get<std::string>().size() < rule.get<size_t>()) wrong("too short");
      } else if (keyword == "minItems") {
        if (value.is_array() && value.size() < rule.get<size_t>()) wrong("too few items");
      } else if (keyword == "pattern") {
        if (value.is_string() &&
            !std::regex_search(value.get<std::string>(), std::regex(rule.get<std::string>())))
          wrong(value.dump() + " does not match " + rule.dump());
      } else if (keyword == "required") {
        for (const Json& name : rule)
          if (value.is_object() && !value.contains(name.get<std::string>()))
            wrong(name.dump() + " is missing");
      } else if (keyword == "items") {
        for (size_t i = 0; value.is_array() && i < value.size(); ++i)
          check(rule, value[i], fmt::format("{}/{}", place, i), found);
      } else if (keyword == "properties" || keyword == "additionalProperties") {
        if (value.is_object()) check_members(schema, keyword, value, place, found);
      } else {
        wrong(fmt::format("the schema uses `{}`, which is not checked", keyword));
      }
    }
  }

  void check_members(const Json& schema, const std::string& keyword, const Json& value,
                     const std::string& place, Found& found) const {
    const Json properties = schema.value("properties", Json::object());
    const Json& rule = schema.at(keyword);
    for (const auto& [name, member] : value.items()) {
      const std::string inner = place + "/" + name;
      const bool known = properties.contains(name);
      if (keyword == "properties") {
        if (known) check(properties[name], member, inner, found);
      } else if (!known && rule == false) {
        found.push_back(inner + ": is not in the schema");
      } else if (!known && rule.is_object()) {
        check(rule, member, inner, found);
      }
    }
  }

  Json root_;
};

}  // namespace stria::test

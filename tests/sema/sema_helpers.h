// Shared by the tests of the sema room: a text becomes a spec file in a scratch folder and is compiled.
#pragma once

#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "compiler/sema/compile.h"

namespace stria::sema_testing {

class CheckedSpec {
 public:
  // others: files beside the spec, by name
  explicit CheckedSpec(const std::string& text, std::vector<std::string> overrides = {},
                       const std::map<std::string, std::string>& others = {}) {
    static std::atomic<int> count{0};
    folder_ = std::filesystem::temp_directory_path() /
              ("stria_sema_" + std::to_string(getpid()) + "_" + std::to_string(count++));
    std::filesystem::create_directories(folder_);
    const std::string path = (folder_ / "spec.stria").string();
    std::ofstream(path, std::ios::binary) << text;
    for (const auto& [name, other] : others) std::ofstream(folder_ / name, std::ios::binary) << other;
    CompileOptions options;
    options.overrides = std::move(overrides);
    compiler_ = std::make_unique<Compiler>(path, options, diagnostics_);
    compiler_->check();
  }
  CheckedSpec(const CheckedSpec&) = delete;
  ~CheckedSpec() { std::filesystem::remove_all(folder_); }

  std::vector<Diagnostic> diagnostics() const { return diagnostics_.sorted(); }
  // "E0209 @ 3": codes with the text each marks.
  std::vector<std::string> messages() {
    std::vector<std::string> all;
    for (const Diagnostic& each : diagnostics_.sorted())
      all.push_back(std::string(info(each.kind).code) + " @ " + std::string(text_of(each.primary.range)));
    return all;
  }
  std::vector<std::string> codes() {
    std::vector<std::string> all;
    for (const Diagnostic& each : diagnostics_.sorted()) all.emplace_back(info(each.kind).code);
    return all;
  }
  // A value declared by a `let` of the file.
  Value value(const std::string& name) {
    Entry* entry = compiler_->elaborator().look_up(name, const_cast<Module*>(compiler_->spec())->scope);
    return entry ? compiler_->elaborator().value_of(*entry, name) : Value{};
  }
  Compiler& compiler() { return *compiler_; }

 private:
  std::filesystem::path folder_;
  Diagnostics diagnostics_;
  std::unique_ptr<Compiler> compiler_;
};

using Codes = std::vector<std::string>;
inline Codes codes_of(const std::string& text, std::vector<std::string> overrides = {}) {
  return CheckedSpec(text, std::move(overrides)).codes();
}
inline std::vector<std::string> messages_of(const std::string& text) { return CheckedSpec(text).messages(); }

}  // namespace stria::sema_testing

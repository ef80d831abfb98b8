// stria explain: what a message kind means, and what a spec means.
#include <fmt/format.h>

#include "runtime/cli/command.h"

namespace stria::cli {

namespace {

int explain_code(const KindInfo& kind) {
  fmt::print("{}: {}\n", kind.code, kind.title);
  for (const auto& [word, text] : {std::pair{"wrong", kind.wrong}, {"right", kind.right}}) {
    if (text.empty()) continue;
    fmt::print("\n{}:\n", word);
    size_t start = 0;
    while (start < text.size()) {
      const size_t end = std::min(text.find('\n', start), text.size());
      fmt::print("    {}\n", text.substr(start, end - start));
      start = end + 1;
    }
  }
  return exit_done;
}

}  // namespace

void add_explain(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand("explain", "explain a message code");
  auto subject = std::make_shared<std::string>();
  command->add_option("subject", *subject, "a message code such as E0301")->required();
  command->callback([=, &action] {
    action = [=] {
      if (const auto* kind = find_kind(*subject)) return explain_code(*kind);
      fmt::print(stderr, "`{}` is not a message code\n", *subject);
      return static_cast<int>(exit_bad_command);
    };
  });
}

}  // namespace stria::cli

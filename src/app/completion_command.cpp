// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/app/completion_command.hpp"

#include <CLI/CLI.hpp>
#include <iostream>
#include <map>

#include "metasolve/detail/app/completion.hpp"
#include "metasolve/detail/app/exit_codes.hpp"
#include "metasolve/detail/app/outline.hpp"

namespace metasolve::app {

namespace {

std::map<std::string, std::string (*)(CommandOutline const&)> const& shells() {
  static std::map<std::string, std::string (*)(CommandOutline const&)> const all{
      {"bash", bash_completion}, {"zsh", zsh_completion}, {"fish", fish_completion}};
  return all;
}

}  // namespace

void add_completion_options(CLI::App& command, CompletionOptions& o) {
  std::vector<std::string> names;
  for (auto const& [name, function] : shells()) names.push_back(name);
  command.add_option("shell", o.shell, "Shell; in bash: source <(metasolve completion bash)")
      ->required()
      ->check(CLI::IsMember(names));
}

int run_completion(CompletionOptions const& o, CLI::App const& program) {
  std::cout << shells().at(o.shell)(outline_of(program));
  return done;
}

}  // namespace metasolve::app

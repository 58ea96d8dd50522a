// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace metasolve::app {

struct CompletionOptions {
  std::string shell;  ///< bash, zsh or fish
};

void add_completion_options(CLI::App& command, CompletionOptions& options);
/// `metasolve completion`: what makes a shell complete the command lines of the program.
int run_completion(CompletionOptions const& options, CLI::App const& program);

}  // namespace metasolve::app

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "metasolve/detail/app/outline.hpp"

/// What makes a shell complete the program's command lines: its commands, the options of each, their values.
namespace metasolve::app {

/// For a file that bash sources; needs bash 4 and nothing else.
std::string bash_completion(CommandOutline const& program);
/// For a file _NAME in a folder of zsh's fpath.
std::string zsh_completion(CommandOutline const& program);
/// For a file NAME.fish in a folder where fish looks for completions.
std::string fish_completion(CommandOutline const& program);

}  // namespace metasolve::app

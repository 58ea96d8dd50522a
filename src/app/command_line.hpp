// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

/// Functions that apply to the whole command line.
namespace metasolve::app {

/// Whether --json is among the arguments. Used before parsing, which may fail.
bool asks_for_json(int argc, char const* const* argv);

/// Makes an empty text an error for every option of every command: `--model ""` is neither a model nor a number.
void refuse_empty_values(CLI::App& program);

/// Describes a usage error, with the nearest command or options for unknown ones. error: the parsing error. argv: as in
/// main.
std::string usage_message(CLI::App const& program, CLI::ParseError const& error, int argc, char const* const* argv);

}  // namespace metasolve::app

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

/// What holds for the command line as a whole.
namespace metasolve::app {

/// Is --json among the arguments? Asked before they are parsed, which may fail.
bool asks_for_json(int argc, char const* const* argv);

/// Makes an empty text an error for every option of every command: `--model ""` is no model, and no number either.
void refuse_empty_values(CLI::App& program);

/// What is wrong with the command line, with the nearest command or options to those that are not known. error: what
/// parsing ended with. argv: as main has it.
std::string usage_message(CLI::App const& program, CLI::ParseError const& error, int argc, char const* const* argv);

}  // namespace metasolve::app

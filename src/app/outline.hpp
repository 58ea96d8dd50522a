// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
class Validator;
}  // namespace CLI

/// What the command line says of itself, read from the object that parses it: shell completions and the manual page are
/// made from this, and so know what `--help` knows.
namespace metasolve::app {

/// What a shell can offer for a value.
enum class Offer { nothing, files, folders };

struct OptionOutline {
  std::vector<std::string> names;    ///< "-h", "--help"; of a positional argument its name alone
  std::string value;                 ///< "DIR", or of the choices "best|last"; empty: a flag
  std::vector<std::string> choices;  ///< what a shell can offer, where that can be listed
  Offer offer = Offer::nothing;      ///< else
  std::string range;                 ///< "0 - 4096"; empty: none
  std::string initial;               ///< its default; empty: `doc` says
  std::string doc;
  bool required = false;
  bool repeatable = false;
};

struct CommandOutline {
  std::string name;
  std::string doc;
  std::vector<OptionOutline> options;
  std::vector<OptionOutline> positionals;
  std::vector<CommandOutline> commands;
};

CommandOutline outline_of(CLI::App const& command);

/// For an option whose value shells offer as one of these, and which takes others too: CLI::IsMember without its check.
CLI::Validator offered(std::vector<std::string> const& values);

/// The texts with the separator between them.
std::string joined(std::vector<std::string> const& texts, std::string const& separator);

/// The text with `to` in the place of each `from`.
std::string replaced(std::string text, std::string const& from, std::string const& to);

/// What a shell shows beside an option: its text up to the first semicolon.
std::string short_doc(std::string const& doc);

}  // namespace metasolve::app

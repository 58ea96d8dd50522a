// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <set>
#include <string>

namespace metasolve::programs {

/// A command with {NAME} in it for what changes between its runs. Other braces, and ${NAME}, are the shell's.
class CommandTemplate {
 public:
  /// names: those that are replaced
  CommandTemplate(std::string command, std::set<std::string> names)
      : command_(std::move(command)), names_(std::move(names)) {}

  [[nodiscard]] bool has(std::string const& name) const;
  /// values: of each name that occurs; quoted for the shell where needed
  [[nodiscard]] std::string filled(std::map<std::string, std::string> const& values) const;
  /// The names that occur.
  [[nodiscard]] std::set<std::string> used() const;

 private:
  std::string command_;
  std::set<std::string> names_;
};

/// As one word of the shell.
std::string shell_word(std::string const& text);

}  // namespace metasolve::programs

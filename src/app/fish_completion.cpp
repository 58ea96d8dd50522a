// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/app/completion.hpp"

namespace metasolve::app {

namespace {

std::string fish_quoted(std::string const& text) {
  return "'" + replaced(replaced(text, "\\", "\\\\"), "'", "\\'") + "'";
}

/// What follows an option or stands in the place of an argument; no_files: fish offers files unless told not to.
std::string fish_value(OptionOutline const& o, std::string const& no_files) {
  if (!o.choices.empty()) return no_files + " -a " + fish_quoted(joined(o.choices, " "));
  if (o.offer == Offer::files) return " -F";
  if (o.offer == Offer::folders) return no_files + " -a '(__fish_complete_directories)'";
  return no_files;
}

/// begin: of each line, up to the condition under which it holds.
std::string fish_options(CommandOutline const& command, std::string const& begin) {
  std::string text;
  for (auto const& o : command.options) {
    text += begin;
    for (auto const& name : o.names) {
      bool const is_long = name.starts_with("--");
      text += (is_long ? " -l " : " -s ") + name.substr(is_long ? 2 : 1);
    }
    text += (o.value.empty() ? "" : " -r" + fish_value(o, " -f")) + " -d " + fish_quoted(short_doc(o.doc)) + "\n";
  }
  for (auto const& o : command.positionals) {
    auto const value = fish_value(o, "");
    if (!value.empty()) text += begin + value + " -d " + fish_quoted(short_doc(o.doc)) + "\n";
  }
  return text;
}

}  // namespace

std::string fish_completion(CommandOutline const& program) {
  auto const name = program.name;
  auto all = "# What fish completes for " + name + ", as `" + name + " completion fish` prints it.\ncomplete -c " +
             name + " -f\n";
  auto const first = "complete -c " + name + " -n __fish_use_subcommand";
  for (auto const& command : program.commands) {
    all += first + " -a " + command.name + " -d " + fish_quoted(short_doc(command.doc)) + "\n";
  }
  all += fish_options(program, first);
  for (auto const& command : program.commands) {
    all += fish_options(command, "complete -c " + name + " -n '__fish_seen_subcommand_from " + command.name + "'");
  }
  return all;
}

}  // namespace metasolve::app

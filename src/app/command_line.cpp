// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/app/command_line.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>
#include <string_view>
#include <vector>

#include "metasolve/detail/config/spelling.hpp"

namespace metasolve::app {

namespace {

/// "; did you mean NAME? " if a name is near enough, else "; ".
std::string suggestion(std::string const& given, std::vector<std::string> const& names) {
  auto const near = config::nearest(given, names);
  if (near.empty()) return "; ";
  bool const begun = given.size() >= 3 && near.starts_with(given);
  std::size_t const most_slips = std::max<std::size_t>(1, given.size() / 3);
  return begun || config::edit_distance(given, near) <= most_slips ? "; did you mean " + near + "? " : "; ";
}

std::vector<std::string> option_names(CLI::App const& command) {
  std::vector<std::string> names;
  for (auto const* option : command.get_options()) {
    for (auto const& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

std::string quoted(std::string const& text) { return "\"" + text + "\""; }

/// The first word that could name a command.
std::string first_word(int argc, char const* const* argv) {
  for (int i = 1; i < argc; ++i) {
    if (argv[i][0] != '-') return argv[i];
  }
  return {};
}

}  // namespace

bool asks_for_json(int argc, char const* const* argv) {
  for (int i = 1; i < argc && std::string_view(argv[i]) != "--"; ++i) {
    if (std::string_view(argv[i]) == "--json") return true;
  }
  return false;
}

void refuse_empty_values(CLI::App& program) {
  for (auto* const option : program.get_options()) {
    if (option->get_items_expected_max() == 0) continue;  // a flag
    std::function<std::string(std::string&)> const given = [](std::string const& text) {
      return text.empty() ? "given an empty text; give a value, or leave it out" : "";
    };
    option->transform(CLI::Validator(given, ""));  // runs before the option's own checks, unlike check()
  }
  for (auto* const command : program.get_subcommands([](CLI::App*) { return true; })) refuse_empty_values(*command);
}

std::string usage_message(CLI::App const& program, CLI::ParseError const& error, int argc, char const* const* argv) {
  auto const parsed = program.get_subcommands();
  std::string const help = "`metasolve" + (parsed.empty() ? "" : " " + parsed.front()->get_name()) + " --help` ";
  if (parsed.empty()) {
    std::vector<std::string> commands;
    for (auto const* command : program.get_subcommands([](CLI::App const*) { return true; })) {
      commands.push_back(command->get_name());
    }
    auto const word = first_word(argc, argv);
    if (!word.empty()) {
      return "unknown command " + quoted(word) + suggestion(word, commands) + help + "lists the commands";
    }
    for (auto const& extra : program.remaining()) {
      if (!extra.starts_with('-')) continue;
      auto const name = extra.substr(0, extra.find('='));
      return "unknown option " + quoted(name) + suggestion(name, option_names(program)) + help + "lists the options";
    }
    return "no command is given; " + help + "lists the commands";
  }
  auto const& command = *parsed.front();
  for (auto const& extra : command.remaining()) {
    auto const name = extra.substr(0, extra.find('='));
    if (extra.starts_with('-') && name.size() > 1) {
      return command.get_name() + ": unknown option " + quoted(name) + suggestion(name, option_names(command)) + help +
             "lists the options";
    }
  }
  // CLI11: "Could not convert: --option = value".
  constexpr std::string_view unread = "Could not convert: ";
  std::string const what = error.what();
  auto const equals = what.find(" = ");
  if (what.starts_with(unread) && equals != std::string::npos) {
    auto const name = what.substr(unread.size(), equals - unread.size());
    auto const* const option = command.get_option_no_throw(name);
    bool const is_whole = option != nullptr &&
                          (option->get_type_name().starts_with("INT") || option->get_type_name().starts_with("UINT"));
    return command.get_name() + ": " + name + ": given " + quoted(what.substr(equals + 3)) + ", expected " +
           (is_whole ? "a whole number, as 10000" : "a number, as 1e-6") + "; " + help + "says more";
  }
  return what + "; " + help + "says more";
}

}  // namespace metasolve::app

// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/app/outline.hpp"

#include <CLI/CLI.hpp>

namespace metasolve::app {

namespace {

std::vector<std::string> split(std::string const& text, char separator) {
  std::vector<std::string> parts(1);
  for (char const c : text) {
    if (c == separator) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

Offer offer_for(std::string const& type) {
  if (type == "DIR") return Offer::folders;
  // RUN: the folder of a run, or a file; FILE, OUT.csv, CONFIG.toml. All shells offer the way to a file as well.
  bool const file = type == "RUN" || type.starts_with("FILE") || type.find('.') != type.npos;
  return file && type != "SECTION.KEY=VALUE" ? Offer::files : Offer::nothing;
}

OptionOutline outline_of(CLI::Option const& option) {
  OptionOutline o;
  if (option.get_positional()) {
    o.names.push_back(option.get_name(true));
  } else {
    for (auto const& name : option.get_snames()) o.names.push_back("-" + name);
    for (auto const& name : option.get_lnames()) o.names.push_back("--" + name);
  }
  o.doc = replaced(option.get_description(), "\n", " ");
  if (option.get_items_expected_max() == 0) return o;

  // "TYPE", "TYPE:{one,other}" or "TYPE:TYPE in [low - high]"
  auto const type = option.get_type_name();
  auto const colon = type.find(':');
  auto const check = colon == type.npos ? "" : type.substr(colon + 1);
  o.value = type.substr(0, colon);
  o.offer = offer_for(o.value);
  if (check.starts_with('{') && check.ends_with('}')) {
    o.choices = split(check.substr(1, check.size() - 2), ',');
    o.value = joined(o.choices, "|");
  }
  if (auto const in = check.find(" in ["); in != check.npos) o.range = check.substr(in + 5, check.size() - in - 6);
  o.initial = option.get_default_str();
  o.required = option.get_required();
  o.repeatable = option.get_expected_max() == CLI::detail::expected_max_vector_size;
  return o;
}

}  // namespace

CommandOutline outline_of(CLI::App const& command) {
  CommandOutline o;
  o.name = command.get_name();
  o.doc = replaced(command.get_description(), "\n", " ");
  for (auto const* const option : command.get_options()) {
    if (option->get_group().empty()) continue;  // hidden
    (option->get_positional() ? o.positionals : o.options).push_back(outline_of(*option));
  }
  for (auto const* const inner : command.get_subcommands([](CLI::App const* app) { return !app->get_group().empty(); }))
    o.commands.push_back(outline_of(*inner));
  return o;
}

CLI::Validator offered(std::vector<std::string> const& values) {
  return CLI::Validator([](std::string&) { return std::string(); }, "{" + joined(values, ",") + "}");
}

std::string joined(std::vector<std::string> const& texts, std::string const& separator) {
  std::string all;
  for (auto const& text : texts) all += (&text == texts.data() ? "" : separator) + text;
  return all;
}

std::string replaced(std::string text, std::string const& from, std::string const& to) {
  for (auto at = text.find(from); at != text.npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

std::string short_doc(std::string const& doc) { return doc.substr(0, doc.find(';')); }

}  // namespace metasolve::app

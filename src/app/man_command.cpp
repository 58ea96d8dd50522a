// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/app/man_command.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <iostream>

#include "metasolve/detail/app/exit_codes.hpp"
#include "metasolve/detail/app/outline.hpp"

namespace metasolve::app {

namespace {

/// Text of roff that shows the given one, as one line. Hyphens too: copied from the page, an option is what was typed.
std::string roff(std::string const& text) {
  std::string shown;
  for (char const c : text) {
    switch (c) {
      case '\\':
        shown += "\\(rs";
        break;
      case '-':
        shown += "\\-";
        break;
      case '\'':
        shown += "\\(aq";
        break;
      case '`':
        shown += "\\(ga";
        break;
      case '^':
        shown += "\\(ha";
        break;
      case '~':
        shown += "\\(ti";
        break;
      case '"':
        shown += "\\(dq";
        break;
      case '\n':
        shown += ' ';
        break;
      case '|':
        shown += "|\\:";  // a line may end there
        break;
      default:
        shown += c;
    }
  }
  return shown.starts_with('.') ? "\\&" + shown : shown;
}

std::string bold(std::string const& text) { return "\\fB" + roff(text) + "\\fR"; }
std::string italic(std::string const& text) { return "\\fI" + roff(text) + "\\fR"; }

/// A paragraph with a tag before it.
std::string tagged(std::string const& tag, std::string const& text) { return ".TP\n" + tag + "\n" + text + "\n"; }

std::string doc_text(OptionOutline const& o) {
  auto text = o.doc;
  if (!o.range.empty()) text += "; from " + replaced(o.range, " - ", " to ");
  if (!o.initial.empty()) text += "; default: " + o.initial;
  if (o.required) text += "; required";
  return roff(text) + ".";
}

std::string options_text(CommandOutline const& command) {
  std::string text;
  for (auto const& o : command.positionals) {
    text += tagged(italic(o.names.front()) + " (" + roff(o.value) + ")", doc_text(o));
  }
  for (auto const& o : command.options) {
    std::vector<std::string> names;
    for (auto const& name : o.names) names.push_back(bold(name));
    text += tagged(joined(names, ", ") + (o.value.empty() ? "" : " " + italic(o.value)), doc_text(o));
  }
  return text;
}

std::string command_text(CommandOutline const& command, std::string const& program) {
  auto text = ".SS " + roff(program + " " + command.name) + " [\\fIoption\\fR]...";
  for (auto const& o : command.positionals) {
    auto const name = italic(o.names.front());
    text += o.required ? " " + name : " [" + name + "]";
  }
  return text + "\n" + roff(command.doc) + ".\n" + options_text(command);
}

/// "Exit status: 0 done; 130 and 143 after signals." as a list: the numbers, then what they say.
std::string exit_status_text() {
  std::string text = exit_codes_text, list;
  text.erase(0, text.find(": ") + 2);
  text.pop_back();
  while (!text.empty()) {
    auto const end = std::min(text.find("; "), text.size());
    auto const item = text.substr(0, end);
    auto const numbers_end = item.find_last_of("0123456789");
    auto const what = item.find_first_not_of(' ', numbers_end + 1);
    list += tagged(bold(item.substr(0, numbers_end + 1)), roff(item.substr(what)) + ".");
    text.erase(0, end + 2);
  }
  return list;
}

/// As a manual page's name line has it: no capital, no full stop.
std::string name_line(std::string doc) {
  doc.front() = static_cast<char>(std::tolower(doc.front()));
  if (doc.ends_with('.')) doc.pop_back();
  return doc;
}

}  // namespace

int run_man(CLI::App const& program) {
  auto const o = outline_of(program);
  std::cout << ".\\\" As `" << o.name << " man` prints it.\n"
            << ".TH METASOLVE 1 \"\" \"" << roff(program.version()) << "\" \"User Commands\"\n"
            << ".nh\n"  // no word of a list of choices is broken
            << ".SH NAME\n"
            << roff(o.name) << " \\- " << roff(name_line(o.doc)) << '\n'
            << ".SH SYNOPSIS\n"
            << bold(o.name) << " \\fIcommand\\fR [\\fIoption\\fR]...\n"
            << ".SH DESCRIPTION\n"
            << roff(o.doc) << "\n.SH OPTIONS\n"
            << options_text(o) << ".SH COMMANDS\n";
  for (auto const& command : o.commands) std::cout << command_text(command, o.name);
  std::cout << ".SH EXIT STATUS\n" << exit_status_text();
  return done;
}

}  // namespace metasolve::app

// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/app/completion.hpp"

namespace metasolve::app {

namespace {

constexpr char const* zsh_begin = R"(#compdef PROGRAM
# What zsh completes for PROGRAM, as `PROGRAM completion zsh` prints it.
_PROGRAM() {
  local curcontext=$curcontext state line
  local -A opt_args
)";

constexpr char const* zsh_end = R"(      esac
      ;;
  esac
}
if [[ $funcstack[1] == _PROGRAM ]]; then
  _PROGRAM "$@"
else
  compdef _PROGRAM PROGRAM
fi
)";

std::string zsh_quoted(std::string const& text) { return "'" + replaced(text, "'", "'\\''") + "'"; }

/// For a part of a specification: in it colons and brackets mean something.
std::string zsh_escaped(std::string text) {
  for (char const* const c : {"\\", ":", "[", "]"}) text = replaced(text, c, std::string("\\") + c);
  return text;
}

/// ":message:action" for a value.
std::string zsh_value(OptionOutline const& o, std::string const& message) {
  std::string action = " ";  // nothing is offered
  if (!o.choices.empty()) {
    action = "(" + joined(o.choices, " ") + ")";
  } else if (o.offer != Offer::nothing) {
    action = o.offer == Offer::files ? "_files" : "_files -/";
  }
  return ":" + zsh_escaped(message) + ":" + action;
}

/// Arguments of zsh's _arguments, one a line; indent: of the lines.
std::string zsh_arguments(CommandOutline const& command, std::string const& indent) {
  std::string text;
  auto const add = [&](std::string const& argument) { text += " \\\n" + indent + zsh_quoted(argument); };
  for (auto const& o : command.options) {
    // Not offered a second time, under none of its names; --help and --version go with nothing else.
    bool const alone = o.names.back() == "--help" || o.names.back() == "--version";
    auto const before = o.repeatable ? "*" : "(" + (alone ? "- *" : joined(o.names, " ")) + ")";
    for (auto const& name : o.names) {
      bool const is_long = name.starts_with("--");
      add(before + name +
          (o.value.empty() ? ""
           : is_long       ? "="
                           : "+") +
          "[" + zsh_escaped(short_doc(o.doc)) + "]" + (o.value.empty() ? "" : zsh_value(o, o.value)));
    }
  }
  for (auto const& o : command.positionals) add((o.required ? ":" : "::") + zsh_value(o, o.names.front()).substr(1));
  return text;
}

}  // namespace

std::string zsh_completion(CommandOutline const& program) {
  std::string names, cases;
  for (auto const& command : program.commands) {
    names += "        " + zsh_quoted(zsh_escaped(command.name) + ":" + short_doc(command.doc)) + "\n";
    cases += "        " + command.name + ") _arguments" + zsh_arguments(command, "          ") + " ;;\n";
  }
  return replaced(zsh_begin, "PROGRAM", program.name) + "  _arguments -C" + zsh_arguments(program, "    ") +
         " \\\n    ':command:->command' \\\n    '*::argument:->argument'\n"
         "  case $state in\n"
         "    command)\n"
         "      local -a commands=(\n" +
         names +
         "      )\n"
         "      _describe command commands\n"
         "      ;;\n"
         "    argument)\n"
         "      case $words[1] in\n" +
         cases + replaced(zsh_end, "PROGRAM", program.name);
}

}  // namespace metasolve::app

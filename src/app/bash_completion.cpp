// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/app/completion.hpp"

namespace metasolve::app {

namespace {

constexpr char const* bash_begin = R"(# What bash completes for PROGRAM, as `PROGRAM completion bash` prints it.
_PROGRAM() {
  local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command='' words='' kind='' i
  # bash takes --option=value for three words.
  if [[ $current == '=' ]]; then
    current=''
  elif [[ $before == '=' ]]; then
    before=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  for ((i = 1; i < COMP_CWORD; ++i)); do
    case ${COMP_WORDS[i]} in
      COMMANDS)
        command=${COMP_WORDS[i]}
        break
        ;;
    esac
  done
  case $command,$before in
)";

constexpr char const* bash_end = R"(  esac
  COMPREPLY=()
  if [[ $kind ]]; then
    compopt -o "$kind"
  else
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
  fi
}
complete -F _PROGRAM PROGRAM
)";

/// The assignment that offers values of an option; empty: none can be offered.
std::string bash_values(OptionOutline const& o) {
  if (!o.choices.empty()) return "words='" + joined(o.choices, " ") + "'";
  if (o.offer == Offer::files) return "kind=default";
  if (o.offer == Offer::folders) return "kind=dirnames";
  return {};
}

/// The branches of one command: the values of its options, then all else.
std::string bash_branches(CommandOutline const& command, std::string const& name) {
  std::string text;
  std::vector<std::string> flags;
  for (auto const& o : command.options) {
    flags.insert(flags.end(), o.names.begin(), o.names.end());
    if (o.value.empty()) continue;
    std::vector<std::string> patterns;
    for (auto const& flag : o.names) patterns.push_back(name + "," + flag);
    auto const values = bash_values(o);
    text += "    " + joined(patterns, " | ") + ")" + (values.empty() ? "" : " " + values) + " ;;\n";
  }
  std::vector<std::string> words;
  for (auto const& inner : command.commands) words.push_back(inner.name);
  words.insert(words.end(), flags.begin(), flags.end());
  auto const all = "words='" + joined(words, " ") + "'";
  auto const given = command.positionals.empty() ? "" : bash_values(command.positionals.front());
  text += "    " + name + ",*) ";
  return text + (given.empty() ? all : "if [[ $current == -* ]]; then " + all + "; else " + given + "; fi") + " ;;\n";
}

}  // namespace

std::string bash_completion(CommandOutline const& program) {
  std::vector<std::string> names;
  std::string branches;
  for (auto const& command : program.commands) {
    names.push_back(command.name);
    branches += bash_branches(command, command.name);
  }
  branches += bash_branches(program, "");
  auto const begin = replaced(bash_begin, "COMMANDS", joined(names, " | "));
  return replaced(begin, "PROGRAM", program.name) + branches + replaced(bash_end, "PROGRAM", program.name);
}

}  // namespace metasolve::app

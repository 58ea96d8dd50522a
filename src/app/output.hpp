// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <iosfwd>
#include <nlohmann/json.hpp>
#include <string>

#include "metasolve/detail/model/names.hpp"

/// Writes results.
namespace metasolve::app {

/// The machine-readable result of a command, on stdout. Only the first call prints: stdout is one document.
void print_document(nlohmann::ordered_json const& document);

/// Stream for people: stdout, or stderr if stdout carries the document.
std::ostream& human(bool json);

/// The same for a command that writes a file, which may be standard output too.
std::ostream& human(bool json, std::string const& out);

/// @throws InputError --json's document and the file given with `option` would both go to standard output
void require_one_on_stdout(bool json, std::string const& option, std::string const& out);

/// A message for the user, on stderr.
void print_notice(std::string const& notice);

/// Formats one number as printf does: "%.17g" and the like.
std::string number(char const* format, double value);

/// "2:05", "1:02:05".
std::string duration_text(double seconds);

/// kernels::Status, by value, as text after a number of tasks.
inline constexpr std::array<char const*, kernels::status_count> status_words{
    "converged", "at the iteration limit", "not finite", "broke down", "stagnated", "infeasible", "unbounded"};
using model::status_names;

}  // namespace metasolve::app

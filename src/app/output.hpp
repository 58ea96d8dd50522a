// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <iosfwd>
#include <nlohmann/json.hpp>
#include <string>

#include "src/train/json_text.hpp"

/// How results are written.
namespace metasolve::app {

using train::document_text;

/// The machine-readable result of a command, on stdout.
void print_document(nlohmann::ordered_json const& document);

/// For people: stdout, or stderr where stdout is the document's.
std::ostream& human(bool json);

/// As printf does for one number: "%.17g" and the like.
std::string number(char const* format, double value);

/// "31.4 MB".
std::string size_text(std::uint64_t bytes);

/// "2:05", "1:02:05".
std::string duration_text(double seconds);

/// The names of kernels::Status, by value.
inline constexpr std::array<char const*, 4> status_names{"converged", "iteration_limit", "not_finite", "breakdown"};

}  // namespace metasolve::app

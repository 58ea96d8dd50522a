// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "metasolve/detail/io/lines.hpp"

/// The beginning of every Matrix Market file.
namespace metasolve::io {

/// Contents of the first line, in lower case.
struct MatrixMarketHeader {
  std::string form;      ///< coordinate or array
  std::string field;     ///< real, double, integer or pattern
  std::string symmetry;  ///< as in the file
};

/// Parses the first line, which has already been read. expected: for the message.
/// @throws InputError malformed, or values that are not real
MatrixMarketHeader read_matrix_market_header(Lines const& lines, std::string const& expected);

/// Advances to the size line; false: the file ends first.
bool find_matrix_market_sizes(Lines& lines);

}  // namespace metasolve::io

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

/// Reading numbers from CSV files (RFC 4180: commas, one header line, optional double quotes).
namespace metasolve::io {

struct CsvTable {
  std::vector<std::string> header;   // names of all columns of the file
  std::int64_t rows = 0;             // at least 1
  std::vector<double> values;        // rows x wanted columns, row-major, in the order asked for; all finite
  std::vector<std::string> ignored;  // names of the columns that were not asked for
};

/// Reads the wanted columns, found by name in any order; other columns may hold anything. A byte order mark, CRLF line
/// ends, spaces around cells and blank lines at the end are accepted.
/// Throws InputError, which names the file and the line or column, for: a file that cannot be read, is empty or has no
/// rows; a wanted column that is missing or there twice; a row whose length differs from the header's; a wanted cell
/// that is no finite number; a quote that is never closed.
CsvTable read_columns(std::filesystem::path const& path, std::vector<std::string> const& columns);

/// The largest n such that the header has all of prefix1, prefix2, ..., prefixn. Throws InputError for a file that
/// cannot be read or is empty.
int count_numbered_columns(std::filesystem::path const& path, std::string_view prefix);

}  // namespace metasolve::io

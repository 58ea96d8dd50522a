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
  std::size_t columns = 0;           // how many were wanted
  std::vector<double> values;        // rows x wanted columns, row-major, in the order asked for; all finite
  std::vector<std::string> ignored;  // names of the columns that were not asked for
};

/// Reads the wanted columns, found by name in any order; other columns may hold anything. A byte order mark, CRLF or
/// CR line ends, spaces around cells and blank lines at the end are accepted.
/// Throws InputError, which names the file and the line or column, for: a file that cannot be read, is empty or has no
/// rows; a wanted column that is missing or there twice; a row whose length differs from the header's; a wanted cell
/// that is no finite number; a quote that is never closed.
CsvTable read_columns(std::filesystem::path const& path, std::vector<std::string> const& columns);

/// The columns prefix1 ... prefixn of the header, in this order; n is the result's `columns`. The file is read once, so
/// that it may be a pipe. Throws InputError as read_columns does, and for a header that has none of them, a gap or
/// another number among them, such as prefix0 or prefix01.
CsvTable read_numbered_columns(std::filesystem::path const& path, std::string const& prefix);

}  // namespace metasolve::io

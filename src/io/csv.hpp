// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

/// Reads numbers from CSV files (RFC 4180: commas, one header line, optional double quotes).
namespace metasolve::io {

struct CsvTable {
  std::vector<std::string> header;  // names of all columns of the file
  std::int64_t rows = 0;            // at least 1
  std::size_t columns = 0;          // number of requested columns
  std::vector<double> values;  // rows x requested columns, row-major, in the requested order; finite unless allowed
  std::vector<std::string> ignored;  // names of the columns that were not requested
};

/// Which numbers a cell may hold.
enum class CsvNumbers { finite, or_infinite };

/// Reads the requested columns, found by name in any order; other columns may hold anything. A byte order mark, CRLF or
/// CR line ends, spaces around cells and trailing blank lines are accepted.
/// Throws InputError, which names the file and the line or column, for: a file that is unreadable, empty or without
/// rows; a requested column that is missing or duplicated; a row whose length differs from the header's; a requested
/// cell that is not such a number; an unclosed quote.
CsvTable read_columns(std::filesystem::path const& path, std::vector<std::string> const& columns,
                      CsvNumbers numbers = CsvNumbers::finite);

/// Reads the columns prefix1 ... prefixn of the header, in this order; n is the result's `columns`. Reads the file
/// once, so that it may be a pipe. Throws InputError as read_columns does, and for a header without such columns, with
/// a gap or with another number among them, such as prefix0 or prefix01.
CsvTable read_numbered_columns(std::filesystem::path const& path, std::string const& prefix);

}  // namespace metasolve::io

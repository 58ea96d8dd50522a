// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/io/csv.hpp"

#include <algorithm>
#include <cmath>
#include <unordered_map>
#include <utility>

#include "metasolve/detail/io/text.hpp"
#include "metasolve/error.hpp"

namespace metasolve::io {
namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view spaces = " \t\r";
  auto const first = text.find_first_not_of(spaces);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(spaces) - first + 1);
}

/// Reads the records of a file's text, line by line.
class Records {
 public:
  Records(std::string_view text, std::string name) : rest_(text), name_(std::move(name)) {
    auto const last = rest_.find_last_not_of(" \t\r\n");
    rest_ = rest_.substr(0, last == std::string_view::npos ? 0 : last + 1);
    if (rest_.empty()) throw InputError(name_ + ": is empty, expected a header line and rows; give another file");
  }

  bool next(std::vector<std::string>& cells) {
    cells.clear();
    if (rest_.empty()) return false;
    line_ = next_line_;
    while (take_cell(cells)) {
    }
    return true;
  }

  /// 1-based line of the file on which the last record begins.
  std::int64_t line() const { return line_; }
  std::string place() const { return name_ + ":" + std::to_string(line_); }

 private:
  /// Returns true if a comma follows, that is, if the record has another cell.
  bool take_cell(std::vector<std::string>& cells) {
    auto const start = rest_.find_first_not_of(" \t");
    bool const quoted = start != std::string_view::npos && rest_[start] == '"';
    std::string cell = quoted ? take_quoted(start) : std::string{};
    auto const end = std::min(rest_.find_first_of(",\n"), rest_.size());
    std::string_view const plain = trimmed(rest_.substr(0, end));
    cells.push_back(cell.append(plain));
    char const separator = end < rest_.size() ? rest_[end] : '\n';
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    // A comma at the end of the file is followed by an empty cell.
    if (separator == ',' && rest_.empty()) {
      cells.emplace_back();
      return false;
    }
    if (separator == '\n') ++next_line_;
    return separator == ',';
  }

  std::string take_quoted(std::size_t start) {
    std::string cell;
    std::size_t i = start + 1;
    for (; i < rest_.size(); ++i) {
      if (rest_[i] == '"') {
        if (i + 1 == rest_.size() || rest_[i + 1] != '"') break;
        ++i;
      }
      if (rest_[i] == '\n') ++next_line_;
      cell += rest_[i];
    }
    if (i == rest_.size()) throw InputError(place() + ": a quote is opened and never closed; close it");
    rest_.remove_prefix(i + 1);
    return cell;
  }

  std::string_view rest_;
  std::string name_;
  std::int64_t line_ = 1;
  std::int64_t next_line_ = 1;
};

std::vector<std::string> read_header(Records& records) {
  std::vector<std::string> header;
  records.next(header);
  for (auto& name : header) name = trimmed(name);
  return header;
}

/// The names as in the file, for messages.
std::string names_of(std::vector<std::string> const& header) {
  std::string present;
  for (auto const& name : header) {
    if (present.size() < 200) present += (present.empty() ? "" : ", ") + shown(name);
  }
  return "it has " + std::to_string(header.size()) + (header.size() == 1 ? " column: " : " columns: ") + present;
}

/// The remedy when columns are missing because the file is written differently.
std::string remedy(std::vector<std::string> const& header, std::string const& otherwise) {
  double number = 0;
  if (header.front().starts_with('#')) return "take the # away from the start of the header";
  if (std::ranges::all_of(header, [&](auto const& name) { return parse_real(name, number); })) {
    return "the first line holds numbers: write a header line above it";
  }
  for (auto const& [separator, name] :
       {std::pair{';', "semicolons"}, std::pair{'\t', "tabs"}, std::pair{'|', "bars"}, std::pair{' ', "spaces"}}) {
    if (header.size() == 1 && header.front().find(separator) != std::string::npos) {
      return std::string("the columns are separated by ") + name + ": separate them by commas";
    }
  }
  return otherwise;
}

std::vector<std::size_t> locate(std::vector<std::string> const& header, std::vector<std::string> const& columns,
                                std::string const& place) {
  std::vector<std::size_t> positions;
  std::string missing;
  std::unordered_map<std::string_view, std::vector<std::size_t>> places;
  for (std::size_t i = 0; i < header.size(); ++i) places[header[i]].push_back(i);
  for (auto const& column : columns) {
    auto const found = places.find(column);
    if (found == places.end()) {
      if (missing.size() < 200) missing += (missing.empty() ? "" : ", ") + column;
    } else if (found->second.size() > 1) {
      throw InputError(place + ": column " + shown(column) + " is there more than once; rename or remove one of them");
    } else {
      positions.push_back(found->second.front());
    }
  }
  if (missing.empty()) return positions;
  throw InputError(place + ": the header lacks " + missing + "; " + names_of(header) + "; " +
                   remedy(header, "add the missing columns or give another file"));
}

/// The n of prefix1 ... prefixn, which must be the only such names.
std::size_t numbered(std::vector<std::string> const& header, std::string const& prefix, std::string const& place) {
  std::vector<std::string> found;
  for (auto const& name : header) {
    bool const plain = name.size() > prefix.size() && name.starts_with(prefix) &&
                       name.find_first_not_of("0123456789", prefix.size()) == std::string::npos;
    if (plain) found.push_back(name);
  }
  if (found.empty()) {
    throw InputError(place + ": the header has no column " + prefix + "1; " + names_of(header) + "; " +
                     remedy(header, "expected columns " + prefix + "1, " + prefix + "2, ..., one for each unknown"));
  }
  for (auto const& name : found) {
    if (name[prefix.size()] != '0') continue;
    throw InputError(place + ": column " + shown(name) + ": the columns are numbered from " + prefix +
                     "1, without leading zeros; rename it and, if need be, those after it");
  }
  // Sorted by number, as none has leading zeros.
  std::ranges::sort(found, {}, [](std::string const& name) { return std::pair(name.size(), std::string_view(name)); });
  auto const twice = std::ranges::adjacent_find(found);
  if (twice != found.end()) {
    throw InputError(place + ": column " + shown(*twice) + " is there more than once; rename or remove one of them");
  }
  for (std::size_t i = 0; i < found.size(); ++i) {
    auto const name = prefix + std::to_string(i + 1);
    if (found[i] == name) continue;
    throw InputError(place + ": the header has " + shown(found.back()) + " but not " + shown(name) + "; " +
                     names_of(header) + "; " +
                     remedy(header, "the columns are numbered without a gap: add it, or rename those after it"));
  }
  return found.size();
}

double read_number(std::string_view cell, std::string const& column, Records const& records, CsvNumbers numbers) {
  auto const refuse = [&](std::string const& problem) {
    throw InputError(records.place() + ": column " + shown(column) + ": " + shown(cell) + problem);
  };
  double value = 0.0;
  if (!parse_real(cell, value)) refuse(" is not a number, expected one such as -1.5e-3; correct the cell");
  bool const written = cell.find_first_of("0123456789") != std::string_view::npos;
  if (numbers == CsvNumbers::or_infinite && std::isinf(value) && !written) return value;
  if (!std::isfinite(value)) {
    refuse(written ? " is beyond the range of a double; correct the cell or remove the row"
                   : " is not finite, expected a finite number; correct the cell or remove the row");
  }
  return value;
}

/// columns_of(header, place of the header): the requested columns.
template <class ColumnsOf>
CsvTable read_table(std::filesystem::path const& path, CsvNumbers numbers, ColumnsOf&& columns_of) {
  std::string const text = read_text(path);
  Records records(text, path.string());
  CsvTable table;
  table.header = read_header(records);
  std::vector<std::string> const columns = columns_of(table.header, records.place());
  std::vector<std::size_t> const positions = locate(table.header, columns, records.place());
  std::vector<char> wanted(table.header.size(), 0);
  for (auto const position : positions) wanted[position] = 1;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i] == 0) table.ignored.push_back(table.header[i]);
  }
  std::vector<std::string> cells;
  while (records.next(cells)) {
    if (cells.size() != table.header.size()) {
      throw InputError(records.place() + ": the row has " + std::to_string(cells.size()) + " cells, expected " +
                       std::to_string(table.header.size()) + " as in the header; correct or remove the row");
    }
    for (std::size_t i = 0; i < columns.size(); ++i) {
      table.values.push_back(read_number(trimmed(cells[positions[i]]), columns[i], records, numbers));
    }
    ++table.rows;
  }
  table.columns = columns.size();
  if (table.rows == 0) {
    throw InputError(path.string() + ": has a header and no rows, expected at least one row; add rows");
  }
  return table;
}

}  // namespace

CsvTable read_columns(std::filesystem::path const& path, std::vector<std::string> const& columns, CsvNumbers numbers) {
  return read_table(path, numbers, [&](auto const&, auto const&) { return columns; });
}

CsvTable read_numbered_columns(std::filesystem::path const& path, std::string const& prefix) {
  return read_table(path, CsvNumbers::finite, [&](std::vector<std::string> const& header, std::string const& place) {
    std::vector<std::string> columns;
    for (std::size_t i = 1, count = numbered(header, prefix, place); i <= count; ++i) {
      columns.push_back(prefix + std::to_string(i));
    }
    return columns;
  });
}

}  // namespace metasolve::io

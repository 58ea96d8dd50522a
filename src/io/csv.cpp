// SPDX-License-Identifier: Apache-2.0
#include "src/io/csv.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <system_error>

#include "metasolve/error.hpp"
#include "src/io/read_file.hpp"

namespace metasolve::io {
namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view spaces = " \t\r";
  auto const first = text.find_first_not_of(spaces);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(spaces) - first + 1);
}

/// For messages: short, and on one line whatever the file holds.
std::string shown(std::string_view text) {
  constexpr std::size_t longest = 40;
  std::string result(text.substr(0, longest));
  std::ranges::replace_if(
      result, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '?');
  return "\"" + result + (text.size() > longest ? "...\"" : "\"");
}

/// Walks through the records of a file's text, line by line.
class Records {
 public:
  Records(std::string_view text, std::string name) : rest_(text), name_(std::move(name)) {
    constexpr std::string_view mark = "\xEF\xBB\xBF";
    if (rest_.starts_with(mark)) rest_.remove_prefix(mark.size());
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

  /// Line of the file on which the last record begins, from 1.
  std::int64_t line() const { return line_; }
  std::string place() const { return name_ + ":" + std::to_string(line_); }

 private:
  /// True when a comma follows, that is, when the record has a further cell.
  bool take_cell(std::vector<std::string>& cells) {
    auto const start = rest_.find_first_not_of(" \t");
    bool const quoted = start != std::string_view::npos && rest_[start] == '"';
    std::string cell = quoted ? take_quoted(start) : std::string{};
    auto const end = std::min(rest_.find_first_of(",\n"), rest_.size());
    std::string_view const plain = trimmed(rest_.substr(0, end));
    cells.push_back(cell.append(plain));
    char const separator = end < rest_.size() ? rest_[end] : '\n';
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    // A comma that ends the file has an empty cell after it.
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

std::vector<std::size_t> locate(std::vector<std::string> const& header, std::vector<std::string> const& columns,
                                std::string const& place) {
  std::vector<std::size_t> positions;
  std::string missing;
  for (auto const& column : columns) {
    auto const found = std::ranges::find(header, column);
    if (found == header.end()) {
      missing += (missing.empty() ? "" : ", ") + column;
    } else if (std::find(found + 1, header.end(), column) != header.end()) {
      throw InputError(place + ": column " + shown(column) + " is there more than once; rename or remove one of them");
    } else {
      positions.push_back(static_cast<std::size_t>(found - header.begin()));
    }
  }
  if (missing.empty()) return positions;
  std::string present;
  for (auto const& name : header) {
    if (present.size() < 200) present += (present.empty() ? "" : ", ") + shown(name);
  }
  throw InputError(place + ": the header lacks " + missing + "; it has " + std::to_string(header.size()) +
                   " columns: " + present + "; add the missing columns or give another file");
}

double read_number(std::string_view cell, std::string const& column, Records const& records) {
  auto const refuse = [&](std::string const& problem) {
    throw InputError(records.place() + ": column " + shown(column) + ": " + shown(cell) + problem);
  };
  // A plus sign is common in scientific output, but std::from_chars does not know it.
  std::string_view const digits = cell.size() > 1 && cell[0] == '+' && cell[1] != '-' ? cell.substr(1) : cell;
  double value = 0.0;
  auto const [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  bool const whole = end == digits.data() + digits.size();
  if (error == std::errc::result_out_of_range && whole) {
    refuse(" is beyond the range of a double; correct the cell or remove the row");
  }
  if (error != std::errc{} || !whole) {
    refuse(" is not a number, expected one such as -1.5e-3; correct the cell");
  }
  if (!std::isfinite(value)) {
    refuse(" is not finite, expected a finite number; correct the cell or remove the row");
  }
  return value;
}

}  // namespace

CsvTable read_columns(std::filesystem::path const& path, std::vector<std::string> const& columns) {
  std::string const text = read_file(path);
  Records records(text, path.string());
  CsvTable table;
  table.header = read_header(records);
  std::vector<std::size_t> const positions = locate(table.header, columns, records.place());
  for (auto const& name : table.header) {
    if (std::ranges::find(columns, name) == columns.end()) table.ignored.push_back(name);
  }
  std::vector<std::string> cells;
  while (records.next(cells)) {
    if (cells.size() != table.header.size()) {
      throw InputError(records.place() + ": the row has " + std::to_string(cells.size()) + " cells, expected " +
                       std::to_string(table.header.size()) + " as in the header; correct or remove the row");
    }
    for (std::size_t i = 0; i < columns.size(); ++i) {
      table.values.push_back(read_number(trimmed(cells[positions[i]]), columns[i], records));
    }
    ++table.rows;
  }
  if (table.rows == 0) {
    throw InputError(path.string() + ": has a header and no rows, expected at least one row; add rows");
  }
  return table;
}

int count_numbered_columns(std::filesystem::path const& path, std::string_view prefix) {
  std::string const text = read_file(path);
  Records records(text, path.string());
  std::vector<std::string> const header = read_header(records);
  int count = 0;
  while (std::ranges::find(header, std::string(prefix) + std::to_string(count + 1)) != header.end()) ++count;
  return count;
}

}  // namespace metasolve::io

// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <string>

#include "metasolve/detail/io/matrix_market.hpp"
#include "metasolve/detail/io/matrix_market_header.hpp"
#include "metasolve/detail/io/text.hpp"

namespace metasolve::io {

namespace {

/// Reads a vector in the Matrix Market format: one column, dense or sparse. The first line has already been read.
std::vector<double> read_column(Lines& lines, std::int64_t count) {
  auto const header = read_matrix_market_header(lines, "%%MatrixMarket matrix array|coordinate real|integer general");
  bool const dense = header.form == "array";
  if ((!dense && header.form != "coordinate") || header.symmetry != "general" || header.field == "pattern") {
    lines.reject("a \"" + header.form + " " + header.field + " " + header.symmetry +
                 "\" right-hand side, expected array real general");
  }
  if (!find_matrix_market_sizes(lines)) lines.reject("the file ends before the line of sizes");
  auto const sizes = lines.words();
  std::int64_t rows = 0, columns = 0, entries = count;
  if (sizes.size() != (dense ? 2U : 3U) || !parse_number(sizes[0], rows) || !parse_number(sizes[1], columns) ||
      (!dense && !parse_number(sizes[2], entries)) || entries < 0) {
    lines.reject("given " + shown(lines.text()) + ", expected whole numbers: rows columns" + (dense ? "" : " entries"));
  }
  if (rows != count || columns != 1) {
    lines.reject("a right-hand side of " + std::to_string(rows) + " by " + std::to_string(columns) + ", expected " +
                 std::to_string(count) + " by 1, one number for each row of the matrix");
  }
  std::vector<double> values(static_cast<std::size_t>(count), 0.0);
  std::int64_t found = 0;
  while (lines.next()) {
    if (lines.skips()) continue;
    auto const words = lines.words();
    if (found == entries) lines.reject("more than the " + std::to_string(entries) + " entries that the sizes promise");
    std::int64_t i = found + 1, j = 1;
    double value = 0;
    bool const whole =
        dense ? words.size() == 1 : words.size() == 3 && parse_number(words[0], i) && parse_number(words[1], j);
    if (!whole || !parse_number(words.back(), value)) {
      lines.reject("given " + shown(lines.text()) + ", expected " + (dense ? "one number" : "row 1 value"));
    }
    if (i < 1 || i > count || j != 1) {
      lines.reject("index (" + std::to_string(i) + ", " + std::to_string(j) + ") is outside the right-hand side");
    }
    if (!std::isfinite(value)) lines.reject("the value " + std::string(words.back()) + " is not finite");
    values[static_cast<std::size_t>(i - 1)] += value;
    ++found;
  }
  if (found < entries) {
    lines.reject("the file ends after " + std::to_string(found) + " of " + std::to_string(entries) + " numbers");
  }
  return values;
}

}  // namespace

std::vector<double> read_vector(std::filesystem::path const& path, std::int64_t count) {
  Lines lines(path);
  return read_vector(lines, count);
}

std::vector<double> read_vector(Lines& lines, std::int64_t count) {
  std::vector<double> values;
  while (lines.next()) {
    if (lines.number() == 1 && lines.text().starts_with("%%")) return read_column(lines, count);
    if (lines.skips("%#")) continue;
    for (auto const word : lines.words()) {
      double value = 0;
      if (!parse_number(word, value)) {
        lines.reject("given " + shown(word) + ", expected a finite number");
      }
      if (!std::isfinite(value)) lines.reject("the value " + std::string(word) + " is not finite");
      if (static_cast<std::int64_t>(values.size()) == count) {
        lines.reject("more than " + std::to_string(count) + " numbers, one for each row of the matrix");
      }
      values.push_back(value);
    }
  }
  if (static_cast<std::int64_t>(values.size()) < count) {
    lines.reject(std::to_string(values.size()) + " numbers, expected " + std::to_string(count) +
                 ", one for each row of the matrix");
  }
  return values;
}

}  // namespace metasolve::io

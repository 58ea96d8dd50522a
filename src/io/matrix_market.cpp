// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/io/matrix_market.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "metasolve/detail/io/matrix_market_header.hpp"
#include "metasolve/detail/io/text.hpp"

namespace metasolve::io {

namespace {

/// The promises of the first lines.
struct Promise {
  bool dense = false;    ///< in array form: values alone, by columns
  bool pattern = false;  ///< no values: each is 1
  std::int64_t rows = 0, columns = 0, entries = 0;
};

Promise read_promise(Lines& lines, MatrixMarket& matrix, MatrixShape shape) {
  std::string const expected =
      "%%MatrixMarket matrix coordinate|array real|integer|pattern general|symmetric|skew-symmetric";
  if (!lines.next()) lines.reject("the file is empty, expected a first line " + expected);
  auto const header = read_matrix_market_header(lines, expected);
  Promise promise{header.form == "array", header.field == "pattern"};
  if (!promise.dense && header.form != "coordinate") {
    lines.reject("a matrix in \"" + header.form + "\" form, expected coordinate or array");
  }
  if (promise.dense && promise.pattern) lines.reject("an array of \"pattern\" has no values; expected real or integer");
  matrix.symmetric = header.symmetry == "symmetric";
  matrix.skew_symmetric = header.symmetry == "skew-symmetric";
  if (!matrix.symmetric && !matrix.skew_symmetric && header.symmetry != "general") {
    lines.reject("a \"" + header.symmetry + "\" matrix, expected general, symmetric or skew-symmetric");
  }
  std::string const columns = promise.dense ? "rows columns" : "rows columns entries";
  if (!find_matrix_market_sizes(lines)) lines.reject("the file ends before the line of sizes: " + columns);
  auto const sizes = lines.words();
  if (sizes.size() != (promise.dense ? 2U : 3U) || !parse_number(sizes[0], promise.rows) ||
      !parse_number(sizes[1], promise.columns) || (!promise.dense && !parse_number(sizes[2], promise.entries)) ||
      promise.rows < 1 || promise.columns < 1 || promise.entries < 0) {
    lines.reject("given " + shown(lines.text()) + ", expected " + (promise.dense ? "two" : "three") +
                 " whole numbers: " + columns);
  }
  bool const is_square = promise.rows == promise.columns;
  if (!is_square && (shape == MatrixShape::square || matrix.symmetric || matrix.skew_symmetric)) {
    lines.reject("a matrix of " + std::to_string(promise.rows) + " by " + std::to_string(promise.columns) +
                 ", expected a square one");
  }
  return promise;
}

void require_memory(Lines const& lines, Promise& promise, MatrixMarket const& matrix, std::int64_t memory) {
  std::int64_t const most = std::numeric_limits<std::int32_t>::max();
  auto const size = static_cast<std::int64_t>(sizeof(MatrixMarketEntry));
  auto const n = std::max(promise.rows, promise.columns);
  // Compared by division: the square of a huge number of rows does not fit.
  bool const too_many_rows =
      n > most || n > memory / size || (promise.dense && n > most / std::min(promise.rows, promise.columns));
  if (!too_many_rows && promise.dense) {
    promise.entries = matrix.symmetric        ? n * (n + 1) / 2
                      : matrix.skew_symmetric ? n * (n - 1) / 2
                                              : promise.rows * promise.columns;
  }
  if (too_many_rows || promise.entries > most || promise.entries > memory / size) {
    lines.reject(std::to_string(promise.rows) + " rows and " +
                 (promise.dense ? "all" : std::to_string(promise.entries)) + " entries take more than the " +
                 std::to_string(memory >> 20) +
                 " MiB allowed; give more with --set resources.memory=..., or a smaller matrix");
  }
}

/// A line of the coordinate form.
MatrixMarketEntry read_entry(Lines const& lines, Promise const& promise, MatrixMarket const& matrix) {
  auto const words = lines.words();
  std::int64_t i = 0, j = 0;
  double value = 1;
  bool const whole = words.size() == (promise.pattern ? 2U : 3U) && parse_number(words[0], i) &&
                     parse_number(words[1], j) && (promise.pattern || parse_number(words[2], value));
  if (!whole) {
    lines.reject("given " + shown(lines.text()) + ", expected: row column" + (promise.pattern ? "" : " value"));
  }
  std::string const place = "(" + std::to_string(i) + ", " + std::to_string(j) + ")";
  if (i < 1 || i > promise.rows || j < 1 || j > promise.columns) {
    std::string const last = std::to_string(promise.rows);
    lines.reject("index " + place + " is outside " +
                 (promise.rows == promise.columns
                      ? "1 to " + last
                      : "(1, 1) to (" + last + ", " + std::to_string(promise.columns) + ")"));
  }
  if (!std::isfinite(value)) lines.reject("the value " + std::string(words[2]) + " is not finite");
  if (matrix.symmetric && j > i) {
    lines.reject("entry " + place + " lies above the diagonal; a symmetric file holds the lower triangle alone");
  }
  if (matrix.skew_symmetric && j >= i) {
    lines.reject("entry " + place +
                 " lies on or above the diagonal; a skew-symmetric file holds what is below it alone");
  }
  return {static_cast<std::int32_t>(i - 1), static_cast<std::int32_t>(j - 1), value, lines.number()};
}

/// Walks over the places of an array, by columns.
class ArrayPlace {
 public:
  explicit ArrayPlace(MatrixMarket const& matrix) : matrix_(matrix) { start_column(); }
  MatrixMarketEntry next(double value, std::int64_t line) {
    MatrixMarketEntry const entry{row_, column_, value, line};
    if (++row_ == matrix_.rows) {
      ++column_;
      start_column();
    }
    return entry;
  }

 private:
  void start_column() { row_ = matrix_.symmetric ? column_ : matrix_.skew_symmetric ? column_ + 1 : 0; }

  MatrixMarket const& matrix_;
  std::int32_t row_ = 0, column_ = 0;
};

void read_array(Lines& lines, Promise const& promise, MatrixMarket& matrix) {
  ArrayPlace place(matrix);
  while (lines.next()) {
    if (lines.skips()) continue;
    for (auto const word : lines.words()) {
      double value = 0;
      if (!parse_number(word, value)) lines.reject("given " + shown(word) + ", expected a number");
      if (!std::isfinite(value)) lines.reject("the value " + std::string(word) + " is not finite");
      if (static_cast<std::int64_t>(matrix.entries.size()) == promise.entries) {
        lines.reject("more than the " + std::to_string(promise.entries) + " numbers of such an array");
      }
      matrix.entries.push_back(place.next(value, lines.number()));
    }
  }
}

void read_coordinates(Lines& lines, Promise const& promise, MatrixMarket& matrix) {
  while (lines.next()) {
    if (lines.skips()) continue;
    if (static_cast<std::int64_t>(matrix.entries.size()) == promise.entries) {
      lines.reject("more than the " + std::to_string(promise.entries) + " entries that the line of sizes promises");
    }
    matrix.entries.push_back(read_entry(lines, promise, matrix));
  }
}

}  // namespace

MatrixMarket read_matrix_market(std::filesystem::path const& path, std::int64_t memory, MatrixShape shape) {
  Lines lines(path);
  return read_matrix_market(lines, memory, shape);
}

MatrixMarket read_matrix_market(Lines& lines, std::int64_t memory, MatrixShape shape) {
  MatrixMarket matrix;
  auto promise = read_promise(lines, matrix, shape);
  require_memory(lines, promise, matrix, memory);
  matrix.rows = static_cast<std::int32_t>(promise.rows);
  matrix.columns = static_cast<std::int32_t>(promise.columns);
  matrix.entries.reserve(static_cast<std::size_t>(promise.entries));
  promise.dense ? read_array(lines, promise, matrix) : read_coordinates(lines, promise, matrix);
  if (static_cast<std::int64_t>(matrix.entries.size()) < promise.entries) {
    lines.reject("the file ends after " + std::to_string(matrix.entries.size()) + " of " +
                 std::to_string(promise.entries) + " entries");
  }
  return matrix;
}

}  // namespace metasolve::io

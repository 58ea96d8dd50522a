// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/io/matrix_market.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>

#include "metasolve/detail/io/text.hpp"
#include "metasolve/error.hpp"

namespace metasolve::io {

namespace {

/// Reads a file line by line, with any line ending.
class Lines {
 public:
  explicit Lines(std::filesystem::path const& path) : path_(path), stream_(path) {
    std::error_code none;
    bool const folder = std::filesystem::is_directory(path, none);
    if (!stream_ || folder) {
      throw InputError(path.string() +
                       ": cannot be opened: " + (folder ? "it is a folder" : std::generic_category().message(errno)) +
                       "; give the name of a readable file");
    }
  }
  bool next() {
    if (!std::getline(*source_, line_, end_)) return false;
    if (++number_ == 1) begin();
    while (!line_.empty() && line_.back() == '\r') line_.pop_back();
    return true;
  }
  [[nodiscard]] std::string const& text() const { return line_; }
  [[nodiscard]] std::int64_t number() const { return number_; }
  [[nodiscard]] std::vector<std::string_view> words() const {
    std::vector<std::string_view> words;
    std::string_view const blank = " \t\r\v\f";
    std::string_view const line = line_;
    for (auto at = line.find_first_not_of(blank); at != line.npos;) {
      auto const end = std::min(line.find_first_of(blank, at), line.size());
      words.push_back(line.substr(at, end - at));
      at = line.find_first_not_of(blank, end);
    }
    return words;
  }
  /// Whether the line is blank or a comment, which may be indented.
  [[nodiscard]] bool skips(std::string_view marks = "%") const {
    auto const first = line_.find_first_not_of(" \t\r\v\f");
    return first == line_.npos || marks.find(line_[first]) != marks.npos;
  }
  [[noreturn]] void reject(std::string const& what) const {
    throw InputError(path_.string() + ":" + std::to_string(number_) + ": " + what);
  }

 private:
  void begin() {
    line_.erase(0, text_start(line_, path_));
    if (!stream_.eof() || line_.find('\r') == line_.npos) return;
    // The whole file is one line: its line ends are CR alone.
    whole_.str(line_);
    source_ = &whole_;
    end_ = '\r';
    std::getline(whole_, line_, end_);
  }

  std::filesystem::path path_;
  std::ifstream stream_;
  std::istringstream whole_;
  std::istream* source_ = &stream_;
  char end_ = '\n';
  std::string line_;
  std::int64_t number_ = 0;
};

bool parse(std::string_view word, double& value) { return parse_real(word, value); }
bool parse(std::string_view word, std::int64_t& value) {
  if (word.size() > 1 && word.front() == '+') word.remove_prefix(1);
  auto const [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  return error == std::errc() && end == word.data() + word.size();
}

/// Contents of a matrix's first line.
struct Header {
  std::string form, field, symmetry;  ///< in lower case
};

/// Parses the first line, which has already been read.
Header read_header(Lines& lines, std::string const& expected) {
  std::vector<std::string> words;
  for (auto const word : lines.words()) {
    words.emplace_back(word);
    std::transform(words.back().begin(), words.back().end(), words.back().begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  }
  if (words.size() != 5 || words[0] != "%%matrixmarket" || words[1] != "matrix") {
    lines.reject("given " + shown(lines.text()) + ", expected " + expected);
  }
  if (words[3] != "real" && words[3] != "double" && words[3] != "integer") {
    lines.reject("a matrix of \"" + words[3] + "\", which has no real values, expected real or integer");
  }
  return {words[2], words[3], words[4]};
}

/// Advances to the size line; false: the file ends first.
bool find_sizes(Lines& lines) {
  while (lines.next()) {
    if (!lines.skips()) return true;
  }
  return false;
}

/// Reads a vector in the Matrix Market format: one column, dense or sparse. The first line has already been read.
std::vector<double> read_column(Lines& lines, std::int64_t count) {
  auto const header = read_header(lines, "%%MatrixMarket matrix array|coordinate real|integer general");
  bool const dense = header.form == "array";
  if ((!dense && header.form != "coordinate") || header.symmetry != "general") {
    lines.reject("a \"" + header.form + " " + header.symmetry + "\" right-hand side, expected array general");
  }
  if (!find_sizes(lines)) lines.reject("the file ends before the line of sizes");
  auto const sizes = lines.words();
  std::int64_t rows = 0, columns = 0, entries = count;
  if (sizes.size() != (dense ? 2U : 3U) || !parse(sizes[0], rows) || !parse(sizes[1], columns) ||
      (!dense && !parse(sizes[2], entries)) || entries < 0) {
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
    bool const whole = dense ? words.size() == 1 : words.size() == 3 && parse(words[0], i) && parse(words[1], j);
    if (!whole || !parse(words.back(), value)) {
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

MatrixMarket read_matrix_market(std::filesystem::path const& path, std::int64_t memory) {
  Lines lines(path);
  MatrixMarket matrix;
  std::string const expected = "%%MatrixMarket matrix coordinate real|integer general|symmetric";
  if (!lines.next()) lines.reject("the file is empty, expected a first line " + expected);
  auto const header = read_header(lines, expected);
  if (header.form != "coordinate") lines.reject("a matrix in \"" + header.form + "\" form, expected coordinate");
  matrix.symmetric = header.symmetry == "symmetric";
  if (!matrix.symmetric && header.symmetry != "general") {
    lines.reject("a \"" + header.symmetry + "\" matrix, expected general or symmetric");
  }
  if (!find_sizes(lines)) lines.reject("the file ends before the line of sizes: rows columns entries");
  auto const sizes = lines.words();
  std::int64_t rows = 0, columns = 0, entries = 0;
  if (sizes.size() != 3 || !parse(sizes[0], rows) || !parse(sizes[1], columns) || !parse(sizes[2], entries) ||
      rows < 1 || columns < 1 || entries < 0) {
    lines.reject("given " + shown(lines.text()) + ", expected three whole numbers: rows columns entries");
  }
  if (rows != columns) {
    lines.reject("a matrix of " + std::to_string(rows) + " by " + std::to_string(columns) + ", expected a square one");
  }
  std::int64_t const most = std::numeric_limits<std::int32_t>::max();
  auto const size = static_cast<std::int64_t>(sizeof(MatrixMarketEntry));
  if (rows > most || entries > most || entries > memory / size || rows > memory / size) {
    lines.reject(std::to_string(rows) + " rows and " + std::to_string(entries) + " entries take more than the " +
                 std::to_string(memory >> 20) +
                 " MiB allowed; give more with --set resources.memory=..., or a smaller matrix");
  }
  matrix.rows = static_cast<std::int32_t>(rows);
  matrix.entries.reserve(static_cast<std::size_t>(entries));
  while (lines.next()) {
    if (lines.skips()) continue;
    auto const words = lines.words();
    if (static_cast<std::int64_t>(matrix.entries.size()) == entries) {
      lines.reject("more than the " + std::to_string(entries) + " entries that the line of sizes promises");
    }
    std::int64_t i = 0, j = 0;
    double value = 0;
    if (words.size() != 3 || !parse(words[0], i) || !parse(words[1], j) || !parse(words[2], value)) {
      lines.reject("given " + shown(lines.text()) + ", expected: row column value");
    }
    if (i < 1 || i > rows || j < 1 || j > rows) {
      lines.reject("index (" + std::to_string(i) + ", " + std::to_string(j) + ") is outside 1 to " +
                   std::to_string(rows));
    }
    if (!std::isfinite(value)) lines.reject("the value " + std::string(words[2]) + " is not finite");
    if (matrix.symmetric && j > i) {
      lines.reject("entry (" + std::to_string(i) + ", " + std::to_string(j) +
                   ") lies above the diagonal; a symmetric file holds the lower triangle alone");
    }
    matrix.entries.push_back(
        {static_cast<std::int32_t>(i - 1), static_cast<std::int32_t>(j - 1), value, lines.number()});
  }
  if (static_cast<std::int64_t>(matrix.entries.size()) < entries) {
    lines.reject("the file ends after " + std::to_string(matrix.entries.size()) + " of " + std::to_string(entries) +
                 " entries");
  }
  return matrix;
}

std::vector<double> read_vector(std::filesystem::path const& path, std::int64_t count) {
  Lines lines(path);
  std::vector<double> values;
  while (lines.next()) {
    if (lines.number() == 1 && lines.text().starts_with("%%")) return read_column(lines, count);
    if (lines.skips("%#")) continue;
    for (auto const word : lines.words()) {
      double value = 0;
      if (!parse(word, value)) {
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

// SPDX-License-Identifier: Apache-2.0
#include "src/io/matrix_market.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>
#include <string>
#include <string_view>

#include "metasolve/error.hpp"

namespace metasolve::io {

namespace {

/// A file line by line.
class Lines {
 public:
  explicit Lines(std::filesystem::path const& path) : path_(path), stream_(path) {
    if (!stream_ || std::filesystem::is_directory(path)) {
      throw InputError(path.string() + ": cannot be opened: " + (errno != 0 ? std::strerror(errno) : "not a file") +
                       "; give the name of a readable file");
    }
  }
  bool next() {
    if (!std::getline(stream_, line_)) return false;
    ++number_;
    if (!line_.empty() && line_.back() == '\r') line_.pop_back();
    return true;
  }
  [[nodiscard]] std::string const& text() const { return line_; }
  [[nodiscard]] std::int64_t number() const { return number_; }
  [[nodiscard]] std::vector<std::string_view> words() const {
    std::vector<std::string_view> words;
    std::string_view const blank = " \t";
    std::string_view const line = line_;
    for (auto at = line.find_first_not_of(blank); at != line.npos;) {
      auto const end = std::min(line.find_first_of(blank, at), line.size());
      words.push_back(line.substr(at, end - at));
      at = line.find_first_not_of(blank, end);
    }
    return words;
  }
  [[noreturn]] void reject(std::string const& what) const {
    throw InputError(path_.string() + ":" + std::to_string(number_) + ": " + what);
  }

 private:
  std::filesystem::path path_;
  std::ifstream stream_;
  std::string line_;
  std::int64_t number_ = 0;
};

template <class T>
bool parse(std::string_view word, T& value) {
  if (word.size() > 1 && word.front() == '+') word.remove_prefix(1);
  auto const [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if constexpr (std::is_floating_point_v<T>) {
    if (error == std::errc::result_out_of_range) {  // 1e-400 is 0, 1e400 is not finite
      value = std::strtod(std::string(word).c_str(), nullptr);
      return end == word.data() + word.size();
    }
  }
  return error == std::errc() && end == word.data() + word.size();
}

/// True if the header says symmetric.
bool read_header(Lines& lines) {
  std::string const expected = "%%MatrixMarket matrix coordinate real|integer general|symmetric";
  if (!lines.next()) lines.reject("the file is empty, expected a first line " + expected);
  std::vector<std::string> words;
  for (auto const word : lines.words()) {
    words.emplace_back(word);
    std::transform(words.back().begin(), words.back().end(), words.back().begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  }
  if (words.size() != 5 || words[0] != "%%matrixmarket" || words[1] != "matrix") {
    lines.reject("given \"" + lines.text().substr(0, 80) + "\", expected " + expected);
  }
  if (words[2] != "coordinate") lines.reject("a matrix in \"" + words[2] + "\" form, expected coordinate");
  if (words[3] != "real" && words[3] != "double" && words[3] != "integer") {
    lines.reject("a matrix of \"" + words[3] + "\", which has no real values, expected real or integer");
  }
  if (words[4] != "general" && words[4] != "symmetric") {
    lines.reject("a \"" + words[4] + "\" matrix, expected general or symmetric");
  }
  return words[4] == "symmetric";
}

}  // namespace

MatrixMarket read_matrix_market(std::filesystem::path const& path, std::int64_t memory) {
  Lines lines(path);
  MatrixMarket matrix;
  matrix.symmetric = read_header(lines);
  bool found = false;
  while (!found && lines.next()) found = !lines.text().starts_with('%') && !lines.words().empty();
  if (!found) lines.reject("the file ends before the line of sizes: rows columns entries");
  auto const sizes = lines.words();
  std::int64_t rows = 0, columns = 0, entries = 0;
  if (sizes.size() != 3 || !parse(sizes[0], rows) || !parse(sizes[1], columns) || !parse(sizes[2], entries) ||
      rows < 1 || columns < 1 || entries < 0) {
    lines.reject("given \"" + lines.text().substr(0, 80) + "\", expected three whole numbers: rows columns entries");
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
    auto const words = lines.words();
    if (words.empty() || words[0].starts_with('%')) continue;
    if (static_cast<std::int64_t>(matrix.entries.size()) == entries) {
      lines.reject("more than the " + std::to_string(entries) + " entries that the line of sizes promises");
    }
    std::int64_t i = 0, j = 0;
    double value = 0;
    if (words.size() != 3 || !parse(words[0], i) || !parse(words[1], j) || !parse(words[2], value)) {
      lines.reject("given \"" + lines.text().substr(0, 80) + "\", expected: row column value");
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
    for (auto const word : lines.words()) {
      double value = 0;
      if (!parse(word, value) || !std::isfinite(value)) {
        lines.reject("given \"" + std::string(word) + "\", expected a finite number");
      }
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

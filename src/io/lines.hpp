// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <istream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace metasolve::io {

/// Reads a text line by line, with any line ending.
class Lines {
 public:
  /// @throws InputError, which names the file: it cannot be opened, or is a folder
  explicit Lines(std::filesystem::path const& path);
  /// Reads from `text`, for example an unpacked file. path: for messages. The stream must outlive this.
  Lines(std::istream& text, std::filesystem::path path) : path_(std::move(path)), source_(&text) {}
  Lines(Lines const&) = delete;
  Lines& operator=(Lines const&) = delete;
  ~Lines() = default;

  /// Advances to the next line; false: there is none. @throws InputError not UTF-8
  bool next();
  [[nodiscard]] std::string const& text() const { return line_; }
  [[nodiscard]] std::int64_t number() const { return number_; }  ///< from 1
  [[nodiscard]] std::vector<std::string_view> words() const;
  /// Whether the line is blank or a comment, which may be indented.
  [[nodiscard]] bool skips(std::string_view marks = "%") const;
  /// @throws InputError "FILE:LINE: what"
  [[noreturn]] void reject(std::string const& what) const;

 private:
  void begin();

  std::filesystem::path path_;
  std::ifstream file_;
  std::istringstream whole_;
  std::istream* source_ = &file_;
  char end_ = '\n';
  std::string line_;
  std::int64_t number_ = 0;
};

/// Parses the whole word. Returns false if it is not such a number.
bool parse_number(std::string_view word, double& value);
bool parse_number(std::string_view word, std::int64_t& value);

}  // namespace metasolve::io

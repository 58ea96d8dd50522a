// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/io/lines.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <system_error>

#include "metasolve/detail/io/text.hpp"
#include "metasolve/error.hpp"

namespace metasolve::io {

Lines::Lines(std::filesystem::path const& path) : path_(path), file_(path) {
  std::error_code none;
  bool const folder = std::filesystem::is_directory(path, none);
  if (!file_ || folder) {
    throw InputError(path.string() +
                     ": cannot be opened: " + (folder ? "it is a folder" : std::generic_category().message(errno)) +
                     "; give the name of a readable file");
  }
}

bool Lines::next() {
  if (!std::getline(*source_, line_, end_)) return false;
  if (++number_ == 1) begin();
  while (!line_.empty() && line_.back() == '\r') line_.pop_back();
  return true;
}

void Lines::begin() {
  line_.erase(0, text_start(line_, path_));
  if (!source_->eof() || line_.find('\r') == line_.npos) return;
  // The whole file is one line: its line ends are CR alone.
  whole_.str(line_);
  source_ = &whole_;
  end_ = '\r';
  std::getline(whole_, line_, end_);
}

std::vector<std::string_view> Lines::words() const {
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

bool Lines::skips(std::string_view marks) const {
  auto const first = line_.find_first_not_of(" \t\r\v\f");
  return first == line_.npos || marks.find(line_[first]) != marks.npos;
}

void Lines::reject(std::string const& what) const {
  throw InputError(path_.string() + ":" + std::to_string(number_) + ": " + what);
}

bool parse_number(std::string_view word, double& value) { return parse_real(word, value); }

bool parse_number(std::string_view word, std::int64_t& value) {
  if (word.size() > 1 && word.front() == '+') word.remove_prefix(1);
  auto const [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  return error == std::errc() && end == word.data() + word.size();
}

}  // namespace metasolve::io

// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/io/matrix_market_header.hpp"

#include <algorithm>
#include <cctype>

#include "metasolve/detail/io/text.hpp"

namespace metasolve::io {

MatrixMarketHeader read_matrix_market_header(Lines const& lines, std::string const& expected) {
  std::vector<std::string> words;
  for (auto const word : lines.words()) {
    words.emplace_back(word);
    std::transform(words.back().begin(), words.back().end(), words.back().begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  }
  if (words.size() != 5 || words[0] != "%%matrixmarket" || words[1] != "matrix") {
    lines.reject("given " + shown(lines.text()) + ", expected " + expected);
  }
  if (words[3] != "real" && words[3] != "double" && words[3] != "integer" && words[3] != "pattern") {
    lines.reject("a matrix of " + shown(words[3]) + ", which has no real values, expected real, integer or pattern");
  }
  return {words[2], words[3], words[4]};
}

bool find_matrix_market_sizes(Lines& lines) {
  while (lines.next()) {
    if (!lines.skips()) return true;
  }
  return false;
}

}  // namespace metasolve::io

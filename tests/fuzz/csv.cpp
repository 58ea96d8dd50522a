// SPDX-License-Identifier: Apache-2.0
#include "src/io/csv.hpp"

#include <cmath>

#include "fuzz.hpp"
#include "metasolve/error.hpp"

/// A file of tasks: refused with a message, or a table of finite numbers of the size that it says.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace metasolve;
  static fuzz::MemoryFile file;
  auto const& path = file.holding({reinterpret_cast<char const*>(data), size});
  for (auto const& columns : {std::vector<std::string>{"c1", "c2", "c3", "h", "y1", "y2", "y3"},
                              std::vector<std::string>{"f1", "f2", "f3"}, std::vector<std::string>{"f1"}}) {
    try {
      auto const table = io::read_columns(path, columns);
      fuzz::require(table.rows > 0, "a table has rows");
      fuzz::require(table.values.size() == static_cast<std::size_t>(table.rows) * columns.size(),
                    "a table has as many values as it says");
      fuzz::require(table.header.size() == columns.size() + table.ignored.size(), "each column is read or ignored");
      for (double const x : table.values) fuzz::require(std::isfinite(x), "values are finite");
    } catch (InputError const& error) {
      fuzz::require(*error.what() != '\0', "a refusal has a reason");
    }
  }
  return 0;
}

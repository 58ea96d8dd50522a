// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/io/csv.hpp"

#include <cmath>

#include "fuzz.hpp"
#include "metasolve/error.hpp"

namespace metasolve::fuzz {
namespace {

/// read(path) of a file with these bytes: rejected with a message, or a table of finite numbers of the declared size.
template <class Read>
void expect_table(Read&& read) {
  try {
    io::CsvTable const table = read();
    require(table.rows > 0, "a table has rows");
    require(table.values.size() == static_cast<std::size_t>(table.rows) * table.columns,
            "a table has as many values as it says");
    require(table.header.size() == table.columns + table.ignored.size(), "each column is read or ignored");
    for (double const x : table.values) require(std::isfinite(x), "values are finite");
  } catch (InputError const& error) {
    require(*error.what() != '\0', "a refusal has a reason");
  }
}

}  // namespace
}  // namespace metasolve::fuzz

/// A file of tasks, by one problem's columns and by numbered ones.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace metasolve;
  static fuzz::MemoryFile file;
  auto const& path = file.holding({reinterpret_cast<char const*>(data), size});
  fuzz::expect_table([&] { return io::read_columns(path, {"c1", "c2", "c3", "h", "y1", "y2", "y3"}); });
  fuzz::expect_table([&] { return io::read_numbered_columns(path, "f"); });
  return 0;
}

// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/io/matrix_market.hpp"

#include <cmath>

#include "fuzz.hpp"
#include "metasolve/detail/sparse/symmetric_matrix.hpp"
#include "metasolve/error.hpp"

/// A matrix and, after a line "=====", its right-hand side: rejected with a message, or usable for solving.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace metasolve;
  static fuzz::MemoryFile matrix_file, vector_file;
  constexpr std::string_view cut = "=====";
  constexpr std::int64_t memory = std::int64_t{64} << 20;
  std::string_view const text(reinterpret_cast<char const*>(data), size);
  auto const at = std::min(text.find(cut), text.size());
  auto const& path = matrix_file.holding(text.substr(0, at));
  std::int64_t rows = 3;
  try {
    auto const file = io::read_matrix_market(path, memory);
    rows = file.rows;
    fuzz::require(rows > 0, "a matrix has rows");
    for (auto const& e : file.entries) {
      fuzz::require(e.row >= 0 && e.row < rows && e.column >= 0 && e.column < rows, "indices are within the matrix");
      fuzz::require(std::isfinite(e.value), "values are finite");
      fuzz::require(!file.symmetric || e.row >= e.column, "a symmetric file has its lower triangle alone");
    }
    auto const matrix = sparse::symmetric_matrix(file, path);
    fuzz::require(matrix.structure.unknowns == rows, "nothing is lost");
    fuzz::require(static_cast<std::int64_t>(matrix.values.size()) == matrix.structure.entries() + rows,
                  "each entry has a value");
    for (double const x : matrix.values) fuzz::require(std::isfinite(x), "sums are finite");
  } catch (InputError const& error) {
    fuzz::require(*error.what() != '\0', "a refusal has a reason");
  }
  if (at == text.size()) return 0;
  try {
    auto const vector = io::read_vector(vector_file.holding(text.substr(at + cut.size())), rows);
    fuzz::require(static_cast<std::int64_t>(vector.size()) == rows, "a right-hand side is as long as its matrix");
    for (double const x : vector) fuzz::require(std::isfinite(x), "a right-hand side is finite");
  } catch (InputError const& error) {
    fuzz::require(*error.what() != '\0', "a refusal has a reason");
  }
  return 0;
}

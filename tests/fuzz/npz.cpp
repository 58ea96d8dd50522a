// SPDX-License-Identifier: Apache-2.0
#include "fuzz.hpp"
#include "metasolve/detail/matrices/arrays.hpp"
#include "metasolve/detail/sparse/csr_matrix.hpp"
#include "metasolve/error.hpp"

/// An archive of a matrix: rejected with a message, or a matrix.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace metasolve;
  static fuzz::MemoryFile file;
  constexpr std::int64_t memory = std::int64_t{16} << 20;
  try {
    auto const matrix = matrices::read_matrix_arrays(file.holding({reinterpret_cast<char const*>(data), size}), memory);
    fuzz::require(matrix.rows > 0 && matrix.tasks > 0, "a matrix has rows");
    fuzz::require(matrix.values.size() == matrix.places.size() * static_cast<std::size_t>(matrix.tasks),
                  "each entry has a value in each task");
    std::vector<std::int32_t> index;
    auto const pattern = sparse::csr_pattern(matrix.rows, matrix.places, index);
    for (auto const i : index) fuzz::require(i >= 0 && i < pattern.entries(), "each place has its entry");
  } catch (InputError const& error) {
    fuzz::require(*error.what() != '\0', "a refusal has a reason");
  }
  return 0;
}

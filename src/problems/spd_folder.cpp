// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/problems/spd_folder.hpp"

#include "metasolve/detail/matrices/read_matrix.hpp"
#include "metasolve/error.hpp"

namespace metasolve::problems {

SpdFolder read_spd_folder(std::filesystem::path const& folder, std::int64_t memory) {
  auto listing = matrices::list_matrix_folder(folder);
  SpdFolder result;
  result.left_out = std::move(listing.left_out);
  for (auto const& entry : listing.entries) {
    try {
      if (!entry.problem.empty()) throw InputError(entry.problem);
      SpdSystem system;
      system.number = entry.number;
      system.matrix = sparse::symmetric_matrix(matrices::read_matrix(entry.matrix, memory), entry.matrix);
      auto const n = system.matrix.structure.unknowns;
      system.rhs = entry.rhs.empty() ? std::vector<double>(static_cast<std::size_t>(n), 1.0)
                                     : matrices::read_vector(entry.rhs, n, memory);
      result.right_sides += entry.rhs.empty() ? 0 : 1;
      result.systems.push_back(std::move(system));
    } catch (InputError const& problem) {
      result.broken.push_back({entry.number, problem.what()});
    }
  }
  return result;
}

}  // namespace metasolve::problems

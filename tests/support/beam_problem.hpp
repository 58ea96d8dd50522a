// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "metasolve/detail/exec/backend.hpp"
#include "metasolve/detail/io/csv.hpp"
#include "metasolve/detail/sparse/lower_pattern.hpp"
#include "metasolve/detail/sparse/symmetric_matrix.hpp"
#include "metasolve/kernels/solvers/conjugate_gradient.hpp"
#include "tests/support/run_lockstep.hpp"

/// The clamped beams assembled by another program: tests/data/beam.
namespace metasolve::test {

inline std::filesystem::path beam_folder() { return std::filesystem::path(METASOLVE_SOURCE_DIR) / "tests/data/beam"; }

/// The eight systems on the union of their patterns, in one ordering.
struct Beams {
  static constexpr int count = 8, unknowns = 243;
  sparse::Ordering order;
  sparse::SymmetricStructure structure;
  std::vector<double> values, rhs;  ///< [count][entries + unknowns], [count][unknowns]

  /// rcm: in the other program's ordering.
  explicit Beams(bool rcm) : order(sparse::natural_ordering(unknowns)) {
    if (rcm) {
      auto const given = io::read_vector(beam_folder() / "rcm.txt", unknowns);
      order.assign(given.begin(), given.end());
    }
    std::vector<sparse::SymmetricMatrix> matrices;
    std::vector<std::pair<std::int32_t, std::int32_t>> places;
    for (int k = 0; k < count; ++k) {
      auto const file = beam_folder() / ("A_" + std::to_string(k) + ".mtx");
      matrices.push_back(sparse::symmetric_matrix(io::read_matrix_market(file, 1 << 30), file));
      auto const own = sparse::places_of(matrices.back().structure);
      places.insert(places.end(), own.begin(), own.end());
    }
    structure = reordered(sparse::structure_of(unknowns, std::move(places)), order);
    for (int k = 0; k < count; ++k) {
      auto const own = values_on(matrices[static_cast<std::size_t>(k)], structure, order);
      values.insert(values.end(), own.begin(), own.end());
      auto const b = io::read_vector(beam_folder() / ("b_" + std::to_string(k) + ".txt"), unknowns);
      for (auto const i : order) rhs.push_back(b[static_cast<std::size_t>(i)]);
    }
  }
};

/// A batch and its plans in an executor's memory, for conjugate gradients.
class BeamSystem {
 public:
  BeamSystem(exec::Backend& backend, Beams const& beams, sparse::FillRule const& rule,
             sparse::SolveOrder order = sparse::SolveOrder::by_shape)
      : matrix_(backend, beams.structure, order),
        plan_(backend, beams.structure, rule, order),
        values_(backend, static_cast<std::int64_t>(beams.values.size())),
        rhs_(backend, static_cast<std::int64_t>(beams.rhs.size())) {
    values_.upload(beams.values.data(), values_.size());
    rhs_.upload(beams.rhs.data(), rhs_.size());
  }
  template <class Preconditioner>
  kernels::ConjugateGradient<double, Preconditioner> solver(Preconditioner const& preconditioner) const {
    auto const pattern = matrix_.view();
    return {pattern, {values_.data(), pattern.values(), 1}, {rhs_.data(), pattern.unknowns, 1}, preconditioner};
  }
  kernels::ConjugateGradient<double, kernels::IncompleteCholesky<double>> iccg() const {
    return solver(plan_.view<double>());
  }

 private:
  sparse::LowerPattern matrix_;
  sparse::CholeskyPlan plan_;
  exec::Buffer<double> values_, rhs_;
};

}  // namespace metasolve::test

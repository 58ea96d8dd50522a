// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

#include "metasolve/detail/problems/iccg_choices.hpp"
#include "metasolve/detail/sparse/lower_pattern.hpp"
#include "metasolve/detail/sparse/ordering_kind.hpp"
#include "metasolve/kernels/problems/elasticity.hpp"

namespace metasolve::problems {

/// A beam of unit length along x, clamped at x = 0, divided into boxes and each box into the six tetrahedra along its
/// diagonal from (0,0,0) to (1,1,1): P1 elements, three unknowns per node, including clamped nodes.
struct BeamMesh {
  std::array<int, 3> cells{8, 2, 2};

  [[nodiscard]] int nodes() const { return (cells[0] + 1) * (cells[1] + 1) * (cells[2] + 1); }
  [[nodiscard]] int unknowns() const { return 3 * nodes(); }
  /// Unknown 3 node + component; x is the fastest node index. Coordinates in units of the beam's length and width.
  [[nodiscard]] std::array<double, 3> coordinates(int node) const;

  bool operator==(BeamMesh const&) const = default;
};

/// Data shared by all beams of one mesh, on the host.
struct BeamStencil {
  BeamMesh mesh;
  sparse::Ordering order;                ///< new unknown i is the mesh's order[i]
  sparse::SymmetricStructure structure;  ///< in the new order: entries that are nonzero for some beam
  std::vector<double> coefficient, load;
  std::vector<std::int32_t> axes;

  BeamStencil(BeamMesh const& beam_mesh, sparse::OrderingKind ordering);
};

/// The same data in an executor's memory.
class BeamStencilData {
 public:
  BeamStencilData(exec::Backend& backend, BeamStencil const& stencil);
  [[nodiscard]] kernels::BeamStencilView view() const;

 private:
  std::array<int, 3> cells_;
  sparse::LowerPattern pattern_;
  exec::Buffer<double> coefficient_, load_;
  exec::Buffer<std::int32_t> axes_;
};

}  // namespace metasolve::problems

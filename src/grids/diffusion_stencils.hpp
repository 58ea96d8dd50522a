// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Half stencils (kernels/grids/stencil.hpp) of -div(C grad u) by bilinear elements on squares, in two dimensions.
namespace metasolve::grids {

/// Constant C, with eigenvalues 1, at this angle to x, and epsilon. Writes [5].
void rotated_diffusion(double epsilon, double angle, double* stencil);

/// C = k I in each cell, between Dirichlet boundaries: cells [n + 1][n + 1], x fastest, around n x n points. Writes
/// fields [5][n n].
void cell_diffusion(int n, double const* cells, double* stencils);

}  // namespace metasolve::grids

// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/exec/cpu/cpu_row_product.hpp"

#include <algorithm>

#include "metasolve/kernels/simd/pack.hpp"

namespace metasolve::exec {

namespace {

/// A panel of B is two packs of columns wide and this many rows deep; it stays in the L1 cache while rows of A pass.
constexpr std::int64_t panel_depth = 256;
/// Rows of A at a time: with two packs per row, as many sums as fit into registers beside their operands.
constexpr int most_rows = kernels::simd_bytes >= 64 ? 8 : 4;

template <class Real>
struct Panel {
  using Pack = kernels::Pack<Real>;
  static constexpr int lanes = kernels::lanes_of<Pack>;
  static constexpr int width = 2 * lanes;
  alignas(64) Real values[panel_depth * width];  ///< [depth][width]
  std::int64_t depth = 0, columns = 0;           ///< columns beyond this are zero

  /// op(B)[k ... k + depth - 1][j ... j + columns - 1].
  void load(Gemm<Real> const& g, std::int64_t k, std::int64_t j) {
    depth = std::min(panel_depth, g.k - k);
    columns = std::min<std::int64_t>(width, g.n - j);
    if (columns < width) std::fill_n(values, depth * width, Real(0));
    if (g.op_b == Transpose::no) {
      for (std::int64_t i = 0; i < depth; ++i) std::copy_n(g.b + (k + i) * g.ldb + j, columns, values + i * width);
      return;
    }
    // Eight columns at a time: reads whole cache lines and keeps the stores close together.
    for (std::int64_t c = 0; c < columns; c += 8) {
      std::int64_t const here = std::min<std::int64_t>(8, columns - c);
      Real const* const from = g.b + (j + c) * g.ldb + k;
      for (std::int64_t i = 0; i < depth; ++i) {
        for (std::int64_t l = 0; l < here; ++l) values[i * width + c + l] = from[l * g.ldb + i];
      }
    }
  }
};

/// a b + c, rounded once where the CPU can. Explicit, because otherwise the compiler decides whether, and in which of
/// the tiles below, to fuse the two.
template <class T, int W>
kernels::Pack<T, W> multiply_add(kernels::Pack<T, W> a, kernels::Pack<T, W> b, kernels::Pack<T, W> c) {
#if defined(__AVX512F__)
  if constexpr (sizeof(T) == 8 && W == 8) return kernels::Pack<T, W>::from(_mm512_fmadd_pd(a.value, b.value, c.value));
  if constexpr (sizeof(T) == 4 && W == 16) return kernels::Pack<T, W>::from(_mm512_fmadd_ps(a.value, b.value, c.value));
#elif defined(__FMA__)
  if constexpr (sizeof(T) == 8 && W == 4) return kernels::Pack<T, W>::from(_mm256_fmadd_pd(a.value, b.value, c.value));
  if constexpr (sizeof(T) == 4 && W == 8) return kernels::Pack<T, W>::from(_mm256_fmadd_ps(a.value, b.value, c.value));
#endif
  return a * b + c;
}

template <int Packs, class Pack, class Real>
void store(Pack const (&sum)[Packs], Real* c, std::int64_t columns) {
  constexpr int lanes = kernels::lanes_of<Pack>;
  if (columns == Packs * lanes) {
    for (int p = 0; p < Packs; ++p) sum[p].store(c + p * lanes);
    return;
  }
  Real all[Packs * lanes];
  for (int p = 0; p < Packs; ++p) sum[p].store(all + p * lanes);
  std::copy_n(all, columns, c);
}

template <int Packs, class Pack, class Real>
void load(Pack (&sum)[Packs], Real const* c, std::int64_t columns) {
  constexpr int lanes = kernels::lanes_of<Pack>;
  Real all[Packs * lanes] = {};
  std::copy_n(c, columns, all);
  for (int p = 0; p < Packs; ++p) sum[p] = Pack::load(all + p * lanes);
}

/// Multiplies `Rows` rows of a by the panel's first packs into c. continues: adds to the result of earlier panels.
template <int Rows, int Packs, class Real>
void tile(Panel<Real> const& panel, Real const* a, std::int64_t lda, Real* c, std::int64_t ldc, bool continues) {
  using Pack = typename Panel<Real>::Pack;
  constexpr int lanes = Panel<Real>::lanes;
  Pack sum[Rows][Packs];
  for (int r = 0; r < Rows; ++r) {
    for (int p = 0; p < Packs; ++p) sum[r][p] = Pack(Real(0));
    if (continues) load<Packs>(sum[r], c + r * ldc, panel.columns);
  }
  for (std::int64_t k = 0; k < panel.depth; ++k) {
    Pack b[Packs];
    for (int p = 0; p < Packs; ++p) b[p] = Pack::load(panel.values + k * Panel<Real>::width + p * lanes);
#pragma GCC unroll 8
    for (int r = 0; r < Rows; ++r) {
      Pack const x(a[r * lda + k]);
      for (int p = 0; p < Packs; ++p) sum[r][p] = multiply_add(x, b[p], sum[r][p]);
    }
  }
  for (int r = 0; r < Rows; ++r) store<Packs>(sum[r], c + r * ldc, panel.columns);
}

/// The rows, Rows at a time, and the rest with smaller tiles.
template <int Rows, int Packs, class Real>
void tiles(Panel<Real> const& panel, Real const* a, std::int64_t lda, Real* c, std::int64_t ldc, bool continues,
           std::int64_t rows) {
  for (; rows >= Rows; rows -= Rows, a += Rows * lda, c += Rows * ldc) {
    tile<Rows, Packs>(panel, a, lda, c, ldc, continues);
  }
  if constexpr (Rows > 1) tiles<Rows / 2, Packs>(panel, a, lda, c, ldc, continues, rows);
}

}  // namespace

template <class Real>
void row_product(Gemm<Real> const& g, std::int64_t first, std::int64_t rows) {
  Panel<Real> panel;
  for (std::int64_t j = 0; j < g.n; j += Panel<Real>::width) {
    for (std::int64_t k = 0; k < g.k; k += panel_depth) {
      panel.load(g, k, j);
      auto const* const a = g.a + first * g.lda + k;
      auto* const c = g.c + first * g.ldc + j;
      if (panel.columns > Panel<Real>::lanes) {
        tiles<most_rows, 2>(panel, a, g.lda, c, g.ldc, k > 0, rows);
      } else {
        tiles<most_rows, 1>(panel, a, g.lda, c, g.ldc, k > 0, rows);
      }
    }
  }
}

template void row_product(Gemm<float> const&, std::int64_t, std::int64_t);
template void row_product(Gemm<double> const&, std::int64_t, std::int64_t);

}  // namespace metasolve::exec

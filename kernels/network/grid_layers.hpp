// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "../simd/number.hpp"
#include "mlp.hpp"

/// The layers of a network on a grid, forward: elementwise stages over rows of points. A row is a line of one channel
/// of one task; columns are its points, side by side in a pack. Adjoints: grid_layers_adjoint.hpp.
namespace metasolve::kernels {

/// Numbers of a layer's points, [tasks][channels][height + 2 halo][width + 2 halo], beyond the sides as padding says.
template <class Scalar>
struct GridField {
  Scalar* data = nullptr;
  int channels = 1, height = 1, width = 1, halo = 0;

  METASOLVE_HD std::int64_t row() const { return width + 2 * halo; }
  METASOLVE_HD std::int64_t channel() const { return (height + 2 * halo) * row(); }
  METASOLVE_HD std::int64_t task() const { return channels * channel(); }
  METASOLVE_HD std::int64_t rows() const { return std::int64_t{channels} * height; }  ///< per task
  METASOLVE_HD Scalar* at(std::int64_t slot, int c, int y, std::int64_t x) const {
    return data + slot * task() + c * channel() + (y + halo) * row() + halo + x;
  }
};

/// A row of a field: its task's slot, channel and line.
struct GridRow {
  std::int64_t slot;
  int channel, y;
  template <class Scalar>
  METASOLVE_HD static GridRow of(GridField<Scalar> const& f, std::int64_t row) {
    // A thread of a CPU that takes one task through narrow layers would spend most of its time in divisions.
    if (row < f.height) return {0, 0, static_cast<int>(row)};
    auto const all = static_cast<std::uint32_t>(row), height = static_cast<std::uint32_t>(f.height),
               channels = static_cast<std::uint32_t>(f.channels);
    std::uint32_t const image = all / height, slot = image / channels;
    return {slot, static_cast<int>(image - slot * channels), static_cast<int>(all - image * height)};
  }
};

/// What layers read beyond a side.
enum class GridPadding : std::int32_t {
  zero,  ///< 0
  edge,  ///< the nearest point's number: as for a cell behind a closed wall
};

/// Writes lanes of a row, and what of the halo repeats them.
template <class Number, class Scalar>
METASOLVE_INLINE METASOLVE_HD inline void store_with_halo(GridField<Scalar> const& f, GridPadding padding,
                                                          GridRow const& row, std::int64_t column, Number value) {
  Scalar* const to = f.at(row.slot, row.channel, row.y, column);
  store(to, value);
  if (padding == GridPadding::zero || f.halo == 0) return;
  constexpr int lanes = lanes_of<Number>;
  bool const is_first = column == 0, is_last = column + lanes == f.width;
  for (int h = 1; h <= f.halo; ++h) {
    if (is_first) to[-h] = lane(value, 0);
    if (is_last) to[lanes - 1 + h] = lane(value, lanes - 1);
  }
  // Lines above the first and below the last, corners included.
  for (int side = 0; side < 2; ++side) {
    if (row.y != (side == 0 ? 0 : f.height - 1)) continue;
    for (int h = 1; h <= f.halo; ++h) {
      Scalar* const line = to + (side == 0 ? -h : h) * f.row();
      store(line, value);
      for (int k = 1; k <= f.halo; ++k) {
        if (is_first) line[-k] = lane(value, 0);
        if (is_last) line[lanes - 1 + k] = lane(value, lanes - 1);
      }
    }
  }
}

/// Sums of squares of a task's first channel, as so many partial sums.
inline constexpr int grid_strands = 64;

/// part[slot][s] = sum of x[slot][s + grid_strands k]^2 over k.
template <class Scalar>
struct SumSquares {
  using scalar = Scalar;
  static constexpr auto name = "sum_squares";
  std::int64_t points, width;
  Scalar const* x;  ///< [slots][width], the first `points` numbers of each
  Scalar* part;     ///< [slots][grid_strands]

  template <class Number>
  METASOLVE_INLINE METASOLVE_HD void operator()(std::int64_t slot, std::int64_t column) const {
    for (int l = 0; l < lanes_of<Number>; ++l) {
      Scalar sum(0);
      for (std::int64_t i = column + l; i < points; i += grid_strands) sum += x[slot * width + i] * x[slot * width + i];
      part[slot * grid_strands + column + l] = sum;
    }
  }
};

/// scale[slot] = the root mean square; 1 of zeros. inverse: its inverse.
template <class Scalar>
struct RootMeanSquare {
  using scalar = Scalar;
  static constexpr auto name = "root_mean_square";
  std::int64_t points;
  Scalar const* part;  ///< [slots][grid_strands]
  Scalar *scale, *inverse;

  template <class Number>
  METASOLVE_INLINE METASOLVE_HD void operator()(std::int64_t, std::int64_t column) const {
    for (int l = 0; l < lanes_of<Number>; ++l) {
      std::int64_t const slot = column + l;
      Scalar sum(0);
      for (int s = 0; s < grid_strands; ++s) sum += part[slot * grid_strands + s];
      Scalar const rms = sqrt(sum / static_cast<Scalar>(points));
      bool const is_usable = rms > Scalar(0) && Scalar(1) / rms < Scalar(1e30);
      scale[slot] = is_usable ? rms : Scalar(1);
      inverse[slot] = is_usable ? Scalar(1) / rms : Scalar(1);
    }
  }
};

/// The network's input, [slots][width] without halo, into a field; the first channel times factor[slot].
template <class Scalar>
struct LoadGrid {
  using scalar = Scalar;
  static constexpr auto name = "load_grid";
  GridPadding padding;
  int first_channel;  ///< of the input's, which the field begins at
  std::int64_t width;
  Scalar const* input;
  Scalar const* factor;  ///< null: 1
  GridField<Scalar> to;

  template <class Number>
  METASOLVE_INLINE METASOLVE_HD void operator()(std::int64_t row, std::int64_t column) const {
    GridRow const r = GridRow::of(to, row);
    int const channel = first_channel + r.channel;
    std::int64_t const at = r.slot * width + (std::int64_t{channel} * to.height + r.y) * to.width + column;
    Number const value = load<Number>(input + at);
    store_with_halo(to, padding, r, column, channel == 0 && factor != nullptr ? Number(factor[r.slot]) * value : value);
  }
};

/// output[slot][point] = factor[slot] times a field's first channel.
template <class Scalar>
struct StoreGrid {
  using scalar = Scalar;
  static constexpr auto name = "store_grid";
  GridField<Scalar> from;
  Scalar const* factor;  ///< null: 1
  Scalar* output;        ///< [slots][height][width]

  template <class Number>
  METASOLVE_INLINE METASOLVE_HD void operator()(std::int64_t row, std::int64_t column) const {
    GridField<Scalar> one = from;
    one.channels = 1;  // of rows
    GridRow const r = GridRow::of(one, row);
    Number const value = load<Number>(from.at(r.slot, 0, r.y, column));
    store(output + row * from.width + column, factor != nullptr ? Number(factor[r.slot]) * value : value);
  }
};

/// z(o, y, x) = sum over channels c and taps (i, j) of w(o, c, i, j) x(c, stride y + i - K/2, stride x + j - K/2).
template <class Scalar>
struct ConvolveGrid {
  using scalar = Scalar;
  static constexpr auto name = "convolve_grid";
  int kernel, stride;
  Scalar const* weights;  ///< [out][in][kernel][kernel]
  GridField<Scalar> from, to;

  template <class Number>
  METASOLVE_INLINE METASOLVE_HD void operator()(std::int64_t row, std::int64_t column) const {
    GridRow const r = GridRow::of(to, row);
    Scalar const* w = weights + std::int64_t{r.channel} * from.channels * kernel * kernel;
    Number sum(Scalar(0));
    for (int c = 0; c < from.channels; ++c, w += kernel * kernel) {
      Scalar const* const x = from.at(r.slot, c, stride * r.y - kernel / 2, stride * column - kernel / 2);
      sum += kernel == 3 ? taps<3, Number>(w, x) : kernel == 5 ? taps<5, Number>(w, x) : taps<0, Number>(w, x);
    }
    store(to.at(r.slot, r.channel, r.y, column), sum);
  }

 private:
  template <int K, class Number>
  METASOLVE_HD Number taps(Scalar const* w, Scalar const* x) const {
    int const k = K > 0 ? K : kernel;
    Number sum(Scalar(0));
    for (int i = 0; i < k; ++i) {
      for (int j = 0; j < k; ++j) sum += Number(w[i * k + j]) * spaced<Number>(x + i * from.row() + j);
    }
    return sum;
  }
  template <class Number>
  METASOLVE_HD Number spaced(Scalar const* x) const {
    if constexpr (lanes_of<Number> == 1) {
      return *x;
    } else {
      if (stride == 1) return load<Number>(x);
      Number value(Scalar(0));
      for (int l = 0; l < lanes_of<Number>; ++l) set_lane(value, l, x[l * stride]);
      return value;
    }
  }
};

/// y = act(z + bias) mask.
template <class Scalar>
struct FinishGrid {
  using scalar = Scalar;
  static constexpr auto name = "finish_grid";
  Activation activation;
  GridPadding padding;
  Scalar const* bias;      ///< [channels]; null: none
  GridField<Scalar> mask;  ///< of one channel; data null: none
  GridField<Scalar> z, to;

  template <class Number>
  METASOLVE_INLINE METASOLVE_HD void operator()(std::int64_t row, std::int64_t column) const {
    GridRow const r = GridRow::of(to, row);
    Scalar* const at = z.at(r.slot, r.channel, r.y, column);
    Number value = load<Number>(at);
    if (bias != nullptr) {
      value += Number(bias[r.channel]);
      store(at, value);
    }
    value = activate(activation, value);
    if (mask.data != nullptr) value = value * load<Number>(mask.at(r.slot, 0, r.y, column));
    store_with_halo(to, padding, r, column, value);
  }
};

/// Sums of 2 x 2 points, times a factor.
template <class Scalar>
struct HalveGrid {
  using scalar = Scalar;
  static constexpr auto name = "halve_grid";
  Scalar factor;
  GridPadding padding;
  GridField<Scalar> from, to;

  template <class Number>
  METASOLVE_INLINE METASOLVE_HD void operator()(std::int64_t row, std::int64_t column) const {
    GridRow const r = GridRow::of(to, row);
    Number value(Scalar(0));
    for (int l = 0; l < lanes_of<Number>; ++l) {
      Scalar const* const a = from.at(r.slot, r.channel, 2 * r.y, 2 * (column + l));
      Scalar const* const b = a + from.row();
      set_lane(value, l, factor * ((a[0] + a[1]) + (b[0] + b[1])));
    }
    store_with_halo(to, padding, r, column, value);
  }
};

/// Twice as many points along each axis, by bilinear interpolation between cells' centres.
template <class Scalar>
struct DoubleGrid {
  using scalar = Scalar;
  static constexpr auto name = "double_grid";
  GridPadding padding;
  GridField<Scalar> from, to;  ///< from: with a halo

  template <class Number>
  METASOLVE_INLINE METASOLVE_HD void operator()(std::int64_t row, std::int64_t column) const {
    GridRow const r = GridRow::of(to, row);
    std::int64_t const beside_y = r.y % 2 == 0 ? -from.row() : from.row();
    Number value(Scalar(0));
    for (int l = 0; l < lanes_of<Number>; ++l) {
      std::int64_t const x = column + l, beside_x = x % 2 == 0 ? -1 : 1;
      Scalar const* const a = from.at(r.slot, r.channel, r.y / 2, x / 2);
      Scalar const near = Scalar(0.75) * a[0] + Scalar(0.25) * a[beside_x];
      Scalar const far = Scalar(0.75) * a[beside_y] + Scalar(0.25) * a[beside_y + beside_x];
      set_lane(value, l, Scalar(0.75) * near + Scalar(0.25) * far);
    }
    store_with_halo(to, padding, r, column, value);
  }
};

/// The channels of two fields one after the other, or their sum.
template <class Scalar>
struct CombineGrids {
  using scalar = Scalar;
  static constexpr auto name = "combine_grids";
  bool adds;
  GridPadding padding;
  GridField<Scalar> first, second, to;

  template <class Number>
  METASOLVE_INLINE METASOLVE_HD void operator()(std::int64_t row, std::int64_t column) const {
    GridRow const r = GridRow::of(to, row);
    bool const of_first = adds || r.channel < first.channels;
    Number value = of_first ? load<Number>(first.at(r.slot, r.channel, r.y, column))
                            : load<Number>(second.at(r.slot, r.channel - first.channels, r.y, column));
    if (adds) value += load<Number>(second.at(r.slot, r.channel, r.y, column));
    store_with_halo(to, padding, r, column, value);
  }
};

}  // namespace metasolve::kernels

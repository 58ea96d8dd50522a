// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "grid_layers.hpp"

/// Adjoints of the layers of a network on a grid. Adjoints of a layer's output are summed over all layers that read it,
/// so each body adds to what is there. Their fields have a halo of zeros.
namespace metasolve::kernels {

/// bar = factor[slot] output_bar.
template <class Scalar>
struct StoreGridAdjoint {
  using scalar = Scalar;
  static constexpr auto name = "store_grid_adjoint";
  Scalar const* factor;      ///< null: 1
  Scalar const* output_bar;  ///< [slots][height][width]
  GridField<Scalar> bar;

  template <class Number>
  METASOLVE_INLINE METASOLVE_HD void operator()(std::int64_t row, std::int64_t column) const {
    GridRow const r = GridRow::of(bar, row);
    Number value(Scalar(0));
    if (r.channel == 0) {
      value = load<Number>(output_bar + (r.slot * bar.height + r.y) * bar.width + column);
      if (factor != nullptr) value = Number(factor[r.slot]) * value;
    }
    store(bar.at(r.slot, r.channel, r.y, column), value);
  }
};

/// bar = 0 on all points.
template <class Scalar>
struct ClearGrid {
  using scalar = Scalar;
  static constexpr auto name = "clear_grid";
  GridField<Scalar> bar;

  template <class Number>
  METASOLVE_INLINE METASOLVE_HD void operator()(std::int64_t row, std::int64_t column) const {
    GridRow const r = GridRow::of(bar, row);
    store(bar.at(r.slot, r.channel, r.y, column), Number(Scalar(0)));
  }
};

/// z_bar = act'(z) mask y_bar; z contains the bias.
template <class Scalar>
struct FinishGridAdjoint {
  using scalar = Scalar;
  static constexpr auto name = "finish_grid_adjoint";
  Activation activation;
  GridField<Scalar> mask, z, y_bar, z_bar;

  template <class Number>
  METASOLVE_INLINE METASOLVE_HD void operator()(std::int64_t row, std::int64_t column) const {
    GridRow const r = GridRow::of(z_bar, row);
    Number value = load<Number>(y_bar.at(r.slot, r.channel, r.y, column));
    if (activation != Activation::identity) {
      value = activate_derivative(activation, load<Number>(z.at(r.slot, r.channel, r.y, column))) * value;
    }
    if (mask.data != nullptr) value = value * load<Number>(mask.at(r.slot, 0, r.y, column));
    store(z_bar.at(r.slot, r.channel, r.y, column), value);
  }
};

/// What of the padded points (0 ... size + 2 pad - 1) is point i: itself and, with edge padding, what repeats it.
struct Repeated {
  int first, last;
  METASOLVE_HD static Repeated of(int i, int size, int pad, GridPadding padding) {
    bool const repeats = padding == GridPadding::edge;
    return {repeats && i == 0 ? 0 : i + pad, repeats && i == size - 1 ? size + 2 * pad - 1 : i + pad};
  }
};

/// x_bar += the adjoint of ConvolveGrid by x.
template <class Scalar>
struct ConvolveInputAdjoint {
  using scalar = Scalar;
  static constexpr auto name = "convolve_input_adjoint";
  int kernel, stride;
  GridPadding padding;
  Scalar const* weights;
  GridField<Scalar> z_bar;  ///< with a halo of at least kernel - 1
  GridField<Scalar> x_bar;

  template <class Number>
  METASOLVE_INLINE METASOLVE_HD void operator()(std::int64_t row, std::int64_t column) const {
    GridRow const r = GridRow::of(x_bar, row);
    int const pad = kernel / 2, lanes = lanes_of<Number>, first = static_cast<int>(column);
    auto const lines = Repeated::of(r.y, x_bar.height, pad, padding);
    Number sum = load<Number>(x_bar.at(r.slot, r.channel, r.y, column));
    for (int p = lines.first; p <= lines.last; ++p) {
      sum += taps<Number>(r, p, first + pad);
      // Columns that repeat the first or last one.
      for (int end = 0; end < 2; ++end) {
        int const l = end == 0 ? 0 : lanes - 1;
        auto const repeated = Repeated::of(first + l, x_bar.width, pad, padding);
        int const from = end == 0 ? repeated.first : first + l + pad + 1;
        int const to = end == 0 ? first + pad - 1 : repeated.last;
        for (int q = from; q <= to; ++q) set_lane(sum, l, lane(sum, l) + taps<Scalar>(r, p, q));
      }
    }
    store(x_bar.at(r.slot, r.channel, r.y, column), sum);
  }

 private:
  /// The adjoint at a padded point (p, q), or several side by side.
  template <class Number>
  METASOLVE_HD Number taps(GridRow const& r, int p, int q) const {
    Number sum(Scalar(0));
    for (int o = 0; o < z_bar.channels; ++o) {
      Scalar const* const w = weights + (std::int64_t{o} * x_bar.channels + r.channel) * kernel * kernel;
      if (stride > 1) {
        spaced_taps(r, o, w, p, q, sum);
        continue;
      }
      Scalar const* const z = z_bar.at(r.slot, o, p, q);
      sum += kernel == 3 ? taps_of<3, Number>(w, z) : kernel == 5 ? taps_of<5, Number>(w, z) : taps_of<0, Number>(w, z);
    }
    return sum;
  }
  template <int K, class Number>
  METASOLVE_HD Number taps_of(Scalar const* w, Scalar const* z) const {
    int const k = K > 0 ? K : kernel;
    Number sum(Scalar(0));
    for (int i = 0; i < k; ++i) {
      for (int j = 0; j < k; ++j) sum += Number(w[i * k + j]) * load<Number>(z - i * z_bar.row() - j);
    }
    return sum;
  }
  /// With a stride: of channel o, the taps alone that meet a point of z_bar or its halo.
  template <class Number>
  METASOLVE_HD void spaced_taps(GridRow const& r, int o, Scalar const* w, int p, int q, Number& sum) const {
    for (int i = p % stride; i < kernel; i += stride) {
      Scalar const* const z = z_bar.at(r.slot, o, (p - i) / stride, 0);
      for (int l = 0; l < lanes_of<Number>; ++l) {
        Scalar of_lane(0);
        for (int j = (q + l) % stride; j < kernel; j += stride) of_lane += w[i * kernel + j] * z[(q + l - j) / stride];
        set_lane(sum, l, lane(sum, l) + of_lane);
      }
    }
  }
};

/// x_bar += the sums over padded points that are one point: after a library's adjoint by the padded input.
template <class Scalar>
struct FoldPadding {
  using scalar = Scalar;
  static constexpr auto name = "fold_padding";
  GridPadding padding;
  GridField<Scalar> padded;  ///< with a halo of kernel / 2, which is read
  GridField<Scalar> x_bar;

  template <class Number>
  METASOLVE_INLINE METASOLVE_HD void operator()(std::int64_t row, std::int64_t column) const {
    GridRow const r = GridRow::of(x_bar, row);
    int const pad = padded.halo;
    auto const lines = Repeated::of(r.y, x_bar.height, pad, padding);
    for (int l = 0; l < lanes_of<Number>; ++l) {
      int const x = static_cast<int>(column) + l;
      auto const columns = Repeated::of(x, x_bar.width, pad, padding);
      Scalar sum(0);
      for (int p = lines.first; p <= lines.last; ++p) {
        for (int q = columns.first; q <= columns.last; ++q) sum += *padded.at(r.slot, r.channel, p - pad, q - pad);
      }
      *x_bar.at(r.slot, r.channel, r.y, x) += sum;
    }
  }
};

/// gradient[slot][w] = the adjoint of ConvolveGrid by weight w of one task. Rows: slots times lines of weights,
/// `kernel` side by side, which read the same numbers of z_bar.
template <class Scalar>
struct ConvolveWeightAdjoint {
  using scalar = Scalar;
  static constexpr auto name = "convolve_weight_adjoint";
  int kernel, stride;  ///< 1 or 2
  GridField<Scalar> x, z_bar;
  std::int64_t pitch;  ///< numbers per slot
  Scalar* gradient;

  template <class Number>
  METASOLVE_INLINE METASOLVE_HD void operator()(std::int64_t row, std::int64_t) const {
    int const lines = z_bar.channels * x.channels * kernel;
    std::int64_t const slot = row / lines;
    auto const line = static_cast<int>(row - slot * lines);
    if (kernel == 3) return sum<3, 3>(slot, line, 0);
    if (kernel == 5) return sum<5, 5>(slot, line, 0);
    for (int j = 0; j < kernel; ++j) sum<0, 1>(slot, line, j);
  }

 private:
  static constexpr int strands = 8;

  /// Weights first ... first + Count - 1 of a line. K: the kernel, 0 of other sizes.
  template <int K, int Count>
  METASOLVE_HD void sum(std::int64_t slot, int line, int first) const {
    if (stride == 1) {
      sum_strided<K, Count, 1>(slot, line, first);
    } else {
      sum_strided<K, Count, 2>(slot, line, first);
    }
  }
  template <int K, int Count, int Stride>
  METASOLVE_HD void sum_strided(std::int64_t slot, int line, int first) const {
    int const k = K > 0 ? K : kernel;
    int const pair = line / k, i = line % k - k / 2, j = first - k / 2;
    Scalar part[Count][strands] = {};
    for (int y = 0; y < z_bar.height; ++y) {
      Scalar const* const a = z_bar.at(slot, pair / x.channels, y, 0);
      Scalar const* const b = x.at(slot, pair % x.channels, Stride * y + i, j);
      int const whole = z_bar.width / strands * strands;
      for (int q = 0; q < whole; q += strands) {
        METASOLVE_UNROLL
        for (int c = 0; c < Count; ++c) {
          for (int s = 0; s < strands; ++s) part[c][s] += a[q + s] * b[(q + s) * Stride + c];
        }
      }
      for (int q = whole; q < z_bar.width; ++q) {
        for (int c = 0; c < Count; ++c) part[c][q - whole] += a[q] * b[q * Stride + c];
      }
    }
    Scalar* const to = gradient + slot * pitch + line * k + first;
    for (int c = 0; c < Count; ++c) {
      Scalar const* const t = part[c];
      to[c] = ((t[0] + t[4]) + (t[1] + t[5])) + ((t[2] + t[6]) + (t[3] + t[7]));
    }
  }
};

/// gradient[slot][channel] = the sum of z_bar over a task's points. Rows: slots times channels.
template <class Scalar>
struct GridBiasAdjoint {
  using scalar = Scalar;
  static constexpr auto name = "grid_bias_adjoint";
  GridField<Scalar> z_bar;
  std::int64_t pitch;
  Scalar* gradient;

  template <class Number>
  METASOLVE_INLINE METASOLVE_HD void operator()(std::int64_t row, std::int64_t) const {
    std::int64_t const slot = row / z_bar.channels;
    auto const channel = static_cast<int>(row - slot * z_bar.channels);
    Scalar total(0);
    for (int y = 0; y < z_bar.height; ++y) {
      Scalar const* const a = z_bar.at(slot, channel, y, 0);
      Scalar line(0);
      for (int q = 0; q < z_bar.width; ++q) line += a[q];
      total += line;
    }
    gradient[slot * pitch + channel] = total;
  }
};

template <class Scalar>
struct HalveGridAdjoint {
  using scalar = Scalar;
  static constexpr auto name = "halve_grid_adjoint";
  Scalar factor;
  GridField<Scalar> y_bar, x_bar;

  template <class Number>
  METASOLVE_INLINE METASOLVE_HD void operator()(std::int64_t row, std::int64_t column) const {
    GridRow const r = GridRow::of(x_bar, row);
    for (int l = 0; l < lanes_of<Number>; ++l) {
      std::int64_t const x = column + l;
      *x_bar.at(r.slot, r.channel, r.y, x) += factor * *y_bar.at(r.slot, r.channel, r.y / 2, x / 2);
    }
  }
};

template <class Scalar>
struct DoubleGridAdjoint {
  using scalar = Scalar;
  static constexpr auto name = "double_grid_adjoint";
  GridPadding padding;
  GridField<Scalar> y_bar;  ///< with a halo
  GridField<Scalar> x_bar;

  template <class Number>
  METASOLVE_INLINE METASOLVE_HD void operator()(std::int64_t row, std::int64_t column) const {
    GridRow const r = GridRow::of(x_bar, row);
    for (int l = 0; l < lanes_of<Number>; ++l) {
      int const x = static_cast<int>(column) + l;
      Scalar sum(0);
      for (int i = 0; i < 4; ++i) {  // fine lines 2 y - 1 ... 2 y + 2
        Scalar const* const line = y_bar.at(r.slot, r.channel, 2 * r.y - 1 + i, 2 * x - 1);
        Scalar of_line(0);
        for (int j = 0; j < 4; ++j) of_line += weight(j, x, x_bar.width) * line[j];
        sum += weight(i, r.y, x_bar.height) * of_line;
      }
      *x_bar.at(r.slot, r.channel, r.y, x) += sum;
    }
  }

 private:
  /// Of fine point 2 k - 1 + i in coarse point k of n.
  METASOLVE_HD Scalar weight(int i, int k, int n) const {
    if (i == 0 || i == 3) return Scalar(0.25);
    bool const repeats = padding == GridPadding::edge && ((i == 1 && k == 0) || (i == 2 && k == n - 1));
    return repeats ? Scalar(1) : Scalar(0.75);
  }
};

/// to += the channels of `from` from first_channel on: the adjoint of a sum, or of fields one after the other.
template <class Scalar>
struct AddChannels {
  using scalar = Scalar;
  static constexpr auto name = "add_channels";
  int first_channel;
  GridField<Scalar> from, to;

  template <class Number>
  METASOLVE_INLINE METASOLVE_HD void operator()(std::int64_t row, std::int64_t column) const {
    GridRow const r = GridRow::of(to, row);
    Scalar* const at = to.at(r.slot, r.channel, r.y, column);
    store(at, load<Number>(at) + load<Number>(from.at(r.slot, first_channel + r.channel, r.y, column)));
  }
};

}  // namespace metasolve::kernels

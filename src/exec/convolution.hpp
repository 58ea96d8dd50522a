// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

/// Convolutions of many images by a library: oneDNN on a CPU, cuDNN on a GPU.
namespace metasolve::exec {

/// The images are parts of larger arrays, which hold their halos: the convolution itself pads nothing.
/// x(task, channel, row, column) is at task * x_task + channel * x_channel + row * x_row + column, and y likewise.
struct ConvolutionShape {
  std::int64_t in = 0, out = 0;                       ///< channels
  std::int64_t kernel = 0;                            ///< the weights are kernel x kernel
  std::int64_t stride = 1;                            ///< in both directions
  std::int64_t height = 0, width = 0;                 ///< of y
  std::int64_t x_task = 0, x_channel = 0, x_row = 0;  ///< in numbers
  std::int64_t y_task = 0, y_channel = 0, y_row = 0;

  [[nodiscard]] constexpr std::int64_t x_height() const { return (height - 1) * stride + kernel; }
  [[nodiscard]] constexpr std::int64_t x_width() const { return (width - 1) * stride + kernel; }
  [[nodiscard]] constexpr std::int64_t weights() const { return out * in * kernel * kernel; }
  /// Multiplications per task, the same for each of the three operations.
  [[nodiscard]] constexpr std::int64_t work() const { return weights() * height * width; }
};

/// Whether a library pays. oneDNN's vectors run over channels in blocks of 8 (AVX2) or 16, so that with fewer most
/// lanes are idle. Measured on AVX2 with 5 x 5 weights, beside a loop with vectors over columns: from 4 to 4 channels
/// 17 GFlop/s against 35 to 45; from 8 to 8 forward a fifth slower, its adjoints half as fast again; from 16 to 16 and
/// wider up to twice as fast.
constexpr bool suits_library(ConvolutionShape const& shape) { return shape.in >= 8 && shape.out >= 8; }

/// y = w * x for each task, in single precision:
///   y(o, r, c) = sum over i, a, b of w(o, i, a, b) x(i, r * stride + a, c * stride + b)
/// w is [out][in][kernel][kernel]. x and y point to the first number that is read or written: pass the address of the
/// halo's corner for x. Nothing outside the images is accessed. All calls are ordered on the executor's stream.
class Convolution {
 public:
  virtual ~Convolution() = default;
  /// The bits of a task depend on that task alone, also in input_adjoint.
  virtual void forward(float const* x, float const* w, float* y, std::int64_t tasks) = 0;
  /// x_bar, over the whole rectangle that forward reads. Overwrites it.
  virtual void input_adjoint(float const* y_bar, float const* w, float* x_bar, std::int64_t tasks) = 0;
  /// w_bar += the sum over tasks, in an order that depends on `tasks` alone.
  virtual void weight_adjoint(float const* x, float const* y_bar, float* w_bar, std::int64_t tasks) = 0;
};

}  // namespace metasolve::exec

// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/exec/convolution.hpp"
#include "metasolve/detail/exec/cuda/cuda_exec.cuh"

#if defined(METASOLVE_HAS_CUDNN)

#include <cudnn.h>

#include <algorithm>
#include <string>

#include "metasolve/detail/exec/cuda/cuda_start.cuh"
#include "metasolve/error.hpp"

namespace metasolve::exec {

namespace {

void check(cudnnStatus_t status, char const* what) {
  if (status == CUDNN_STATUS_SUCCESS) return;
  throw DeviceError("CUDA: cannot " + std::string(what) + ": " + cudnnGetErrorString(status) +
                    "; configure with -DCMAKE_DISABLE_FIND_PACKAGE_CUDNN=ON to build without cuDNN");
}

/// The images of one side of a convolution, as the caller lays them out.
struct Images {
  std::int64_t channels, height, width;
  std::int64_t task, channel, row;  ///< strides

  [[nodiscard]] __host__ __device__ std::int64_t size() const { return channels * height * width; }
  /// Of a number of the packed images, where task * size() + channel * height * width + row * width + column is.
  [[nodiscard]] __device__ std::int64_t place(std::int64_t packed) const {
    std::int64_t const c = packed % width, r = packed / width % height, i = packed / width / height % channels;
    return packed / size() * task + i * channel + r * row + c;
  }
};

/// The packed images of absent tasks become zero.
__global__ void pack(Images images, float const* from, float* packed, std::int64_t present, std::int64_t all) {
  std::int64_t const threads = static_cast<std::int64_t>(gridDim.x) * blockDim.x;
  std::int64_t const first = static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  for (std::int64_t i = first; i < all; i += threads) packed[i] = i < present ? from[images.place(i)] : 0.0f;
}
__global__ void unpack(Images images, float const* packed, float* to, std::int64_t present) {
  std::int64_t const threads = static_cast<std::int64_t>(gridDim.x) * blockDim.x;
  std::int64_t const first = static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  for (std::int64_t i = first; i < present; i += threads) to[images.place(i)] = packed[i];
}

/// A descriptor of cuDNN, destroyed with its owner.
template <class Descriptor, cudnnStatus_t (*create)(Descriptor*), cudnnStatus_t (*destroy)(Descriptor)>
class Owned {
 public:
  Owned() { check(create(&descriptor_), "describe a convolution"); }
  Owned(Owned const&) = delete;
  Owned& operator=(Owned const&) = delete;
  ~Owned() { destroy(descriptor_); }
  [[nodiscard]] Descriptor get() const { return descriptor_; }

 private:
  Descriptor descriptor_ = nullptr;
};
using TensorDescriptor = Owned<cudnnTensorDescriptor_t, cudnnCreateTensorDescriptor, cudnnDestroyTensorDescriptor>;
using FilterDescriptor = Owned<cudnnFilterDescriptor_t, cudnnCreateFilterDescriptor, cudnnDestroyFilterDescriptor>;
using ConvolutionDescriptor =
    Owned<cudnnConvolutionDescriptor_t, cudnnCreateConvolutionDescriptor, cudnnDestroyConvolutionDescriptor>;

}  // namespace

/// A handle of cuDNN on one stream of the current device.
class CudaDnn {
 public:
  explicit CudaDnn(cudaStream_t stream) : stream_(stream) {
    check(cudnnCreate(&handle_), "start cuDNN");
    cudnnStatus_t const status = cudnnSetStream(handle_, stream);
    if (status != CUDNN_STATUS_SUCCESS) cudnnDestroy(handle_);
    check(status, "give cuDNN a stream");
  }
  ~CudaDnn() { cudnnDestroy(handle_); }
  CudaDnn(CudaDnn const&) = delete;
  CudaDnn& operator=(CudaDnn const&) = delete;

  [[nodiscard]] cudnnHandle_t handle() const { return handle_; }
  [[nodiscard]] cudaStream_t stream() const { return stream_; }

 private:
  cudnnHandle_t handle_ = nullptr;
  cudaStream_t stream_;
};

namespace {

constexpr auto forward_algorithm = CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM;
// The others of these add in the order of arrival, or in the frequency domain.
constexpr auto input_algorithm = CUDNN_CONVOLUTION_BWD_DATA_ALGO_1;
constexpr auto weight_algorithm = CUDNN_CONVOLUTION_BWD_FILTER_ALGO_1;

constexpr float one = 1, zero = 0;

/// cuDNN chooses its kernel by all sizes, the number of images too, and need not accept any strides. So that the bits
/// of a task depend on that task alone, it always computes the same number of tasks, whose images are packed; those
/// beyond the caller's tasks are zero.
class CudnnConvolution final : public Convolution {
 public:
  CudnnConvolution(CudaExec& exec, std::shared_ptr<CudaDnn> dnn, ConvolutionShape const& s, bool trains)
      : exec_(exec),
        dnn_(std::move(dnn)),
        x_images_{s.in, s.x_height(), s.x_width(), s.x_task, s.x_channel, s.x_row},
        y_images_{s.out, s.height, s.width, s.y_task, s.y_channel, s.y_row},
        tasks_(tasks_at_a_time(s)),
        x_(exec, tasks_ * x_images_.size()),
        y_(exec, tasks_ * y_images_.size()) {
    describe(x_descriptor_, x_images_);
    describe(y_descriptor_, y_images_);
    auto const number = [](std::int64_t n) { return static_cast<int>(n); };
    check(cudnnSetFilter4dDescriptor(w_descriptor_.get(), CUDNN_DATA_FLOAT, CUDNN_TENSOR_NCHW, number(s.out),
                                     number(s.in), number(s.kernel), number(s.kernel)),
          "describe a convolution");
    check(cudnnSetConvolution2dDescriptor(convolution_.get(), 0, 0, number(s.stride), number(s.stride), 1, 1,
                                          CUDNN_CROSS_CORRELATION, CUDNN_DATA_FLOAT),
          "describe a convolution");
    // Not TF32: products of floats keep 24 bits.
    check(cudnnSetConvolutionMathType(convolution_.get(), CUDNN_FMA_MATH), "describe a convolution");
    std::size_t bytes = 0;
    auto const handle = dnn_->handle();
    check(cudnnGetConvolutionForwardWorkspaceSize(handle, x_descriptor_.get(), w_descriptor_.get(), convolution_.get(),
                                                  y_descriptor_.get(), forward_algorithm, &bytes),
          "plan a convolution");
    if (trains) {
      std::size_t of_input = 0, of_weights = 0;
      check(cudnnGetConvolutionBackwardDataWorkspaceSize(handle, w_descriptor_.get(), y_descriptor_.get(),
                                                         convolution_.get(), x_descriptor_.get(), input_algorithm,
                                                         &of_input),
            "plan a convolution's adjoint");
      check(cudnnGetConvolutionBackwardFilterWorkspaceSize(handle, x_descriptor_.get(), y_descriptor_.get(),
                                                           convolution_.get(), w_descriptor_.get(), weight_algorithm,
                                                           &of_weights),
            "plan a convolution's adjoint");
      bytes = std::max({bytes, of_input, of_weights});
    }
    workspace_ = Buffer<std::byte>(exec, static_cast<std::int64_t>(bytes));
  }

  void forward(float const* x, float const* w, float* y, std::int64_t tasks) override {
    in_parts(tasks, [&](std::int64_t first, std::int64_t count) {
      take(x_images_, x + first * x_images_.task, x_, count);
      check(cudnnConvolutionForward(dnn_->handle(), &one, x_descriptor_.get(), x_.data(), w_descriptor_.get(), w,
                                    convolution_.get(), forward_algorithm, workspace_.data(), workspace_.bytes(), &zero,
                                    y_descriptor_.get(), y_.data()),
            "convolve");
      give(y_images_, y_, y + first * y_images_.task, count);
    });
  }
  void input_adjoint(float const* y_bar, float const* w, float* x_bar, std::int64_t tasks) override {
    in_parts(tasks, [&](std::int64_t first, std::int64_t count) {
      take(y_images_, y_bar + first * y_images_.task, y_, count);
      check(cudnnConvolutionBackwardData(dnn_->handle(), &one, w_descriptor_.get(), w, y_descriptor_.get(), y_.data(),
                                         convolution_.get(), input_algorithm, workspace_.data(), workspace_.bytes(),
                                         &zero, x_descriptor_.get(), x_.data()),
            "compute a convolution's adjoint");
      give(x_images_, x_, x_bar + first * x_images_.task, count);
    });
  }
  void weight_adjoint(float const* x, float const* y_bar, float* w_bar, std::int64_t tasks) override {
    in_parts(tasks, [&](std::int64_t first, std::int64_t count) {
      take(x_images_, x + first * x_images_.task, x_, count);
      take(y_images_, y_bar + first * y_images_.task, y_, count);
      check(cudnnConvolutionBackwardFilter(dnn_->handle(), &one, x_descriptor_.get(), x_.data(), y_descriptor_.get(),
                                           y_.data(), convolution_.get(), weight_algorithm, workspace_.data(),
                                           workspace_.bytes(), &one, w_descriptor_.get(), w_bar),
            "compute a convolution's adjoint");
    });
  }

 private:
  /// Enough to fill a device: each of its 100 to 150 multiprocessors computes some 128 numbers of an output channel at
  /// a time, twice. Independent of the capacity, because a task's bits may depend on it.
  static std::int64_t tasks_at_a_time(ConvolutionShape const& s) {
    constexpr std::int64_t numbers = 1 << 15;
    return std::max<std::int64_t>(1, numbers / (s.height * s.width));
  }

  void describe(TensorDescriptor const& to, Images const& images) const {
    check(cudnnSetTensor4dDescriptor(to.get(), CUDNN_TENSOR_NCHW, CUDNN_DATA_FLOAT, static_cast<int>(tasks_),
                                     static_cast<int>(images.channels), static_cast<int>(images.height),
                                     static_cast<int>(images.width)),
          "describe a convolution");
  }

  /// part(first, count) over [0, tasks).
  template <class F>
  void in_parts(std::int64_t tasks, F const& part) const {
    CurrentDevice const current(exec_.device());
    for (std::int64_t first = 0; first < tasks; first += tasks_) part(first, std::min(tasks_, tasks - first));
  }

  void take(Images const& images, float const* from, Buffer<float> const& packed, std::int64_t count) const {
    start_kernel("launch a copy of images", over(packed.size()), pack, images, from, packed.data(),
                 count * images.size(), packed.size());
  }
  void give(Images const& images, Buffer<float> const& packed, float* to, std::int64_t count) const {
    start_kernel("launch a copy of images", over(count * images.size()), unpack, images, packed.data(), to,
                 count * images.size());
  }
  [[nodiscard]] KernelShape over(std::int64_t numbers) const {
    constexpr std::int64_t threads = 256, most_blocks = 4096;
    auto const blocks = std::min((numbers + threads - 1) / threads, most_blocks);
    return {dim3(static_cast<unsigned>(blocks)), dim3(static_cast<unsigned>(threads)), 0, dnn_->stream()};
  }

  CudaExec& exec_;
  std::shared_ptr<CudaDnn> dnn_;
  Images x_images_, y_images_;
  std::int64_t tasks_;
  Buffer<float> x_, y_;  ///< packed
  TensorDescriptor x_descriptor_, y_descriptor_;
  FilterDescriptor w_descriptor_;
  ConvolutionDescriptor convolution_;
  Buffer<std::byte> workspace_;
};

}  // namespace

std::unique_ptr<Convolution> CudaExec::convolution(ConvolutionShape const& shape, std::int64_t, bool trains) {
  if (!suits_library(shape)) return nullptr;
  CurrentDevice const current(device_);
  if (!dnn_) {
    require_no_capture("start cuDNN");
    dnn_ = std::make_shared<CudaDnn>(stream_);
  }
  return std::make_unique<CudnnConvolution>(*this, dnn_, shape, trains);
}

}  // namespace metasolve::exec

#else

namespace metasolve::exec {

std::unique_ptr<Convolution> CudaExec::convolution(ConvolutionShape const&, std::int64_t, bool) { return nullptr; }

}  // namespace metasolve::exec

#endif

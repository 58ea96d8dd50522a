// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/exec/convolution.hpp"
#include "metasolve/detail/exec/cpu/cpu_exec.hpp"

#if defined(METASOLVE_HAS_ONEDNN)

#include <oneapi/dnnl/dnnl.hpp>

#include <array>
#include <atomic>
#include <string>
#include <string_view>
#include <vector>

#include "metasolve/detail/exec/cpu/one_blas_thread.hpp"
#include "metasolve/error.hpp"

namespace metasolve::exec {

namespace {

using dnnl::memory;

/// The three tensors of a convolution, as indices.
enum Tensor : std::size_t { x, y, w };
template <class T>
using Tensors = std::array<T, 3>;
using Layouts = Tensors<memory::desc>;

[[noreturn]] void fail(std::string const& cause) {
  throw DeviceError("oneDNN: cannot convolve: " + cause +
                    "; configure with -DCMAKE_DISABLE_FIND_PACKAGE_OneDNN=ON to " + "build without it");
}

Layouts callers_layouts(ConvolutionShape const& s, std::int64_t tasks) {
  using dims = memory::dims;
  auto const f32 = memory::data_type::f32;
  std::int64_t const k = s.kernel;
  return {memory::desc(dims{tasks, s.in, s.x_height(), s.x_width()}, f32, dims{s.x_task, s.x_channel, s.x_row, 1}),
          memory::desc(dims{tasks, s.out, s.height, s.width}, f32, dims{s.y_task, s.y_channel, s.y_row, 1}),
          memory::desc(dims{s.out, s.in, k, k}, f32, memory::format_tag::oihw)};
}

/// Of the same sizes, for the library to choose.
Layouts any_layouts(ConvolutionShape const& s, std::int64_t tasks) {
  using dims = memory::dims;
  auto const f32 = memory::data_type::f32;
  auto const any = memory::format_tag::any;
  return {memory::desc(dims{tasks, s.in, s.x_height(), s.x_width()}, f32, any),
          memory::desc(dims{tasks, s.out, s.height, s.width}, f32, any),
          memory::desc(dims{s.out, s.in, s.kernel, s.kernel}, f32, any)};
}

/// Scratch memory is ours, so that threads can share a primitive and calls allocate nothing.
dnnl::primitive_attr own_scratch() {
  dnnl::primitive_attr attr;
  attr.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  return attr;
}

/// Hides how versions 2 and 3 describe a primitive.
template <class Primitive, class... What>
auto describe(dnnl::engine const& engine, What const&... what) {
#if DNNL_VERSION_MAJOR >= 3
  return typename Primitive::primitive_desc(engine, what..., own_scratch());
#else
  return typename Primitive::primitive_desc(typename Primitive::desc(what...), own_scratch(), engine);
#endif
}
template <class Primitive, class... What>
auto describe_adjoint(dnnl::engine const& engine, dnnl::convolution_forward::primitive_desc const& of,
                      What const&... what) {
#if DNNL_VERSION_MAJOR >= 3
  return typename Primitive::primitive_desc(engine, what..., of, own_scratch());
#else
  return typename Primitive::primitive_desc(typename Primitive::desc(what...), own_scratch(), engine, of);
#endif
}

/// The operation that computes one of the tensors from the two others, for one number of tasks: the library's kernel,
/// and the conversions between the caller's layouts and the kernel's.
class Operation {
 public:
  Operation() = default;
  /// @throws dnnl::error
  Operation(dnnl::engine const& engine, ConvolutionShape const& s, std::int64_t tasks, Tensor result)
      : result_(result), callers_(callers_layouts(s, tasks)) {
    auto const any = any_layouts(s, tasks);
    memory::dims const strides{s.stride, s.stride}, no_padding{0, 0};
    auto const direct = dnnl::algorithm::convolution_direct;  // Winograd's would round more
    auto const forward = describe<dnnl::convolution_forward>(engine, dnnl::prop_kind::forward_training, direct, any[x],
                                                             any[w], any[y], strides, no_padding, no_padding);
    if (result == y) {
      kernel_ = forward;
      arguments_ = {DNNL_ARG_SRC, DNNL_ARG_DST, DNNL_ARG_WEIGHTS};
    } else if (result == x) {
      kernel_ = describe_adjoint<dnnl::convolution_backward_data>(engine, forward, direct, any[x], any[w], any[y],
                                                                  strides, no_padding, no_padding);
      arguments_ = {DNNL_ARG_DIFF_SRC, DNNL_ARG_DIFF_DST, DNNL_ARG_WEIGHTS};
    } else {
      kernel_ = describe_adjoint<dnnl::convolution_backward_weights>(engine, forward, direct, any[x], any[w], any[y],
                                                                     strides, no_padding, no_padding);
      arguments_ = {DNNL_ARG_SRC, DNNL_ARG_DIFF_DST, DNNL_ARG_DIFF_WEIGHTS};
    }
    for (Tensor const t : {x, y, w}) {
      kernels_[t] = kernel_.query_md(dnnl::query::exec_arg_md, arguments_[t]);
      auto const& from = t == result ? kernels_[t] : callers_[t];
      auto const& to = t == result ? callers_[t] : kernels_[t];
      conversions_[t] = dnnl::reorder::primitive_desc(engine, from, engine, to, own_scratch());
    }
  }

  /// Whether the library has no kernel for this shape and CPU but its reference loops.
  [[nodiscard]] bool is_slow() const { return std::string_view(kernel_.impl_info_str()).starts_with("ref"); }
  [[nodiscard]] Tensor result() const { return result_; }
  [[nodiscard]] Layouts const& callers() const { return callers_; }
  [[nodiscard]] Layouts const& kernels() const { return kernels_; }
  [[nodiscard]] int argument(Tensor t) const { return arguments_[t]; }
  [[nodiscard]] dnnl::primitive_desc_base const& kernel() const { return kernel_; }
  [[nodiscard]] dnnl::reorder::primitive_desc const& conversion(Tensor t) const { return conversions_[t]; }
  [[nodiscard]] std::size_t scratch_bytes() const {
    std::size_t bytes = kernel_.scratchpad_desc().get_size();
    for (auto const& c : conversions_) bytes = std::max(bytes, c.scratchpad_desc().get_size());
    return bytes;
  }

 private:
  Tensor result_ = y;
  Tensors<int> arguments_{};
  Layouts callers_, kernels_;
  dnnl::primitive_desc_base kernel_;
  Tensors<dnnl::reorder::primitive_desc> conversions_;
};

/// Copies of the tensors in the kernel's layouts, and scratch.
struct Memory {
  Tensors<std::byte*> copies;
  std::byte* scratch;
};

/// An operation on one thread's memory.
class Runner {
 public:
  Runner() = default;
  Runner(dnnl::engine const& engine, Operation const& operation, Memory const& own)
      : result_(operation.result()), kernel_(operation.kernel().get()) {
    memory const scratch(operation.kernel().scratchpad_desc(), engine, own.scratch);
    kernel_arguments_[3] = {DNNL_ARG_SCRATCHPAD, scratch.get()};
    owned_.push_back(scratch);
    for (Tensor const t : {x, y, w}) {
      auto const& conversion = operation.conversion(t);
      memory const callers(operation.callers()[t], engine, nullptr),
          copy(operation.kernels()[t], engine, own.copies[t]),
          conversion_scratch(conversion.scratchpad_desc(), engine, own.scratch);
      conversions_[t] = dnnl::reorder(conversion);
      callers_[t] = callers;
      kernel_arguments_[t] = {operation.argument(t), copy.get()};
      conversion_arguments_[t] = {{{DNNL_ARG_FROM, t == result_ ? copy.get() : callers.get()},
                                   {DNNL_ARG_TO, t == result_ ? callers.get() : copy.get()},
                                   {DNNL_ARG_SCRATCHPAD, conversion_scratch.get()}}};
      owned_.insert(owned_.end(), {copy, conversion_scratch});
    }
  }

  /// To or from the caller's layout.
  dnnl_status_t convert(dnnl::stream const& stream, Tensor t, float const* of_caller) const {
    auto const status = dnnl_memory_set_data_handle(callers_[t].get(), const_cast<float*>(of_caller));
    return status != dnnl_success ? status : execute(stream, conversions_[t], conversion_arguments_[t]);
  }
  /// A null pointer: the kernel's copy of that tensor is up to date.
  dnnl_status_t run(dnnl::stream const& stream, Tensors<float const*> const& of_caller) const {
    for (Tensor const t : {x, y, w}) {
      if (t == result_ || of_caller[t] == nullptr) continue;
      if (auto const status = convert(stream, t, of_caller[t]); status != dnnl_success) return status;
    }
    auto const status = execute(stream, kernel_, kernel_arguments_);
    return status != dnnl_success ? status : convert(stream, result_, of_caller[result_]);
  }

 private:
  template <std::size_t n>
  static dnnl_status_t execute(dnnl::stream const& stream, dnnl::primitive const& primitive,
                               std::array<dnnl_exec_arg_t, n> const& arguments) {
    return dnnl_primitive_execute(primitive.get(), stream.get(), static_cast<int>(n), arguments.data());
  }

  Tensor result_ = y;
  dnnl::primitive kernel_;
  Tensors<dnnl::primitive> conversions_;
  Tensors<memory> callers_;
  std::array<dnnl_exec_arg_t, 4> kernel_arguments_{};
  Tensors<std::array<dnnl_exec_arg_t, 3>> conversion_arguments_{};
  std::vector<memory> owned_;  ///< what the arguments refer to
};

/// The library's primitives take one thread each; threads share the tasks.
class OneDnnConvolution final : public Convolution {
 public:
  /// @throws dnnl::error
  OneDnnConvolution(Backend& backend, ConvolutionShape const& shape, std::int64_t capacity, bool trains)
      : shape_(shape), threads_(backend.threads()) {
    OneBlasThread const one_thread;  // a primitive divides its work when it is made
    dnnl::engine const engine(dnnl::engine::kind::cpu, 0);
    std::vector<Operation> operations{Operation(engine, shape, 1, y)};
    if (trains) {
      operations.emplace_back(engine, shape, 1, x);
      for (std::int64_t tasks = 1; tasks <= tasks_a_sum; ++tasks) operations.emplace_back(engine, shape, tasks, w);
    }
    Tensors<std::size_t> sizes{};
    std::size_t scratch_size = 0;
    for (auto const& operation : operations) {
      is_slow_ = is_slow_ || operation.is_slow();
      for (Tensor const t : {x, y, w}) sizes[t] = std::max(sizes[t], rounded(operation.kernels()[t].get_size()));
      scratch_size = std::max(scratch_size, rounded(operation.scratch_bytes()));
    }
    if (is_slow_) return;

    std::size_t const of_slot = sizes[x] + sizes[y] + (trains ? sizes[w] : 0) + scratch_size;
    std::int64_t const slots = std::clamp<std::int64_t>(capacity, 1, threads_);
    weights_ = Buffer<std::byte>(backend, static_cast<std::int64_t>(sizes[w]));
    of_slots_ = Buffer<std::byte>(backend, slots * static_cast<std::int64_t>(of_slot));
    if (trains) sums_ = Buffer<float>(backend, std::min(blocks(capacity), sums_at_a_time) * shape.weights());
    if (backend.planning()) return;
    for (std::int64_t i = 0; i < slots; ++i) {
      std::byte* const at = of_slots_.data() + i * static_cast<std::int64_t>(of_slot);
      std::byte* const scratch = at + sizes[x] + sizes[y];
      Memory own{{at, at + sizes[x], weights_.data()}, scratch};
      auto& slot = slots_.emplace_back(Slot{dnnl::stream(engine), Runner(engine, operations[0], own), {}, {}});
      if (!trains) continue;
      slot.input_adjoint = Runner(engine, operations[1], own);
      own.copies[w] = scratch + scratch_size;
      for (std::size_t n = 0; n < slot.weight_adjoint.size(); ++n) {
        slot.weight_adjoint[n] = Runner(engine, operations[2 + n], own);
      }
    }
  }

  [[nodiscard]] bool is_slow() const { return is_slow_; }

  void forward(float const* x_first, float const* weights, float* y_first, std::int64_t tasks) override {
    by_task(&Slot::forward, x_first, weights, y_first, tasks);
  }
  void input_adjoint(float const* y_bar, float const* weights, float* x_bar, std::int64_t tasks) override {
    by_task(&Slot::input_adjoint, x_bar, weights, y_bar, tasks);
  }

  void weight_adjoint(float const* x_first, float const* y_bar, float* w_bar, std::int64_t tasks) override {
    std::int64_t const all = blocks(tasks), size = shape_.weights();
    for (std::int64_t first = 0; first < all; first += sums_at_a_time) {
      std::int64_t const count = std::min(sums_at_a_time, all - first);
      over(count, tasks_a_sum * shape_.work(), [&](Slot const& slot, std::int64_t i) {
        std::int64_t const task = (first + i) * tasks_a_sum, n = std::min(tasks_a_sum, tasks - task);
        return slot.weight_adjoint[static_cast<std::size_t>(n - 1)].run(
            slot.stream, {x_first + task * shape_.x_task, y_bar + task * shape_.y_task, sums_.data() + i * size});
      });
      constexpr std::int64_t piece = 1024, worth_threads = 1 << 18;
      parallel_for(count * size > worth_threads, threads_, (size + piece - 1) / piece, [&](std::int64_t p) {
        for (std::int64_t i = 0; i < count; ++i) {
          float const* const sum = sums_.data() + i * size;
          for (std::int64_t j = p * piece; j < std::min(size, (p + 1) * piece); ++j) w_bar[j] += sum[j];
        }
      });
    }
  }

 private:
  static constexpr std::int64_t tasks_a_sum = 4;      ///< one primitive's
  static constexpr std::int64_t sums_at_a_time = 32;  ///< of which memory is needed
  static constexpr std::int64_t blocks(std::int64_t tasks) { return (tasks + tasks_a_sum - 1) / tasks_a_sum; }
  static constexpr std::size_t rounded(std::size_t bytes) { return Arena::rounded(bytes); }

  /// What a thread needs for itself.
  struct Slot {
    dnnl::stream stream;
    Runner forward, input_adjoint;
    std::array<Runner, tasks_a_sum> weight_adjoint;  ///< for 1, 2, ... tasks
  };

  void by_task(Runner Slot::*operation, float const* x_first, float const* weights, float const* y_first,
               std::int64_t tasks) {
    if (tasks == 0) return;
    require((slots_[0].*operation).convert(slots_[0].stream, w, weights));
    over(tasks, shape_.work(), [&](Slot const& slot, std::int64_t task) {
      return (slot.*operation)
          .run(slot.stream, {x_first + task * shape_.x_task, y_first + task * shape_.y_task, nullptr});
    });
  }

  /// f(slot, i) for i in [0, n); work: multiplications of each.
  template <class F>
  void over(std::int64_t n, std::int64_t work, F const& f) {
    OneBlasThread const one_thread;  // oneDNN follows the calling thread's setting, too
    constexpr std::int64_t worth_threads = 1 << 18;
    auto const slots = std::min<std::int64_t>(static_cast<std::int64_t>(slots_.size()), n);
    std::atomic<dnnl_status_t> failure{dnnl_success};
    parallel_for(slots > 1 && n * work > worth_threads, threads_, slots, [&](std::int64_t s) {
      for (std::int64_t i = s * n / slots; i < (s + 1) * n / slots; ++i) {
        auto const status = f(slots_[static_cast<std::size_t>(s)], i);
        if (status != dnnl_success) failure = status;
      }
    });
    require(failure);
  }

  static void require(dnnl_status_t status) {
    if (status != dnnl_success) fail("status " + std::to_string(static_cast<int>(status)));
  }

  ConvolutionShape shape_;
  int threads_;
  bool is_slow_ = false;
  Buffer<std::byte> weights_;   ///< in a kernel's layout, for all threads
  Buffer<std::byte> of_slots_;  ///< each a Memory
  Buffer<float> sums_;
  std::vector<Slot> slots_;
};

}  // namespace

std::unique_ptr<Convolution> CpuExec::convolution(ConvolutionShape const& shape, std::int64_t capacity, bool trains) {
  if (!suits_library(shape)) return nullptr;
  try {
    auto made = std::make_unique<OneDnnConvolution>(*this, shape, capacity, trains);
    if (made->is_slow()) return nullptr;
    return made;
  } catch (dnnl::error const& e) {
    if (e.status == dnnl_unimplemented) return nullptr;
    fail(e.what());
  }
}

}  // namespace metasolve::exec

#else

namespace metasolve::exec {

std::unique_ptr<Convolution> CpuExec::convolution(ConvolutionShape const&, std::int64_t, bool) { return nullptr; }

}  // namespace metasolve::exec

#endif

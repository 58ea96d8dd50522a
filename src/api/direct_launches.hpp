// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>

#include "metasolve/detail/api/direct_data.hpp"
#include "metasolve/detail/exec/direct_functions.hpp"

namespace metasolve::api {

/// The launches of one direct method on one executor, with its symbolic analysis: what LinearSolver and the engine's
/// stage share. Family: exec::SparseFamily or exec::DenseFamily.
template <class Family>
class DirectLaunches {
 public:
  using Functions = exec::DirectFunctions<Family>;
  using real = typename Family::real;

  /// stored_at: DirectData's. capacity: most slots per run. keeps: whether factors are kept for later runs, in memory
  /// of this object.
  DirectLaunches(exec::Backend& exec, Pattern const& pattern, LinearSolver::Options const& options,
                 std::int64_t capacity, bool keeps, std::vector<std::int32_t> const& stored_at = {})
      : exec_(exec),
        functions_(exec::functions_for<Functions>(exec)),
        data_(exec, pattern, options, stored_at),
        is_dense_(options.method == LinearSolver::Method::dense_lu),
        keeps_(keeps) {
    if (keeps_) {
      std::int64_t const whole = (capacity + functions_.width - 1) / functions_.width * functions_.width;
      kept_ = exec::Buffer<real>(exec, whole * (factor_size() + kernels::factor_padding));
      usable_ = exec::Buffer<std::int32_t>(exec, capacity);
    }
    std::int64_t bytes = functions_.single.bytes(exec, body<typename Functions::Single>(false), capacity);
    if (has_lanes()) {
      bytes = std::max(bytes, functions_.lanes.bytes(exec, body<typename Functions::Lanes>(false), capacity));
    }
    workspace_ = exec::Buffer<std::byte>(exec, bytes);
  }

  /// What a run reads and writes besides its kernels::LockstepArguments.
  struct Run {
    kernels::BatchView<double const> values, rhs;
    Origin* origin = nullptr;  ///< kernels::DirectTasks
    kernels::Factors factors = kernels::Factors::discard;
    bool transposed = false;
  };
  void run(kernels::LockstepArguments<double> const& arguments, Run const& r) {
    auto const launch = [&](auto const& functions, auto b) {
      b.arguments = arguments;
      b.tasks.values = r.values;
      b.tasks.rhs = r.rhs;
      b.tasks.origin = r.origin;
      b.tasks.factors = r.factors;
      functions.launch(exec_, b, workspace_.data(), arguments.slots);
    };
    if (prefers_lanes(arguments.slots)) {
      launch(functions_.lanes, body<typename Functions::Lanes>(r.transposed));
    } else {
      launch(functions_.single, body<typename Functions::Single>(r.transposed));
    }
  }

  [[nodiscard]] DirectData const& data() const { return data_; }
  [[nodiscard]] std::int64_t factor_size() const {
    return is_dense_ ? kernels::DenseLu<double, kernels::Within::single>::size_of(data_.unknowns())
                     : data_.plan().entries();
  }
  /// Of one factorisation, in floating-point operations.
  [[nodiscard]] double operations() const {
    double const n = data_.unknowns();
    return is_dense_ ? n * n * n / 3 : data_.plan().operations();
  }

 private:
  [[nodiscard]] bool has_lanes() const { return functions_.width > 1; }

  template <class Body>
  [[nodiscard]] Body body(bool transposed) const {
    Body b{};
    if constexpr (requires { b.method.plan; }) {
      b.method.plan = data_.plan().view();
    } else {
      b.method.unknowns = data_.unknowns();
    }
    b.tasks = data_.tasks(Body::takes_batches, transposed);
    if (keeps_) {
      b.tasks.kept = kept_.data();
      b.tasks.usable = usable_.data();
    }
    return b;
  }

  /// How much longer one system takes on its own, with vectors along its rows, than its share of a pack: measured on
  /// AVX-512, factors of 0.1, 4, 190 and 2000 million operations. A pack of the last does not fit into a cache.
  [[nodiscard]] double single_over_lane() const {
    double const n = operations();
    if (n < 2e6) return 4.0;
    if (n < 5e7) return 2.2;
    return n < 1.5e9 ? 1.3 : 0.8;
  }
  /// Whether packs are faster, a system a lane. The same bits either way. With kept factors always: their layout.
  [[nodiscard]] bool prefers_lanes(std::int64_t count) const {
    if (!has_lanes()) return false;
    if (keeps_) return true;
    std::int64_t const threads = exec_.threads(), width = functions_.width;
    auto const shares = [](std::int64_t items, std::int64_t among) { return (items + among - 1) / among; };
    std::int64_t const in_packs = shares(shares(count, width), threads) * width, alone = shares(count, threads);
    return static_cast<double>(in_packs) < static_cast<double>(alone) * single_over_lane();
  }

  exec::Backend& exec_;
  Functions functions_;
  DirectData data_;
  bool is_dense_, keeps_;
  exec::Buffer<real> kept_;
  exec::Buffer<std::int32_t> usable_;
  exec::Buffer<std::byte> workspace_;
};

}  // namespace metasolve::api

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <atomic>

#include "metasolve/detail/exec/bodies.hpp"
#include "metasolve/detail/exec/cpu/parallel_for.hpp"
#include "metasolve/detail/exec/host_backend.hpp"
#include "metasolve/detail/exec/team_body.hpp"
#include "metasolve/kernels/simd/pack_pair.hpp"

namespace metasolve::exec {

/// If this is undefined at link time, the program's copies of the templates below were compiled for other vectors than
/// the library's, with another memory layout: leave -march to metasolve::kernels.
template <int simd_bytes>
struct VectorsOf {
  static char const as_the_library;
};
template <>
char const VectorsOf<kernels::simd_bytes>::as_the_library;
[[gnu::used]] static char const* const vectors = &VectorsOf<kernels::simd_bytes>::as_the_library;

/// The CPU executor: each OpenMP thread is a team of one whose number is a SIMD pack of tasks.
class CpuExec final : public HostBackend {
 public:
  static constexpr std::string_view executor_name = "cpu";

  explicit CpuExec(int threads);

  [[nodiscard]] std::string_view name() const noexcept override { return executor_name; }
  [[nodiscard]] std::string description() const override;
  [[nodiscard]] int threads() const noexcept override { return threads_; }

  void gemm(Gemm<float> const& g) override;
  void gemm(Gemm<double> const& g) override;
  std::unique_ptr<BlockProduct> block_product(BlockMatrix const& a) override;
  std::unique_ptr<BlockSolve> block_solve(BlockMatrix const& u) override;
  /// By oneDNN. Defined in cpu_convolution.cpp.
  [[nodiscard]] std::unique_ptr<Convolution> convolution(ConvolutionShape const& shape, std::int64_t capacity,
                                                         bool trains) override;

  /// body.operator()<Number>(row, column) for each element of [rows][columns], a pack of columns at a time, in
  /// unspecified order.
  template <ElementBody Body>
  void launch(std::int64_t rows, std::int64_t columns, Body const& body) {
    // One thread takes some tens of microseconds for this many elements. Waking the others costs a few; but on a busy
    // machine each join waits for any preempted thread, so few joins are worthwhile.
    constexpr std::int64_t worth_threads = 32768;
    bool const pays = rows * columns > worth_threads;
    if (rows > 1) {
      parallel_for(pays, threads_, rows, [&](std::int64_t r) { run_row(r, 0, columns, body); });
    } else if (rows == 1) {
      constexpr std::int64_t block = 1024;
      parallel_for(pays, threads_, (columns + block - 1) / block,
                   [&](std::int64_t b) { run_row(0, b * block, std::min((b + 1) * block, columns), body); });
    }
  }

  /// Lanes that run at once on `slots` positions, among which tape memory is divided. Independent of global_size();
  /// does not decrease as slots grow.
  template <TeamBody Body>
  [[nodiscard]] std::int64_t lanes_in_flight(Body const&, std::int64_t slots) const {
    return static_cast<std::int64_t>(team_count<Body>(slots)) * lanes<Body>;
  }
  /// Bytes of workspace that launch_teams needs for this body and at most this many slots.
  template <TeamBody Body>
  [[nodiscard]] std::int64_t team_bytes(Body const& body, std::int64_t slots) const {
    using Number = number_of<Body>;
    return static_cast<std::int64_t>(sizeof(Number)) * team_count<Body>(slots) * numbers(body);
  }
  /// Runs the body on positions [0, slots). workspace: team_bytes(body, slots), with the alignment of allocate.
  template <TeamBody Body>
  void launch_teams(Body const& body, void* workspace, std::int64_t slots) {
    using Number = number_of<Body>;
    constexpr std::int64_t claim = Body::takes_batches ? lanes<Body> : 1;
    std::atomic<std::int64_t> next{0};
    int const teams = team_count<Body>(slots);
    parallel_for(teams > 1, threads_, teams, [&](std::int64_t t) {
      auto source = [&]() -> std::int64_t {
        std::int64_t const first = next.fetch_add(claim, std::memory_order_relaxed);
        return first < slots ? first : -1;
      };
      auto* const scratch = static_cast<Number*>(workspace) + t * numbers(body);
      kernels::LocalView<Number> const global{scratch + body.scratch_size()};
      body.template run<Number>(kernels::SoloTeam{}, source, kernels::LocalView<Number>{scratch}, global);
    });
  }

  void do_over_blocks(std::int64_t rows, std::int64_t block, std::int64_t work,
                      void (*part)(void*, std::int64_t, std::int64_t), void* context) override;

 private:
  template <class Body>
  struct NumberOf {
    using type = kernels::Pack<typename Body::scalar>;
  };
  template <PairedBody Body>
  struct NumberOf<Body> {
    using type = kernels::PackPair<kernels::Pack<typename Body::scalar>>;
  };
  template <ScalarBody Body>
  struct NumberOf<Body> {
    using type = typename Body::scalar;
  };
  template <class Body>
  using number_of = typename NumberOf<Body>::type;
  template <class Body>
  static constexpr int lanes = kernels::lanes_of<number_of<Body>>;

 public:
  /// Tasks side by side in a body's number. Other executors have no such member.
  template <class Body>
  static constexpr int lanes_of_body = lanes<Body>;

 private:
  /// Fewer short positions are not worth waking a thread for (see launch).
  template <class Body>
  static constexpr std::int64_t positions_worth_a_thread() {
    if constexpr (requires { Body::positions_a_thread; }) return Body::positions_a_thread;
    return lanes<Body>;
  }
  template <class Body>
  [[nodiscard]] int team_count(std::int64_t slots) const {
    constexpr std::int64_t of_a_team = positions_worth_a_thread<Body>();
    return static_cast<int>(std::min<std::int64_t>(threads_, (slots + of_a_team - 1) / of_a_team));
  }
  template <class Body>
  static std::int64_t numbers(Body const& body) {
    return static_cast<std::int64_t>(body.scratch_size()) + body.global_size();
  }
  template <class Body>
  static void run_row(std::int64_t row, std::int64_t begin, std::int64_t end, Body const& body) {
    using scalar = typename Body::scalar;
    using Number = kernels::Pack<scalar>;
    std::int64_t c = begin;
    for (; c + kernels::lanes_of<Number> <= end; c += kernels::lanes_of<Number>) {
      body.template operator()<Number>(row, c);
    }
    for (; c < end; ++c) body.template operator()<scalar>(row, c);
  }

  int threads_;
};

}  // namespace metasolve::exec

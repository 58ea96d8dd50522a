// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <atomic>

#include "kernels/simd/pack_pair.hpp"
#include "src/exec/backend.hpp"
#include "src/exec/cpu/parallel_for.hpp"
#include "src/exec/team_body.hpp"

namespace metasolve::exec {

/// Where this is undefined when a program is linked, the program's copies of the templates below are compiled for other
/// vectors than the library's, and would lay out the same memory another way: leave -march to metasolve::kernels.
template <int simd_bytes>
struct VectorsOf {
  static char const as_the_library;
};
template <>
char const VectorsOf<kernels::simd_bytes>::as_the_library;
[[gnu::used]] static char const* const vectors = &VectorsOf<kernels::simd_bytes>::as_the_library;

/// The CPU: OpenMP threads, each a team of one whose number is a SIMD pack of tasks.
class CpuExec final : public Backend {
 public:
  explicit CpuExec(int threads);

  [[nodiscard]] DeviceKind kind() const noexcept override { return DeviceKind::cpu; }
  [[nodiscard]] std::string description() const override;
  void synchronize() override {}
  [[nodiscard]] int threads() const noexcept override { return threads_; }

  void upload(void* to, void const* from_host, std::size_t bytes) override;
  void download(void* to_host, void const* from, std::size_t bytes) override;
  void copy(void* to, void const* from, std::size_t bytes) override;
  void zero(void* to, std::size_t bytes) override;
  void gemm(Gemm<float> const& g) override;
  void gemm(Gemm<double> const& g) override;
  void reserve_cholesky(std::int64_t) override {}
  void cholesky(SymmetricBatch const& a, std::int32_t* info) override;
  void cholesky_solve(SymmetricBatch const& factors, double* right_sides, std::int32_t const* info) override;
  void add_sum(float const* x, std::int64_t n, double* to) override;
  void add_sum(double const* x, std::int64_t n, double* to) override;
  void add_sum(std::int32_t const* x, std::int64_t n, double* to) override;
  void add_square_sum(float const* x, std::int64_t n, double* to) override;
  void add_square_sum(double const* x, std::int64_t n, double* to) override;
  void reserve_sort(std::int64_t) override {}
  void sort_by_key(std::int32_t* keys, std::int32_t* values, std::int64_t n) override;
  void reserve_partition(std::int64_t) override {}
  std::int64_t partition(std::int32_t const* flags, std::int64_t n, std::int32_t* indices) override;
  std::unique_ptr<BlockProduct> block_product(BlockMatrix const& a) override;
  std::unique_ptr<BlockSolve> block_solve(BlockMatrix const& u) override;

  /// body.operator()<Number>(row, column) for each element of [rows][columns], columns a pack at a time. A body has
  /// no order to rely on.
  template <class Body>
  void launch(std::int64_t rows, std::int64_t columns, Body const& body) {
    // One thread does this many elements in some tens of microseconds. Waking the others costs a few; but on a busy
    // machine each join waits for whichever thread the system has put aside, so few of them are worth having.
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

  /// part(first, count) over [0, rows) in whole blocks of row_block rows, on all threads: for stages that treat each
  /// row by itself, so that a block goes through all of them in cache. work: multiplications a row.
  template <class Part>
  void over_row_blocks(std::int64_t rows, std::int64_t work, Part&& part) {
    std::int64_t const blocks = (rows + row_block - 1) / row_block;
    constexpr std::int64_t worth_threads = 1 << 18;
    parallel_for(blocks > 1 && rows * work > worth_threads, threads_, blocks,
                 [&](std::int64_t b) { part(b * row_block, std::min(row_block, rows - b * row_block)); });
  }

  /// Lanes that run at once on `slots` positions: what tape memory is divided among. Independent of far_size();
  /// does not fall as slots grow.
  template <class Body>
  [[nodiscard]] std::int64_t lanes_in_flight(Body const&, std::int64_t slots) const {
    return static_cast<std::int64_t>(team_count<Body>(slots)) * lanes<Body>;
  }
  /// Bytes of workspace that launch_teams needs for this body and at most this many slots.
  template <class Body>
  [[nodiscard]] std::int64_t team_bytes(Body const& body, std::int64_t slots) const {
    using Number = number_of<Body>;
    return static_cast<std::int64_t>(sizeof(Number)) * team_count<Body>(slots) * numbers(body);
  }
  /// Runs the body on positions [0, slots). workspace: team_bytes(body, slots), aligned as allocate aligns.
  template <class Body>
  void launch_teams(Body const& body, void* workspace, std::int64_t slots) {
    using Number = number_of<Body>;
    constexpr std::int64_t claim = Body::claims_groups ? lanes<Body> : 1;
    std::atomic<std::int64_t> next{0};
    int const teams = team_count<Body>(slots);
    parallel_for(teams > 1, threads_, teams, [&](std::int64_t t) {
      auto source = [&]() -> std::int64_t {
        std::int64_t const first = next.fetch_add(claim, std::memory_order_relaxed);
        return first < slots ? first : -1;
      };
      auto* const near = static_cast<Number*>(workspace) + t * numbers(body);
      kernels::LocalView<Number> const far{near + body.near_size()};
      body.template run<Number>(kernels::SoloTeam{}, source, kernels::LocalView<Number>{near}, far);
    });
  }

  /// On a CUDA device loads what launch(Body) runs, as it must be before a capture.
  template <class Body>
  void load() {}

  /// On a CUDA device an owner's operations are recorded and replayed (cuda_replays.hpp); here they run.
  struct Replays {
    explicit Replays(CpuExec&) {}
    template <class F>
    void run(std::uint64_t, F&& f) {
      f();
    }
  };

 protected:
  [[nodiscard]] char const* why_unreachable(void const*) const override { return nullptr; }
  void* do_allocate(std::size_t bytes) override;
  void do_deallocate(void* memory) noexcept override;

 private:
  template <class Body>
  struct NumberOf {
    using type = kernels::Pack<typename Body::scalar>;
  };
  template <class Body>
  requires(Body::prefers_pairs) struct NumberOf<Body> {
    using type = kernels::PackPair<kernels::Pack<typename Body::scalar>>;
  };
  template <class Body>
  requires(Body::is_scalar) struct NumberOf<Body> {
    using type = typename Body::scalar;
  };
  template <class Body>
  using number_of = typename NumberOf<Body>::type;
  template <class Body>
  static constexpr int lanes = kernels::lanes_of<number_of<Body>>;
  /// Where one position is soon done, fewer are not worth waking a thread for (see launch).
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
    return static_cast<std::int64_t>(body.near_size()) + body.far_size();
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

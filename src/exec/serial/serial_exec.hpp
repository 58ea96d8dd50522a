// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/detail/exec/bodies.hpp"
#include "metasolve/detail/exec/host_backend.hpp"

namespace metasolve::exec {

/// A team of one with its own type: code compiled for this executor is not shared with another one that is compiled
/// with different optimisation.
struct SerialTeam : kernels::SoloTeam {};

/// The reference: one host thread that processes elements and positions one after another as plain numbers, in simple
/// loops. No packs, no OpenMP, no BLAS. For tests, which compare the other executors with it, and for stepping through
/// a solver in a debugger; slow.
class SerialExec final : public HostBackend {
 public:
  static constexpr std::string_view executor_name = "serial";

  [[nodiscard]] std::string_view name() const noexcept override { return executor_name; }
  [[nodiscard]] std::string description() const override { return "CPU, serial: one thread without SIMD"; }

  void gemm(Gemm<float> const& g) override;
  void gemm(Gemm<double> const& g) override;
  std::unique_ptr<BlockProduct> block_product(BlockMatrix const& a) override;
  std::unique_ptr<BlockSolve> block_solve(BlockMatrix const& u) override;

  // See executor_type.hpp.
  template <ElementBody Body>
  void launch(std::int64_t rows, std::int64_t columns, Body const& body) {
    for (std::int64_t r = 0; r < rows; ++r) {
      for (std::int64_t c = 0; c < columns; ++c) body.template operator()<typename Body::scalar>(r, c);
    }
  }

  template <TeamBody Body>
  [[nodiscard]] std::int64_t lanes_in_flight(Body const&, std::int64_t slots) const {
    return slots > 0 ? 1 : 0;
  }
  template <TeamBody Body>
  [[nodiscard]] std::int64_t team_bytes(Body const& body, std::int64_t slots) const {
    std::int64_t const numbers = static_cast<std::int64_t>(body.scratch_size()) + body.global_size();
    return lanes_in_flight(body, slots) * numbers * static_cast<std::int64_t>(sizeof(typename Body::scalar));
  }
  template <TeamBody Body>
  void launch_teams(Body const& body, void* workspace, std::int64_t slots) {
    if (slots <= 0) return;
    using View = kernels::LocalView<typename Body::scalar>;
    View const scratch{static_cast<typename Body::scalar*>(workspace)};
    std::int64_t next = 0;
    auto source = [&]() -> std::int64_t { return next < slots ? next++ : -1; };
    body.template run<typename Body::scalar>(SerialTeam{}, source, scratch, scratch.subview(body.scratch_size()));
  }

 private:
  void do_over_blocks(std::int64_t rows, std::int64_t, std::int64_t, void (*part)(void*, std::int64_t, std::int64_t),
                      void* context) override {
    if (rows > 0) part(context, 0, rows);
  }
};

}  // namespace metasolve::exec

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <limits>
#include <optional>

#include "metasolve/detail/engine/difference_gradient.hpp"
#include "metasolve/detail/engine/solve_stage.hpp"
#include "metasolve/detail/problems/iccg_settings.hpp"
#include "metasolve/detail/sparse/block_pattern.hpp"
#include "metasolve/error.hpp"
#include "metasolve/kernels/solvers/block_compact.hpp"
#include "metasolve/kernels/solvers/block_confirm.hpp"
#include "metasolve/kernels/solvers/block_start.hpp"

namespace metasolve::problems {

/// Systems in an executor's memory, as read by conjugate gradients.
struct SpdView {
  kernels::LowerPatternView pattern;
  kernels::BatchView<double const> values;  ///< [tasks][pattern.values()]
  kernels::BatchView<double const> rhs;     ///< [tasks][unknowns]
};

/// Preconditioned conjugate gradients for systems that are too large for a team's scratch, or too few to fill all
/// lanes. Solves a part of the batch at a time as one block-diagonal system, all its tasks step by step. Stopped tasks
/// are computed along until at most half are running, which then continue alone. Counts equal those of
/// kernels::ConjugateGradient up to rounding. Gradients: by the difference of solves only. Synchronizes every few
/// steps.
class BlockIccg final : public engine::SolveStage<double> {
 public:
  using Arguments = kernels::LockstepArguments<double>;

  /// settings: with a preconditioner that supports blocks (sparse::PreconditionerInfo). systems must outlive the stage.
  BlockIccg(exec::Backend& exec, SpdView const& systems, sparse::SymmetricStructure const& structure,
            IccgSettings const& settings, engine::StageLimits const& limits)
      : exec_(exec), systems_(systems), kind_(settings.preconditioner), limits_(limits), whole_(exec, structure) {
    if (limits.tape_bytes > 0 && limits.gradient != engine::Gradient::difference) {
      throw InputError(
          "solver.gradient: tasks that are solved as one block-diagonal system have \"difference\" alone; choose it, "
          "or solver.batching = \"lockstep\"");
    }
    if (kind_ == PreconditionerKind::incomplete_cholesky) {
      if (settings.fill_rule.entries) {
        factor_pattern_ = sparse::FactorPattern(exec, structure, *settings.fill_rule.entries);
      } else {
        plan_.emplace(exec, structure, settings.fill_rule);
        cholesky_ = plan_->view<double>();
        factor_pattern_ = sparse::FactorPattern(exec, plan_->structure());
      }
    }
    if (limits.tape_bytes > 0) difference_ = {exec, limits.capacity, limits.difference};
    choose_part();
    allocate();
  }

  [[nodiscard]] int parameter_size() const override { return 1; }
  [[nodiscard]] bool waits() const override { return true; }

  /// Uses the given parameters as they are: there is no guard and no second attempt.
  void attempt(Arguments const& arguments, kernels::Attempt attempt, kernels::Guard const& guard) override {
    if (guard.validates || attempt == kernels::Attempt::again) {
      throw Error("attempt: tasks that are solved as one block-diagonal system have no guard and no second attempt");
    }
    if (arguments.slots > limits_.capacity) {
      throw InputError("solve: " + std::to_string(arguments.slots) + " tasks given, the capacity is " +
                       std::to_string(limits_.capacity) + "; make the solver with a larger capacity");
    }
    solve_parts(arguments);
  }

  void differentiate(Arguments const& arguments) override {
    if (limits_.tape_bytes <= 0) throw Error("differentiate: this stage was made without tape memory");
    difference_.run(exec_, arguments, [this](auto const& all) { solve_parts(all); });
  }

  [[nodiscard]] int solution_size() const override { return systems_.pattern.unknowns; }
  void gauss_newton(Arguments const&, kernels::GaussNewtonArguments<double> const&) override {
    throw Error("gauss_newton: conjugate gradients have none");
  }

 private:
  using Iteration = kernels::BlockIteration<double>;

  [[nodiscard]] bool has_factor() const { return factor_pattern_.slots() > 0; }
  [[nodiscard]] bool by_magnitude() const { return has_factor() && factor_pattern_.col_idxs() == nullptr; }

  void solve_parts(Arguments const& a) {
    for (std::int64_t first = 0; first < a.slots; first += part_) {
      lay_out(std::min(part_, a.slots - first));
      iterate(a, first);
    }
  }

  void choose_part() {
    std::int64_t const n = systems_.pattern.unknowns, entries = std::max(whole_.entries(), factor_pattern_.slots());
    std::int64_t const wanted = exec_.blocks_at_a_time(24 * (entries + n) + 100 * n);
    std::int64_t const most = std::numeric_limits<std::int32_t>::max() / std::max<std::int64_t>(1, entries);
    part_ = std::clamp<std::int64_t>(wanted, 1, std::max<std::int64_t>(1, std::min(limits_.capacity, most)));
  }

  void allocate() {
    std::int64_t const n = systems_.pattern.unknowns, slots = factor_pattern_.slots();
    Iteration shape;
    shape.unknowns = static_cast<int>(n);
    vectors_ = exec::Buffer<double>(exec_, 6 * part_ * n);
    sums_ = exec::Buffer<double>(exec_, 3 * part_ * shape.chunks());
    scalars_ = exec::Buffer<double>(exec_, 9 * part_);
    order_ = exec::Buffer<std::int32_t>(exec_, part_);
    exec_.reserve_partition(part_);
    counters_ = exec::Buffer<std::int32_t>(exec_, 2 * part_);
    scales_ = exec::Buffer<kernels::SystemScale<double>>(exec_, part_);
    places_ = exec::Buffer<std::int64_t>(exec_, 2 * part_);
    ends_ = exec::Buffer<kernels::Status>(exec_, part_);
    matrices_ = exec::Buffer<double>(exec_, part_ * whole_.entries());
    product_ = exec_.block_product({part_, systems_.pattern.unknowns, whole_.entries(), whole_.row_ptrs(),
                                    whole_.col_idxs(), false, matrices_.data()});
    if (has_factor()) {
      factors_ = exec::Buffer<double>(exec_, part_ * slots);
      if (by_magnitude()) {
        columns_ = exec::Buffer<std::int32_t>(exec_, part_ * slots);
        scratch_ = exec::Buffer<double>(exec_, part_ * n);
        work_ = exec::Buffer<std::int32_t>(
            exec_, part_ * kernels::BoundedCholesky<double>::work_size(systems_.pattern.unknowns));
      }
      triangle_ = exec_.block_solve(
          {part_, systems_.pattern.unknowns, factor_pattern_.slots(), factor_pattern_.row_ptrs(),
           by_magnitude() ? columns_.data() : factor_pattern_.col_idxs(), by_magnitude(), factors_.data()});
    }
    with_start({}, 0,
               [&](auto const& body) { workspace_ = exec::Buffer<std::byte>(exec_, exec_.team_bytes(body, part_)); });
  }

  /// Sets the views of the part's memory.
  void lay_out(std::int64_t blocks) {
    std::int64_t const size = part_ * systems_.pattern.unknowns;
    s_ = {};
    s_.blocks = blocks;
    s_.capacity = part_;
    s_.unknowns = systems_.pattern.unknowns;
    s_.scales_exactly = limits_.confirms;
    double** const vectors[] = {&s_.x, &s_.r, &s_.p, &s_.q, &s_.z, &s_.confirmed};
    for (int v = 0; v < 6; ++v) *vectors[v] = vectors_.data() + v * size;
    double** const sums[] = {&s_.pq, &s_.r_squares, &s_.r_z};
    for (int v = 0; v < 3; ++v) *sums[v] = sums_.data() + v * part_ * s_.chunks();
    s_.rz = scalars_.data();
    s_.rr = s_.rz + 2 * part_;
    s_.sign = s_.rr + 2 * part_;
    s_.loss = s_.sign + 2 * part_;
    s_.last = s_.loss + part_;
    s_.share = s_.last + part_;
    s_.scale = scales_.data();
    s_.slot = places_.data();
    s_.start = s_.slot + part_;
    s_.end = ends_.data();
    s_.count = counters_.data();
    s_.run = s_.count + part_;
  }

  /// Calls use(StartBlocks) for the preconditioner.
  template <class Use>
  void with_start(Arguments const& a, std::int64_t first, Use&& use) {
    auto const start = [&](auto factor) {
      use(kernels::StartBlocks<double, decltype(factor)>{s_, a, systems_.values, systems_.rhs, factor,
                                                         systems_.pattern.values(), first});
    };
    if (!has_factor()) return start(kernels::FactorNothing{});
    if (by_magnitude()) {
      return start(kernels::FactorByMagnitude<double>{{systems_.pattern, factor_pattern_.row_ptrs()},
                                                      factor_pattern_.slots(),
                                                      factors_.data(),
                                                      columns_.data(),
                                                      scratch_.data(),
                                                      work_.data()});
    }
    start(kernels::FactorByLevel<double>{cholesky_, systems_.pattern, factors_.data()});
  }
  template <class Body>
  void launch(Body const& body) {
    exec_.launch_teams(body, workspace_.data(), body.positions());
  }
  template <class Work>
  void over_chunks(Work const& work) {
    launch(kernels::ChunkBody<double, Work>{s_, work});
  }

  /// z = M^-1 from, where from is r or z; q is scratch.
  void precondition(Arguments const& a, double const* from) {
    std::int64_t const size = s_.blocks * s_.unknowns;
    if (has_factor()) {
      triangle_->run(true, from, s_.q);
      triangle_->run(false, s_.q, s_.z);
    } else if (kind_ == PreconditionerKind::jacobi) {
      exec_.launch(s_.blocks, s_.unknowns,
                   kernels::DivideByDiagonal<double>{s_, a, systems_.values, systems_.pattern.entries, from});
    } else if (from != s_.z) {
      exec_.copy(s_.z, from, static_cast<std::size_t>(size) * sizeof(double));
    }
  }
  /// Computes z, r'z, the direction p and the scalars of iteration k + 1.
  void update_direction(Arguments const& a, std::int64_t k) {
    precondition(a, s_.r);
    over_chunks(kernels::BlockDot<double>{s_.r, s_.z, s_.r_z});
    over_chunks(kernels::UpdateDirection<double>{a, k});
  }

  /// Runs all solves of the part whose first slot is `first`.
  void iterate(Arguments const& a, std::int64_t first) {
    with_start(a, first, [&](auto const& body) { launch(body); });
    exec_.launch(
        s_.blocks, whole_.entries(),
        kernels::ExpandMatrices<double>{s_, a, whole_.entries(), systems_.values, whole_.source(), matrices_.data()});
    if (has_factor()) triangle_->refresh(s_.blocks);
    update_direction(a, -1);
    std::int64_t const check_every = exec_.returns_early() ? 8 : 1;
    for (std::int64_t k = 0; k % check_every != 0 || goes_on(a, k); ++k) {
      product_->run(s_.blocks, s_.p, s_.q);
      over_chunks(kernels::BlockDot<double>{s_.p, s_.q, s_.pq});
      over_chunks(kernels::UpdateSolution<double>{a, k});
      update_direction(a, k);
    }
  }

  /// Whether any block runs after k iterations. When at most half are running, confirms the others; blocks that have
  /// finally stopped are finished and removed from the part.
  bool goes_on(Arguments const& a, std::int64_t k) {
    std::int64_t running = order_blocks();
    if (2 * running > s_.blocks || (running > 0 && !exec_.blocks_stand_alone())) return true;
    if (a.confirms) {
      confirm(a, k);
      running = order_blocks();
      if (2 * running > s_.blocks || (running > 0 && !exec_.blocks_stand_alone())) return true;
    }
    exec_.launch(1, s_.blocks, kernels::FinishBlocks<double>{s_, a, k});
    if (a.solution) exec_.launch(s_.blocks, s_.unknowns, kernels::WriteSolutions<double>{s_, a});
    if (running > 0) compact(running);
    return running > 0;
  }
  /// Returns the number of running blocks and sets order_ for CompactBlocks. Synchronizes.
  std::int64_t order_blocks() { return exec_.partition(s_.run, s_.blocks, order_.data()); }

  void compact(std::int64_t running) {
    std::int64_t const slots = factor_pattern_.slots();
    exec_.launch(running, std::max<std::int64_t>({s_.unknowns, whole_.entries(), slots}),
                 kernels::CompactBlocks<double>{s_, running, order_.data(), whole_.entries(), slots, matrices_.data(),
                                                factors_.data(), columns_.data()});
    s_.blocks = running;
    if (has_factor()) triangle_->refresh(running);
  }

  /// Confirms the blocks that have stopped after k iterations; those that fail are prepared to resume.
  void confirm(Arguments const& a, std::int64_t k) {
    over_chunks(kernels::GatherSolution<double>{k});
    product_->run(s_.blocks, s_.x, s_.q);
    over_chunks(kernels::TrueResidual<double>{a, systems_.rhs, k});
    exec_.launch(1, s_.blocks, kernels::JudgeBlocks<double>{s_, a, k});
    over_chunks(kernels::RefineResidual<double>{a, systems_.rhs, whole_.row_ptrs(), whole_.col_idxs(), whole_.entries(),
                                                matrices_.data()});
    over_chunks(kernels::ReplaceResidual<double>{});
    over_chunks(kernels::ChooseDirection<double>{});
    precondition(a, s_.z);
    over_chunks(kernels::CorrectDirection<double>{});
    exec_.launch(1, s_.blocks, kernels::ResumeBlocks<double>{s_, k});
  }

  exec::Backend& exec_;
  SpdView systems_;
  PreconditionerKind kind_;
  engine::StageLimits limits_;
  sparse::WholePattern whole_;
  std::optional<sparse::CholeskyPlan> plan_;  ///< level-based fill only
  kernels::IncompleteCholesky<double> cholesky_{};
  sparse::FactorPattern factor_pattern_{};
  std::int64_t part_ = 1;
  Iteration s_;
  engine::DifferenceGradient<double> difference_;
  exec::Buffer<double> vectors_, sums_, scalars_, matrices_, factors_, scratch_;
  exec::Buffer<kernels::SystemScale<double>> scales_;
  exec::Buffer<std::int64_t> places_;
  exec::Buffer<kernels::Status> ends_;
  exec::Buffer<std::int32_t> counters_, order_, columns_, work_;
  exec::Buffer<std::byte> workspace_;
  std::unique_ptr<exec::BlockProduct> product_;
  std::unique_ptr<exec::BlockSolve> triangle_;
};

}  // namespace metasolve::problems

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "metasolve/detail/engine/solve_stage.hpp"
#include "metasolve/kernels/lockstep/choice.hpp"

/// Several variants of a solver, among which a network chooses for each task (kernels/lockstep/choice.hpp).
namespace metasolve::engine {

/// One of them, bound to the same tasks as the others.
struct Variant {
  std::unique_ptr<SolveStage<double>> stage;
  bool has_parameter = false;  ///< one, which the network predicts too; else none
  double penalty = 0;          ///< kernels::VariantParameter, of a parameter that is raised where tasks break down
};

/// theta of a task: [scores of the variants, parameters of those that have one]. The tasks of a variant are solved
/// together, so lanes stay full. Without theta all tasks take the first variant.
class ChoiceStage final : public SolveStage<double> {
 public:
  using Arguments = kernels::LockstepArguments<double>;

  /// 2 to kernels::most_variants variants. tasks: how many the stages are bound to. limits.prices: of the variants, in
  /// one unit; empty: an iteration of each costs 1, and a set-up nothing.
  ChoiceStage(exec::Backend& exec, std::vector<Variant> variants, std::int64_t tasks, StageLimits const& limits);

  [[nodiscard]] int parameter_size() const override { return parameters_; }
  [[nodiscard]] int solution_size() const override { return variants_.front().stage->solution_size(); }
  /// Reads how many tasks take each variant.
  [[nodiscard]] bool waits() const override { return true; }
  void follow(kernels::StepClock const* clock) override;
  /// The baselines of the score function; without it none.
  [[nodiscard]] std::vector<double> state() const override;
  void restore(std::vector<double> const& state) override;

  void attempt(Arguments const& arguments, kernels::Attempt attempt, kernels::Guard const& guard) override;
  void differentiate(Arguments const& arguments) override;
  void gauss_newton(Arguments const&, kernels::GaussNewtonArguments<double> const&) override;

 private:
  [[nodiscard]] int size() const { return static_cast<int>(variants_.size()); }
  /// The arguments for variant v, whose tasks are those at positions first ... first + count - 1 of the sorted slots.
  [[nodiscard]] Arguments of_variant(Arguments a, int v) const;
  /// Sorts the slots by variant; returns where each variant's begin, and the end. Synchronizes.
  std::vector<std::int64_t> split(Arguments const& arguments, kernels::VariantSource const& source);
  template <class Use>
  void for_each_taken(Arguments const& arguments, kernels::VariantSource const& source, Use&& use);
  void all_variants(Arguments const& arguments);
  void drawn_variants(Arguments const& arguments);
  void copy_parameters(kernels::VariantParameter* to) const;

  exec::Backend& exec_;
  std::vector<Variant> variants_;
  std::vector<kernels::VariantParameter> parameter_;
  std::vector<kernels::Prices<double>> prices_;
  int parameters_ = 0;
  bool draws_ = false;  ///< learns by the score function
  std::uint64_t seed_ = 0;
  std::int64_t const* updates_ = nullptr;
  exec::Buffer<std::int32_t> variant_, slot_, status_, iterations_;
  exec::Buffer<std::int64_t> count_;
  exec::Buffer<double> measure_, loss_, slope_, baseline_;
};

}  // namespace metasolve::engine

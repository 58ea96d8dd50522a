// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/engine/choice_stage.hpp"

#include <algorithm>

#include "metasolve/detail/exec/launches.hpp"
#include "metasolve/error.hpp"

namespace metasolve::engine {

ChoiceStage::ChoiceStage(exec::Backend& exec, std::vector<Variant> variants, std::int64_t tasks,
                         StageLimits const& limits)
    : exec_(exec),
      variants_(std::move(variants)),
      parameters_(size()),
      draws_(limits.choice == ChoiceGradient::score),
      seed_(limits.estimator.seed),
      variant_(exec, limits.capacity),
      slot_(exec, limits.capacity),
      count_(exec, size()) {
  if (size() < 2 || size() > kernels::most_variants) {
    throw InputError("solver.variants: " + std::to_string(size()) + " given, expected 2 to " +
                     std::to_string(kernels::most_variants));
  }
  double dearest = 0;
  for (auto const& price : limits.prices) dearest = std::max(dearest, price.step);
  // In units of an iteration of the first: with constant prices the loss is the paper's. A step too short to be
  // measured is none.
  double const first = limits.prices.empty() ? 1 : limits.prices.front().step;
  double const unit = first > 0 ? first : dearest > 0 ? dearest : 1;
  for (int v = 0; v < size(); ++v) {
    auto const& variant = variants_[static_cast<std::size_t>(v)];
    parameter_.push_back({variant.has_parameter ? parameters_++ : -1, 0});
    Price const price = limits.prices.empty() ? Price{} : limits.prices.at(static_cast<std::size_t>(v));
    prices_.push_back({price.start / unit, price.step / unit, std::max(0.0, dearest - price.step) / unit});
    parameter_.back().penalty = variant.penalty * prices_.back().step;
  }
  exec_.reserve_sort(limits.capacity);
  if (limits.tape_bytes == 0) return;  // does not differentiate
  std::int64_t const runs = draws_ ? 0 : size() * limits.capacity;
  for (auto* buffer : {&status_, &iterations_}) *buffer = exec::Buffer<std::int32_t>(exec, runs);
  for (auto* buffer : {&measure_, &loss_}) *buffer = exec::Buffer<double>(exec, runs);
  slope_ = exec::Buffer<double>(exec, draws_ ? limits.capacity : runs);
  if (draws_) baseline_ = exec::Buffer<double>(exec, 2 * tasks);
  if (draws_ && !exec.planning()) baseline_.zero();
}

void ChoiceStage::follow(kernels::StepClock const* clock) {
  updates_ = clock != nullptr ? &clock->updates : nullptr;
  for (auto& variant : variants_) variant.stage->follow(clock);
}

std::vector<double> ChoiceStage::state() const {
  std::vector<double> state(static_cast<std::size_t>(baseline_.size()));
  if (!state.empty()) baseline_.download(state.data(), baseline_.size());
  return state;
}

void ChoiceStage::restore(std::vector<double> const& state) {
  if (baseline_.size() == 0) return;
  if (state.empty()) return baseline_.zero();
  if (static_cast<std::int64_t>(state.size()) != baseline_.size()) {
    throw InputError("the baselines of solver.choice = \"score\" are " + std::to_string(state.size()) +
                     " numbers, expected " + std::to_string(baseline_.size()) +
                     "; continue with the settings and tasks of their run");
  }
  baseline_.upload(state.data(), baseline_.size());
}

ChoiceStage::Arguments ChoiceStage::of_variant(Arguments a, int v) const {
  int const p = parameter_[static_cast<std::size_t>(v)].at;
  auto const column = [p](auto view) {
    if (p < 0) return decltype(view){};
    if (view.data != nullptr) view.data += p * view.item_stride;
    return view;
  };
  bool const by_solver = a.prices.by_solver;
  a.prices = prices_[static_cast<std::size_t>(v)];
  a.prices.by_solver = by_solver;
  a.theta = column(a.theta);
  a.theta_bar = column(a.theta_bar);
  return a;
}

std::vector<std::int64_t> ChoiceStage::split(Arguments const& a, kernels::VariantSource const& source) {
  count_.zero();
  exec_.launch(1, a.slots, kernels::ChooseVariants{a, source, size(), variant_.data(), slot_.data(), count_.data()});
  exec_.sort_by_key(variant_.data(), slot_.data(), a.slots);
  std::vector<std::int64_t> counts(variants_.size());
  count_.download(counts.data(), count_.size());
  std::vector<std::int64_t> begins{0};
  for (auto const count : counts) begins.push_back(begins.back() + count);
  return begins;
}

/// use(variant, its arguments)
template <class Use>
void ChoiceStage::for_each_taken(Arguments const& a, kernels::VariantSource const& source, Use&& use) {
  auto const begins = split(a, source);
  for (int v = 0; v < size(); ++v) {
    auto const at = static_cast<std::size_t>(v);
    auto part = of_variant(a, v);
    part.slots = begins[at + 1] - begins[at];
    part.slot_order = slot_.data() + begins[at];
    if (part.slots > 0) use(v, part);
  }
}

void ChoiceStage::attempt(Arguments const& a, kernels::Attempt attempt, kernels::Guard const& guard) {
  if (a.slots == 0) return;
  bool const chooses = (attempt == kernels::Attempt::given || attempt == kernels::Attempt::chosen) && a.theta;
  if (!chooses) {
    auto first = of_variant(a, 0);
    return variants_.front().stage->attempt(first, attempt, guard);
  }
  for_each_taken(a, {}, [&](int v, Arguments const& part) {
    variants_[static_cast<std::size_t>(v)].stage->attempt(part, attempt, guard);
  });
}

void ChoiceStage::differentiate(Arguments const& a) {
  if (a.slots == 0) return;
  draws_ ? drawn_variants(a) : all_variants(a);
}

void ChoiceStage::copy_parameters(kernels::VariantParameter* to) const { std::ranges::copy(parameter_, to); }

void ChoiceStage::all_variants(Arguments const& a) {
  kernels::VariantRuns const runs{status_.data(), iterations_.data(), measure_.data(), loss_.data(), slope_.data()};
  for (int v = 0; v < size(); ++v) {
    auto run = of_variant(a, v);
    std::int64_t const first = v * a.slots;
    run.status = runs.status + first;
    run.iterations = runs.iterations + first;
    run.measure = runs.measure + first;
    run.loss = runs.loss + first;
    run.work = nullptr;
    run.solution = run.history = {};
    run.weight = 1;
    auto& variant = variants_[static_cast<std::size_t>(v)];
    run.theta_bar = {};
    if (!variant.has_parameter) {
      variant.stage->solve(run);
      continue;
    }
    run.theta_bar = {runs.slope + first, 1, 1};
    variant.stage->differentiate(run);
  }
  kernels::MeanOverVariants mean{a, runs, size(), {}};
  copy_parameters(mean.parameter);
  exec_.launch(1, a.slots, mean);
}

void ChoiceStage::drawn_variants(Arguments const& a) {
  for_each_taken(a, {true, seed_, updates_}, [&](int v, Arguments run) {
    auto& variant = variants_[static_cast<std::size_t>(v)];
    run.weight = 1;
    run.theta_bar = {};
    if (!variant.has_parameter) return variant.stage->solve(run);
    run.theta_bar = {slope_.data(), 1, 1};
    variant.stage->differentiate(run);
  });
  kernels::ScoreOfVariants score{a, variant_.data(), slot_.data(), slope_.data(), baseline_.data(), size(), {}};
  copy_parameters(score.parameter);
  exec_.launch(1, a.slots, score);
}

void ChoiceStage::gauss_newton(Arguments const&, kernels::GaussNewtonArguments<double> const&) {
  throw InputError("optimizer.kind: a choice among variants is learned by \"adam\" alone");
}

}  // namespace metasolve::engine

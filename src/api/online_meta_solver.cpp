// SPDX-License-Identifier: Apache-2.0
#include "metasolve/online_meta_solver.hpp"

#include "metasolve/detail/api/arguments.hpp"
#include "metasolve/detail/online/learner.hpp"
#include "metasolve/detail/online/online_file.hpp"
#include "metasolve/error.hpp"

namespace metasolve {

OnlineMetaSolver::OnlineMetaSolver(Executor const& executor, Options const& options)
    : learner_(std::make_unique<online::Learner>(executor, online::checked(options))) {}
OnlineMetaSolver::OnlineMetaSolver(std::unique_ptr<online::Learner> learner) : learner_(std::move(learner)) {}
OnlineMetaSolver OnlineMetaSolver::load(Executor const& executor, std::filesystem::path const& file,
                                        std::int64_t capacity) {
  if (capacity < 0) throw InputError("OnlineMetaSolver::load: capacity is below 0");
  return OnlineMetaSolver(online::read_learner(executor, file, capacity));
}
OnlineMetaSolver::OnlineMetaSolver(OnlineMetaSolver&&) noexcept = default;
OnlineMetaSolver& OnlineMetaSolver::operator=(OnlineMetaSolver&&) noexcept = default;
OnlineMetaSolver::~OnlineMetaSolver() = default;

OnlineMetaSolver::Options const& OnlineMetaSolver::options() const noexcept { return learner_->options(); }

BatchView<double const> OnlineMetaSolver::choose(std::int64_t count, BatchView<double const> const& features) {
  api::Arguments arguments(learner_->backend(), {}, 1);
  api::check_count(count, options().capacity);
  arguments.begin(count);
  arguments.reads(Online{this, features});
  if (count > 0) learner_->choose(count, {features.data, features.task_stride, features.item_stride});
  return {learner_->chosen(), static_cast<std::int64_t>(options().parameters.size()), 1};
}

void OnlineMetaSolver::learn(Column<double> const& cost) {
  if (learner_->count() == 0) throw InputError("OnlineMetaSolver::learn: there was no choose before");
  if (cost.data != nullptr) {
    auto const* const why = learner_->backend().unreachable(cost.data);
    if (why != nullptr) throw InputError(std::string("OnlineMetaSolver::learn: cost ") + why);
  }
  learner_->learn_costs(cost);
}

OnlineReport OnlineMetaSolver::report() const { return learner_->report(); }
void OnlineMetaSolver::save(std::filesystem::path const& file) const { online::write_learner(file, *learner_); }
std::vector<double> OnlineMetaSolver::learned() const { return learner_->learned(); }
void OnlineMetaSolver::merge(std::span<double const> sum) { learner_->merge(sum); }

}  // namespace metasolve

// SPDX-License-Identifier: Apache-2.0
#include "metasolve/online_meta_solver.hpp"

#include "metasolve/detail/api/arguments.hpp"
#include "metasolve/detail/online/learner.hpp"
#include "metasolve/detail/online/online_file.hpp"
#include "metasolve/error.hpp"
#include "metasolve/ranks.hpp"

namespace metasolve {

class OnlineMetaSolver::Implementation {
 public:
  explicit Implementation(std::unique_ptr<online::Learner> made)
      : learner(std::move(made)), arguments(learner->backend(), {}, 1) {}

  std::unique_ptr<online::Learner> learner;
  api::Arguments arguments;
};

OnlineMetaSolver::OnlineMetaSolver(Executor const& executor, Options const& options)
    : implementation_(
          std::make_unique<Implementation>(std::make_unique<online::Learner>(executor, online::checked(options)))) {}
OnlineMetaSolver::OnlineMetaSolver(std::unique_ptr<Implementation> implementation)
    : implementation_(std::move(implementation)) {}
OnlineMetaSolver OnlineMetaSolver::load(Executor const& executor, std::filesystem::path const& file,
                                        std::int64_t capacity) {
  if (capacity < 0) throw InputError("OnlineMetaSolver::load: capacity is below 0");
  return OnlineMetaSolver(std::make_unique<Implementation>(online::read_learner(executor, file, capacity)));
}
OnlineMetaSolver::OnlineMetaSolver(Executor const& executor, OnlineMetaSolver const& other, std::int64_t capacity) {
  auto options = other.options();
  if (capacity != 0) options.capacity = capacity;
  auto learner = std::make_unique<online::Learner>(executor, online::checked(options), other.learner().policy());
  learner->copy(other.learner());
  implementation_ = std::make_unique<Implementation>(std::move(learner));
}
OnlineMetaSolver::OnlineMetaSolver(OnlineMetaSolver&&) noexcept = default;
OnlineMetaSolver& OnlineMetaSolver::operator=(OnlineMetaSolver&&) noexcept = default;
OnlineMetaSolver::~OnlineMetaSolver() = default;

online::Learner& OnlineMetaSolver::learner() const noexcept { return *implementation_->learner; }
OnlineMetaSolver::Options const& OnlineMetaSolver::options() const noexcept { return learner().options(); }

BatchView<double const> OnlineMetaSolver::choose(std::int64_t count, BatchView<double const> const& features) {
  auto& arguments = implementation_->arguments;
  api::check_count(count, options().capacity);
  arguments.begin(count);
  arguments.reads(Online{this, features}, false);
  learner().choose(count, {features.data, features.task_stride, features.item_stride});
  return {learner().chosen(), static_cast<std::int64_t>(options().parameters.size()), 1};
}

void OnlineMetaSolver::learn(Column<double> const& cost) {
  if (!learner().has_chosen()) throw InputError("OnlineMetaSolver::learn: there was no choose since the last one");
  if (!learner().can_learn_costs()) {
    throw InputError(
        "OnlineMetaSolver::learn: this one has learned from a solver's counts; use another for given costs");
  }
  if (cost.data != nullptr) {
    auto const* const why = learner().backend().unreachable(cost.data);
    if (why != nullptr) throw InputError(std::string("OnlineMetaSolver::learn: cost ") + why);
  }
  learner().learn_costs(cost);
}

OnlineReport OnlineMetaSolver::report() const { return learner().report(); }
void OnlineMetaSolver::save(std::filesystem::path const& file) const { online::write_learner(file, learner()); }
std::vector<double> OnlineMetaSolver::learned() const { return learner().learned(); }
void OnlineMetaSolver::merge(std::span<double const> sum) { learner().merge(sum); }
void OnlineMetaSolver::merge(Ranks& ranks) {
  auto const mine = learned();
  std::vector<double> all(mine.size() * static_cast<std::size_t>(ranks.size())), sum(mine.size());
  ranks.all_gather(mine.data(), mine.size() * sizeof(double), all.data());
  for (std::size_t i = 0; i < all.size(); ++i) sum[i % mine.size()] += all[i];
  merge(sum);
}

}  // namespace metasolve

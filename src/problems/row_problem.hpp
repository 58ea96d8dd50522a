// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <mutex>

#include "metasolve/detail/problems/bind_rows.hpp"
#include "metasolve/detail/problems/problem.hpp"
#include "metasolve/training.hpp"

namespace metasolve::problems {

/// Describes a built-in problem, which is listed in problems.cmake. width: as in described(). Apart: its functions are
/// compiled separately, some of them already for `metasolve`.
template <kernels::Problem P, bool Apart = false>
std::shared_ptr<RowDescription const> own_rows(int width = P::columns) {
  auto description = described<P>(width);
  description.cost_name = description.name;
  description.bind = [](exec::Backend& exec, engine::Tasks const& tasks, void const* solver,
                        engine::StageLimits const& limits) {
    using Functions = engine::ProblemFunctions<P, true, true>;
    auto const functions = [&] {
      if constexpr (Apart)
        return engine::compiled_for<Functions>(exec);
      else
        return exec::functions_for<Functions>(exec);
    }();
    return bind_rows<P>(exec, functions, tasks, solver, limits);
  };
  return std::make_shared<RowDescription const>(std::move(description));
}

class RowKind final : public engine::TaskKind {
 public:
  RowKind(std::shared_ptr<RowDescription const> of, std::shared_ptr<void const> solved_by)
      : problem(std::move(of)), solver(std::move(solved_by)) {}

  [[nodiscard]] std::int64_t width() const override { return problem->columns; }
  [[nodiscard]] std::vector<std::string> column_names() const override {
    return {problem->column_names.begin(), problem->column_names.begin() + problem->columns};
  }
  [[nodiscard]] engine::TaskGroup<double> bind(exec::Backend& exec, engine::Tasks const& tasks,
                                               engine::StageLimits const& limits) const override;
  void features_of(double const* rows, std::int64_t n, double* features) const override;
  [[nodiscard]] std::string cost_name() const override { return problem->cost_name; }
  /// Sets the column of the first parameter.
  [[nodiscard]] engine::Tasks with_parameter(engine::Tasks tasks, double value,
                                             engine::ParameterOrigin origin) const override;

  std::shared_ptr<RowDescription const> const problem;
  std::shared_ptr<void const> const solver;  ///< as for RowDescription::bind
};

/// The first parameter, searched between the ends of its range, a logarithmic one like a shift; none: it has no range.
std::optional<TunedParameter> tuned_of(RowDescription const& problem);

/// A problem whose tasks are rows of numbers, derived from its type. A class for built-in tasks overrides what it
/// defines differently.
class RowProblem : public Problem {
 public:
  explicit RowProblem(std::shared_ptr<RowDescription const> description);

  [[nodiscard]] std::string const& name() const override { return description_->name; }
  [[nodiscard]] std::vector<config::Field> keys() const override;
  void check(config::RunConfig const& config, config::Origins const& origins) const override;
  [[nodiscard]] std::uint64_t host_bytes(config::RunConfig const& config) const override;
  [[nodiscard]] model::Interface interface(config::RunConfig const& config) const override;
  [[nodiscard]] int outputs(config::RunConfig const&) const override { return description_->outputs; }
  void shape(config::RunConfig const& config, network::MetaNetworkShape& shape) const override;
  void set_options(config::RunConfig const& config, engine::LearnerOptions& options) const override;
  [[nodiscard]] std::string baseline(config::RunConfig const& config) const override;
  [[nodiscard]] TunedParameter const* tuned() const override { return tuned_ ? &*tuned_ : nullptr; }

  [[nodiscard]] RowDescription const& description() const { return *description_; }

 protected:
  /// Tasks of this problem, solved by `solver` (RowDescription::bind).
  [[nodiscard]] engine::Tasks of_rows(std::shared_ptr<void const> solver, std::int64_t count,
                                      std::function<void(std::int64_t, std::int64_t, double*)> fill) const;

 private:
  std::shared_ptr<RowDescription const> description_;
  std::optional<TunedParameter> tuned_;  ///< the first parameter, if it has a range
};

/// A program's own problem. Its tasks are available while the program trains it.
class UserProblem : public RowProblem {
 public:
  explicit UserProblem(RowDescription description)
      : RowProblem(std::make_shared<RowDescription const>(std::move(description))) {}
  [[nodiscard]] Splits tasks(config::RunConfig const& config) const override;
  using RowProblem::of_rows;

  struct Data {
    TaskRows rows;
    std::shared_ptr<void const> solver;  ///< with its own settings; null: default-constructed
  };
  /// Provides the problem's tasks and solver during its lifetime. @throws InputError another training of the problem is
  /// running
  class Lent {
   public:
    Lent(UserProblem const& problem, Data data);
    Lent(Lent const&) = delete;
    Lent& operator=(Lent const&) = delete;
    ~Lent();

   private:
    UserProblem const& problem_;
  };

 private:
  void set_data(std::shared_ptr<Data const> data) const;

  mutable std::mutex mutex_;
  mutable std::shared_ptr<Data const> data_;  ///< null: not being trained
};

/// The problem registered with this type. @throws InputError the name does not belong to that type: unknown, built-in,
/// or of another problem registered earlier
UserProblem const& user_problem(std::string const& name, std::type_index type);

}  // namespace metasolve::problems

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <mutex>

#include "metasolve/training.hpp"
#include "src/problems/bind_rows.hpp"
#include "src/problems/problem.hpp"

namespace metasolve::problems {

/// Of a problem of the library's own, which problems.cmake has a line for. width: as described().
template <kernels::Problem P>
std::shared_ptr<RowDescription const> own_rows(int width = P::columns) {
  auto description = described<P>(width);
  description.bind = [](exec::Backend& exec, engine::Tasks const& tasks, void const* solver,
                        engine::StageLimits const& limits) {
    using Functions = engine::ProblemFunctions<P, true>;
    return bind_rows<P>(exec, exec::functions_for<Functions>(exec), tasks, solver, limits);
  };
  return std::make_shared<RowDescription const>(std::move(description));
}

class RowKind final : public engine::TaskKind {
 public:
  RowKind(std::shared_ptr<RowDescription const> of, std::shared_ptr<void const> solved_by)
      : problem(std::move(of)), solver(std::move(solved_by)) {}

  [[nodiscard]] std::int64_t width() const override { return problem->columns; }
  [[nodiscard]] engine::TaskGroup<double> bind(exec::Backend& exec, engine::Tasks const& tasks,
                                               engine::StageLimits const& limits) const override;
  void features_of(double const* rows, std::int64_t n, double* features) const override;
  /// In the column of the first parameter.
  [[nodiscard]] engine::Tasks with_parameter(engine::Tasks tasks, double value,
                                             engine::ParameterOrigin origin) const override;

  std::shared_ptr<RowDescription const> const problem;
  std::shared_ptr<void const> const solver;  ///< as RowDescription::bind takes it
};

/// A problem whose tasks are rows of numbers, from what its type says. A class for tasks of the library's own overrides
/// what it knows better.
class RowProblem : public Problem {
 public:
  explicit RowProblem(std::shared_ptr<RowDescription const> description);

  [[nodiscard]] std::string const& name() const override { return description_->name; }
  [[nodiscard]] std::vector<config::Field> keys() const override;
  [[nodiscard]] std::uint64_t host_bytes(config::RunConfig const& config) const override;
  [[nodiscard]] int features(config::RunConfig const&) const override { return description_->features; }
  [[nodiscard]] int outputs(config::RunConfig const&) const override { return description_->outputs; }
  [[nodiscard]] std::string feature_name(std::size_t feature) const override {
    return description_->feature_names.at(feature);
  }
  void shape(config::RunConfig const& config, network::MetaNetworkShape& shape) const override;
  void set_options(config::RunConfig const& config, engine::LearnerOptions& options) const override;
  [[nodiscard]] std::vector<Parameter> parameters(config::RunConfig const& config) const override;
  [[nodiscard]] std::string baseline(config::RunConfig const& config) const override;
  [[nodiscard]] TunedParameter const* tuned() const override { return tuned_ ? &*tuned_ : nullptr; }

  [[nodiscard]] RowDescription const& description() const { return *description_; }

 protected:
  /// Tasks of this problem, solved by `solver` (RowDescription::bind).
  [[nodiscard]] engine::Tasks of_rows(std::shared_ptr<void const> solver, std::int64_t count,
                                      std::function<void(std::int64_t, std::int64_t, double*)> fill) const;

 private:
  std::shared_ptr<RowDescription const> description_;
  std::optional<TunedParameter> tuned_;  ///< the first parameter, where it has a range of its own
};

/// A program's own. Its tasks are known while the program trains it.
class UserProblem final : public RowProblem {
 public:
  explicit UserProblem(RowDescription description)
      : RowProblem(std::make_shared<RowDescription const>(std::move(description))) {}
  [[nodiscard]] Splits tasks(config::RunConfig const& config) const override;

  struct Data {
    TaskRows rows;
    std::shared_ptr<void const> solver;  ///< with settings of its own; null: as it is made
  };
  /// While it lives the problem's tasks and solver are these. @throws InputError another training of the problem is
  /// under way
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
  mutable std::shared_ptr<Data const> data_;  ///< null: nobody trains it
};

/// The one that this type was registered as. @throws InputError the name is not that type's: unknown, the library's
/// own, or of another problem before it
UserProblem const& user_problem(std::string const& name, std::type_index type);

}  // namespace metasolve::problems

// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/problems/direct_stage.hpp"

#include "metasolve/detail/api/direct_launches.hpp"
#include "metasolve/detail/sparse/at.hpp"
#include "metasolve/error.hpp"

namespace metasolve::problems {

namespace {

using sparse::at;

/// The lower triangle in compressed rows, and where its entries stand among SpdView's values.
struct LowerRows {
  std::vector<std::int32_t> row_ptrs{0}, col_idxs, value_at;

  explicit LowerRows(sparse::SymmetricStructure const& structure) {
    std::vector<std::vector<std::pair<std::int32_t, std::int32_t>>> rows(at(structure.unknowns));
    std::int32_t index = 0;
    for (auto const& [i, j] : places_of(structure)) rows[at(i)].emplace_back(j, index++);
    for (std::int32_t i = 0; i < structure.unknowns; ++i) {
      rows[at(i)].emplace_back(i, index + i);
      for (auto const& [column, value] : rows[at(i)]) {
        col_idxs.push_back(column);
        value_at.push_back(value);
      }
      row_ptrs.push_back(static_cast<std::int32_t>(col_idxs.size()));
    }
  }
};

template <class Real>
class DirectStage final : public engine::SolveStage<double> {
 public:
  using Arguments = kernels::LockstepArguments<double>;

  DirectStage(exec::Backend& exec, SpdView const& systems, LowerRows const& rows, engine::StageLimits const& limits)
      : systems_(systems),
        capacity_(limits.capacity),
        launches_(exec, {rows.row_ptrs, rows.col_idxs},
                  {.matrix = LinearSolver::Matrix::positive_definite, .method = LinearSolver::Method::cholesky},
                  limits.capacity, false, rows.value_at) {}

  [[nodiscard]] int parameter_size() const override { return 0; }
  [[nodiscard]] int solution_size() const override { return systems_.pattern.unknowns; }

  /// Without parameters every attempt is the same one: the first is final, and a second one has nothing to do.
  void attempt(Arguments const& arguments, kernels::Attempt attempt, kernels::Guard const& guard) override {
    if (arguments.slots > capacity_) {
      throw InputError("solve: " + std::to_string(arguments.slots) + " tasks given, the capacity is " +
                       std::to_string(capacity_) + "; make the solver with a larger capacity");
    }
    if (attempt == kernels::Attempt::again || arguments.slots == 0) return;
    auto run = arguments;
    run.is_retried = false;
    launches_.run(run, {.values = systems_.values,
                        .rhs = systems_.rhs,
                        .origin = attempt == kernels::Attempt::given ? nullptr : guard.origin});
  }

  /// The gradient has no entries: solves.
  void differentiate(Arguments const& arguments) override { attempt(arguments, kernels::Attempt::given, {}); }
  void gauss_newton(Arguments const&, kernels::GaussNewtonArguments<double> const&) override {
    throw Error("gauss_newton: a direct method has no parameters");
  }

 private:
  SpdView systems_;
  std::int64_t capacity_;
  api::DirectLaunches<exec::SparseFamily<kernels::Factorization::cholesky, Real>> launches_;
};

}  // namespace

std::unique_ptr<engine::SolveStage<double>> direct_stage(exec::Backend& exec, SpdView const& systems,
                                                         sparse::SymmetricStructure const& structure, bool mixed,
                                                         engine::StageLimits const& limits) {
  LowerRows const rows(structure);
  if (mixed) return std::make_unique<DirectStage<float>>(exec, systems, rows, limits);
  return std::make_unique<DirectStage<double>>(exec, systems, rows, limits);
}

}  // namespace metasolve::problems

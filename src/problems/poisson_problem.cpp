// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <limits>

#include "metasolve/compiled/problem_list.hpp"
#include "metasolve/detail/config/field_makers.hpp"
#include "metasolve/detail/problems/learning_settings.hpp"
#include "metasolve/detail/problems/poisson.hpp"
#include "metasolve/detail/problems/problem.hpp"
#include "metasolve/error.hpp"

namespace metasolve::problems {

namespace {

int basis_size(PoissonSettings const& p) { return p.basis_size > 0 ? p.basis_size : p.unknowns; }

/// Rows of the identity, or sine modes. Empty: the identity on all unknowns.
std::vector<double> basis(PoissonSettings const& p) {
  int const n = p.unknowns, size = basis_size(p);
  if (p.basis == Basis::sine) return sine_basis(size, n);
  if (size == n) return {};
  std::vector<double> identity(static_cast<std::size_t>(size) * static_cast<std::size_t>(n), 0.0);
  for (std::size_t i = 0; i < static_cast<std::size_t>(size); ++i) identity[i * static_cast<std::size_t>(n) + i] = 1;
  return identity;
}

/// 1-D Poisson equations by Jacobi's method (paper, section 4.3 and appendix C.1): a network predicts the initial
/// guess.
class PoissonProblem final : public Problem {
 public:
  [[nodiscard]] std::string const& name() const override {
    static std::string const name = PoissonKind::problem;
    return name;
  }

  [[nodiscard]] std::vector<config::Field> keys() const override {
    using namespace config::make_field;
    using P = PoissonSettings;
    return {
        fixed(integer(OwnPlace{&P::unknowns}, {1, most_unknowns}, {"problem.unknowns", "", "unknowns of one task"})),
        real(OwnPlace{&P::hard_fraction}, {0, 1}, {"problem.hard_fraction", "", "probability p of a hard task"}),
        choice(OwnPlace{&P::measure}, {"problem.measure", "", "what is compared with the tolerance"}),
        fixed(choice(OwnPlace{&P::basis},
                     {"solver.basis", "", "vectors that the network's outputs are coefficients of"})),
        fixed(integer(OwnPlace{&P::basis_size}, {0, most_unknowns},
                      {"solver.basis_size", "vectors", "leading basis vectors used; 0: as many as unknowns"})),
        gradient_key()};
  }
  void set_options(config::RunConfig const& c, engine::LearnerOptions& options) const override {
    set_gradient(c, engine::SolverGradients{}.usual(), options);
  }
  void check(config::RunConfig const& c, config::Origins const& origins) const override {
    check_gradient(c, origins, {});
    auto const& p = c.of<PoissonSettings>();
    if (p.basis_size <= p.unknowns) return;
    config::refuse(origins, {"solver.basis_size", "problem.unknowns"},
                   "solver.basis_size: given " + std::to_string(p.basis_size) +
                       ", expected at most problem.unknowns = " + std::to_string(p.unknowns) +
                       "; lower it, or write 0 for as many as unknowns");
  }
  [[nodiscard]] bool has_single_precision() const override { return true; }
  [[nodiscard]] bool has_second_order() const override { return true; }

  [[nodiscard]] Splits tasks(config::RunConfig const& c) const override {
    auto const& p = c.problem;
    auto const draw = [&](std::int64_t count, random::Stream stream) {
      return sampled_poisson(c.of<PoissonSettings>(), count, c.training.seed, stream);
    };
    return {draw(p.train_tasks, random::Stream::train_tasks),
            draw(p.validation_tasks, random::Stream::validation_tasks), draw(p.test_tasks, random::Stream::test_tasks)};
  }
  void forget_distribution(config::RunConfig& c) const override {
    c.of<PoissonSettings>().hard_fraction = PoissonSettings{}.hard_fraction;
  }
  /// Tasks are generated in parts (poisson.cpp).
  [[nodiscard]] std::uint64_t host_bytes(config::RunConfig const& c) const override {
    auto const numbers = static_cast<std::uint64_t>(c.problem.train_tasks * features(c));
    return 4 * sizeof(double) * std::min(numbers, std::uint64_t{65536});
  }

  [[nodiscard]] model::Interface interface(config::RunConfig const& c) const override {
    return model::poisson_interface(c.of<PoissonSettings>().unknowns);
  }
  [[nodiscard]] int outputs(config::RunConfig const& c) const override { return basis_size(c.of<PoissonSettings>()); }
  void shape(config::RunConfig const& c, network::MetaNetworkShape& s) const override {
    s.output_gain = c.network.output_gain;
    s.basis = basis(c.of<PoissonSettings>());
    s.parameters = features(c);
  }

  [[nodiscard]] std::string baseline(config::RunConfig const&) const override { return "zero guess"; }

  [[nodiscard]] std::optional<DirectMethod> direct(config::RunConfig const& c) const override {
    auto test = tasks(c).test;
    auto const& p = c.of<PoissonSettings>();
    test.kind = std::make_shared<PoissonKind>(p.unknowns, p.measure, true);
    return DirectMethod{"elimination", std::move(test)};
  }

  [[nodiscard]] char solution_name() const override { return 'u'; }
  [[nodiscard]] std::string file_columns() const override { return "f1 ... fN"; }
  [[nodiscard]] std::vector<SolveOption> solve_options() const override {
    return {{"--measure", "MEASURE",
             "poisson: what is compared with the tolerance, relative-error or relative-residual; default: the model's, "
             "else relative-error"}};
  }
  [[nodiscard]] SolveInput read(SolveRequest const& request) const override;
};

SolveInput PoissonProblem::read(SolveRequest const& r) const {
  auto table = io::read_numbered_columns(r.tasks_file(), "f");
  r.tell_ignored(table);
  if (table.columns > most_unknowns) {
    throw InputError(r.tasks + ": " + std::to_string(table.columns) + " columns f1 ... f" +
                     std::to_string(table.columns) + ", expected at most " + std::to_string(most_unknowns) +
                     ", the most unknowns of a task");
  }
  int const unknowns = static_cast<int>(table.columns);
  config::RunConfig without;
  without.problem.name = name();
  without.of<PoissonSettings>() = {.unknowns = unknowns, .basis = Basis::identity, .basis_size = 1};
  auto config = r.configure(without);
  auto& settings = config.of<PoissonSettings>();
  if (settings.unknowns != unknowns) {
    std::string const size = std::to_string(settings.unknowns);
    std::string const of_tasks = std::to_string(unknowns) + " unknowns (f1 ... f" + std::to_string(unknowns) + ")";
    if (r.model.empty()) {
      throw InputError("--set problem.unknowns=" + size + ": the tasks in " + r.tasks + " have " + of_tasks +
                       "; leave it out");
    }
    throw InputError(r.tasks + ": tasks of " + of_tasks + ", but the model in " + r.model + " is for " + size +
                     "; give tasks of that size, or a model trained for these");
  }
  if (auto const measure = r.choice<kernels::Measure>("--measure")) settings.measure = *measure;
  auto tasks = given_poisson(std::move(table.values), unknowns, settings.measure, r.row_names());
  return all_at_once(std::move(config), std::move(tasks));
}

}  // namespace

Problem const& poisson_problem() {
  static PoissonProblem const problem;
  return problem;
}

}  // namespace metasolve::problems

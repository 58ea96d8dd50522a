// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "metasolve/compiled/problem_list.hpp"
#include "metasolve/detail/config/field_makers.hpp"
#include "metasolve/detail/problems/learning_settings.hpp"
#include "metasolve/detail/problems/robertson.hpp"
#include "metasolve/detail/problems/row_problem.hpp"
#include "metasolve/error.hpp"
#include "metasolve/kernels/problems/ode_problem.hpp"

namespace metasolve::problems {

namespace {

using config::RunConfig;
using kernels::Robertson;

RobertsonSettings const& robertson_settings(RunConfig const& c) { return c.of<RobertsonSettings>(); }
bool learns_relaxation(RunConfig const& c) { return robertson_settings(c).learned != Learned::guess; }
bool learns_guess(RunConfig const& c) { return robertson_settings(c).learned != Learned::relaxation; }

/// At 2 no sweep converges.
TunedParameter const relaxation{.name = "relaxation factor",
                                .key = "solver.relaxation",
                                .grid = {1, 1.99, 0.01},
                                .below = 2,
                                .own = [](RunConfig const& c) { return robertson_settings(c).relaxation; }};

/// Implicit Euler steps of Robertson's reaction by Newton-SOR (paper, section 4.1 and appendix C.2): a network predicts
/// the relaxation factor, the guess or both.
class RobertsonProblem final : public RowProblem {
 public:
  RobertsonProblem() : RowProblem(robertson_description()) {}

  [[nodiscard]] std::vector<config::Field> keys() const override {
    using namespace config::make_field;
    using R = RobertsonSettings;
    return {integer(OwnPlace{&R::steps}, {1, 100'000},
                    {"problem.steps", "steps", "time steps, and so tasks, per set of rate constants"}),
            real(OwnPlace{&R::last_time}, {1e-5, 1e12}, {"problem.last_time", "", "time of the last step"}),
            fixed(choice(OwnPlace{&R::learned},
                         {"solver.learn", "", "what the network chooses, initial guess, relaxation factor or both"})),
            real(OwnPlace{&R::relaxation}, {0, 2, open, open},
                 {"solver.relaxation", "", "constant relaxation factor, of the baseline and of learn = ini"}),
            fixed(choice(OwnPlace{&R::acceleration},
                         {"solver.acceleration", "",
                          "of the sweeps: none, or anderson, a combination of the last two by their residuals"})),
            boolean(OwnPlace{&R::clamp}, {"solver.clamp", "", "keep iterates within [-1, 2]"}),
            real(OwnPlace{&R::relaxation_bias}, {-10, 10},
                 {"network.relaxation_bias", "", "initial bias of the output for the relaxation factor"}),
            gradient_key(),
            failure_slope_key()};
  }
  void check(RunConfig const& c, config::Origins const& origins) const override {
    RowProblem::check(c, origins);
    refuse_bias_of_tuned(c, origins, "network.relaxation_bias",
                         robertson_settings(c).relaxation_bias != RobertsonSettings{}.relaxation_bias);
  }

  [[nodiscard]] Splits tasks(RunConfig const& c) const override {
    auto const& p = c.problem;
    auto const& s = robertson_settings(c);
    RobertsonDistribution const distribution{s.steps, s.last_time, s.relaxation, s.clamp, s.acceleration};
    auto const cache = TrajectoryCache::from_environment();
    auto const draw = [&](std::int64_t count, random::Stream stream) {
      return sampled_robertson(distribution, count, c.training.seed, stream, cache);
    };
    return {draw(p.train_tasks, random::Stream::train_tasks),
            draw(p.validation_tasks, random::Stream::validation_tasks), draw(p.test_tasks, random::Stream::test_tasks)};
  }
  /// The states of all training and validation tasks stay in memory; reading or writing their file holds two more
  /// copies. Rows are generated in parts.
  [[nodiscard]] std::uint64_t host_bytes(RunConfig const& c) const override {
    auto const train = static_cast<std::uint64_t>(c.problem.train_tasks);
    auto const validation = static_cast<std::uint64_t>(c.problem.validation_tasks);
    return Robertson::size * sizeof(double) * (train + validation + 2 * std::max(train, validation)) +
           RowProblem::host_bytes(c);
  }

  [[nodiscard]] model::Interface interface(RunConfig const& c) const override {
    auto sides = RowProblem::interface(c);
    sides.parameters = robertson_description(robertson_settings(c).acceleration)->sides.parameters;
    return sides;
  }
  /// The relaxation factor's output first, then the guess's.
  [[nodiscard]] int outputs(RunConfig const& c) const override {
    return (learns_relaxation(c) ? 1 : 0) + (learns_guess(c) ? Robertson::size : 0);
  }
  void shape(RunConfig const& c, network::MetaNetworkShape& s) const override {
    s.parameters = kernels::OdeProblem<Robertson>::parameters;
    std::int32_t output = 0;
    for (auto entry : kernels::OdeProblem<Robertson>::head(robertson_settings(c).relaxation)) {
      bool const learned = entry.kind == kernels::HeadKind::interval ? learns_relaxation(c) : learns_guess(c);
      if (learned) entry.output = output++;
      s.head.push_back(learned ? entry : kernels::HeadEntry{});
    }
  }
  void initialise(RunConfig const& c, std::vector<network::LayerShape> const& layers,
                  std::vector<double>& weights) const override {
    if (!learns_relaxation(c)) return;
    weights[static_cast<std::size_t>(layers.back().bias)] = robertson_settings(c).relaxation_bias;
  }

  [[nodiscard]] std::string baseline(RunConfig const& c) const override {
    return "r = " + config::real_text(robertson_settings(c).relaxation);
  }
  [[nodiscard]] std::optional<DirectMethod> direct(RunConfig const& c) const override {
    return DirectMethod{"Newton's method", robertson_by_newton(tasks(c).test, robertson_settings(c).clamp)};
  }
  [[nodiscard]] TunedParameter const* tuned() const override { return &relaxation; }

  [[nodiscard]] char solution_name() const override { return 'y'; }
  [[nodiscard]] std::string file_columns() const override { return "c1,c2,c3,h,y1,y2,y3"; }
  [[nodiscard]] std::vector<SolveOption> solve_options() const override {
    return {{"--relaxation", "NUMBER",
             "robertson: relaxation factor where no model chooses it; default: solver.relaxation, 1.37"}};
  }
  [[nodiscard]] SolveInput read(SolveRequest const& request) const override;
};

SolveInput RobertsonProblem::read(SolveRequest const& r) const {
  auto const relaxation_given = r.real("--relaxation", {0, 2, config::Bound::open, config::Bound::open});
  auto const table = io::read_columns(r.tasks_file(), {"c1", "c2", "c3", "h", "y1", "y2", "y3"});
  r.tell_ignored(table);
  RunConfig without;
  without.problem.name = name();
  auto config = r.configure(without);
  auto& settings = config.of<RobertsonSettings>();
  if (relaxation_given && !r.model.empty() && settings.learned != Learned::guess) {
    throw InputError("--relaxation: the model chooses the relaxation factor; leave out one of the two");
  }
  if (relaxation_given) settings.relaxation = *relaxation_given;
  auto tasks = given_robertson(table.values, settings.relaxation, settings.clamp, r.row_names(), settings.acceleration);
  return all_at_once(std::move(config), std::move(tasks));
}

}  // namespace

Problem const& robertson_problem() {
  static RobertsonProblem const problem;
  return problem;
}

}  // namespace metasolve::problems

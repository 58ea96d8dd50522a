// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <numeric>

#include "metasolve/compiled/problem_list.hpp"
#include "metasolve/detail/config/field_makers.hpp"
#include "metasolve/detail/problems/learning_settings.hpp"
#include "metasolve/detail/problems/problem.hpp"
#include "metasolve/detail/problems/qp_families.hpp"
#include "metasolve/detail/problems/qp_folder.hpp"
#include "metasolve/detail/problems/qp_kind.hpp"
#include "metasolve/detail/problems/share_out.hpp"
#include "metasolve/detail/random/philox.hpp"
#include "metasolve/detail/sparse/at.hpp"
#include "metasolve/error.hpp"

namespace metasolve::problems {

namespace {

using config::RunConfig;

/// The ends of a predicted alpha: at 2 the iteration does not converge.
constexpr double least_alpha = 0.8, most_alpha = 1.95;

std::shared_ptr<QpFamily const> family_in(RunConfig const& c) try {
  return std::make_shared<QpFamily const>(family_of(c.of<QpSettings>(), c.resources.memory_bytes));
} catch (InputError const& problem) {
  if (c.of<QpSettings>().folder.empty()) throw;
  throw UnreadableTasks(std::string("problem.qp_folder: ") + problem.what());
}
std::shared_ptr<QpKind const> kind_of(RunConfig const& c) {
  return std::make_shared<QpKind>(family_in(c), c.of<QpSolverSettings>());
}
GivenTasks given_tasks(RunConfig const& c, QpFamily const& family) {
  return {c.of<QpSettings>().folder, "programs", family.given};
}
bool learns_penalties(RunConfig const& c) { return c.of<QpSolverSettings>().learned != QpLearned::guess; }

/// Quadratic programs by ADMM: a network predicts a penalty for each row, the over-relaxation and the start.
class QpProblem final : public Problem {
 public:
  [[nodiscard]] std::string const& name() const override {
    static std::string const name = QpKind::problem;
    return name;
  }
  [[nodiscard]] std::vector<config::Field> keys() const override {
    using namespace config::make_field;
    using S = QpSolverSettings;
    auto keys = qp_family_keys();
    auto const add = [&](config::Field field) { keys.push_back(std::move(field)); };
    add(fixed(choice(OwnPlace{&S::penalties}, {"solver.penalties", "",
                                               "penalties: one for all rows, one for each of the family's groups, or "
                                               "rows, one for each row, equalities together"})));
    add(fixed(choice(OwnPlace{&S::learned}, {"network.chooses", "", "penalties (with alpha), guess or both"})));
    add(list(OwnPlace{&S::rho}, Length{1, 1'000'000}, config::RealRange{0, 1e12, open},
             {"solver.rho", "", "constant penalties: one, or one a group of rows, or one for each that is learned"}));
    add(real(OwnPlace{&S::alpha}, {0, 2, open, open}, {"solver.alpha", "", "constant over-relaxation"}));
    add(real(OwnPlace{&S::sigma}, {0, 1, open}, {"solver.sigma", "", "proximal term of x"}));
    add(real(OwnPlace{&S::absolute}, {0, 1e12, open},
             {"solver.absolute", "", "absolute tolerance, in units of the relative one"}));
    add(real(OwnPlace{&S::certificate}, {0, 1},
             {"solver.certificate", "", "tolerance of certificates that a program has no solution; 0: none"}));
    add(real(
        OwnPlace{&S::rho_range}, {0, 20, open},
        {"network.rho_range", "", "logarithm of the largest factor on the constants that the network can choose"}));
    add(real(OwnPlace{&S::guess_rho}, {0, 1e12, open},
             {"solver.guess_rho", "", "penalty by which a guess is split into z and y"}));
    add(real(OwnPlace{&S::guess_gain}, {0, 1e12, open},
             {"network.guess_gain", "", "factor on the outputs of the guess"}));
    add(gradient_key());
    return keys;
  }
  void check(RunConfig const& c, config::Origins const& origins) const override { check_gradient(c, origins, {}); }
  /// Residuals fall over decades: differences of logarithms have slopes from the first iteration on.
  void settle(RunConfig& c, std::function<bool(std::string const& key)> const& given) const override {
    if (!given("loss.scale")) c.loss.scale = config::LossScale::logarithm;
  }
  void set_options(RunConfig const& c, engine::LearnerOptions& options) const override {
    set_gradient(c, engine::SolverGradients{}.usual(), options);
  }

  [[nodiscard]] Splits tasks(RunConfig const& c) const override {
    auto const kind = kind_of(c);
    if (kind->family->given > 0) {
      return shared_out(c, given_qps(kind, shared_order(c, given_tasks(c, *kind->family))));
    }
    auto const draw = [&](std::int64_t count, random::Stream stream) {
      return sampled_qps(kind, count, c.training.seed, static_cast<int>(stream));
    };
    return {draw(c.problem.train_tasks, random::Stream::train_tasks),
            draw(c.problem.validation_tasks, random::Stream::validation_tasks),
            draw(c.problem.test_tasks, random::Stream::test_tasks)};
  }
  [[nodiscard]] std::string task_files(RunConfig const& c) const override {
    return c.of<QpSettings>().folder.empty() ? "" : "problem.qp_folder " + c.of<QpSettings>().folder;
  }
  std::vector<std::string> fit_to_data(RunConfig& c) const override {
    if (c.of<QpSettings>().folder.empty()) return {};
    auto const shared = share_out(c, given_tasks(c, *kind_of(c)->family));
    return shared.empty() ? std::vector<std::string>{} : std::vector{shared};
  }
  [[nodiscard]] std::uint64_t host_bytes(RunConfig const&) const override { return 4 * sizeof(double) * 65536; }

  [[nodiscard]] model::Interface interface(RunConfig const& c) const override {
    auto const kind = kind_of(c);
    model::Interface sides;
    sides.problem = name();
    for (auto const& f : kind->family->feature_names) sides.features.push_back({f, 1});
    auto const& s = kind->settings;
    std::string const own = s.rho.size() == 1 ? config::real_text(s.rho.front()) : "its group's";
    bool const penalties = learns_penalties(c);
    double const any = std::numeric_limits<double>::infinity(), most = rho_range(*kind).second;
    sides.parameters.push_back({"rho", "", kind->groups(), penalties ? 0 : -any, penalties ? most : any, own});
    sides.parameters.push_back(
        {"alpha", "", 1, penalties ? least_alpha : -any, penalties ? most_alpha : any, config::real_text(s.alpha)});
    if (kind->guessed() > 0) sides.parameters.push_back({"v", "", kind->guessed(), -any, any, "0"});
    sides.head = head_of(*kind);
    sides.settings = {{model::qp_row_weights, kind->weight},
                      {model::qp_penalty_group, {kind->group_of_row.begin(), kind->group_of_row.end()}},
                      {model::qp_guess_rho, {s.guess_rho}},
                      {model::qp_guess_rows, {kind->guess_row.begin(), kind->guess_row.end()}},
                      {model::qp_rho, kind->constants},
                      {model::qp_alpha, {s.alpha}}};
    return sides;
  }
  [[nodiscard]] int outputs(RunConfig const& c) const override {
    auto const kind = kind_of(c);
    return (learns_penalties(c) ? kind->groups() + 1 : 0) + kind->guessed();
  }
  void shape(RunConfig const& c, network::MetaNetworkShape& s) const override {
    auto const kind = kind_of(c);
    s.parameters = kind->parameters();
    s.head = head_of(*kind);
  }
  /// Training starts at the constants.
  void initialise(RunConfig const& c, std::vector<network::LayerShape> const& layers,
                  std::vector<double>& weights) const override {
    if (!learns_penalties(c)) return;
    auto const kind = kind_of(c);
    auto const head = head_of(*kind);
    for (int p = 0; p <= kind->groups(); ++p) {
      auto const& e = head[sparse::at(p)];
      double const constant =
          p < kind->groups() ? e.anchor : std::clamp(e.anchor, least_alpha + 0.01, most_alpha - 0.01);
      weights[static_cast<std::size_t>(layers.back().bias) + sparse::at(p)] += e.output_for(constant);
    }
  }

  bool learn_constants(RunConfig& c) const override {
    auto& s = c.of<QpSolverSettings>();
    s.learned = QpLearned::penalties;
    s.rho_range = std::max(s.rho_range, 6.0);  // constants are far from their start without harm to single tasks
    return true;
  }
  void set_constants(RunConfig& c, std::vector<double> const& parameters) const override {
    auto& s = c.of<QpSolverSettings>();
    s.rho.assign(parameters.begin(), parameters.end() - 1);
    s.alpha = parameters.back();
  }

  [[nodiscard]] std::string baseline(RunConfig const& c) const override {
    auto const& s = c.of<QpSolverSettings>();
    if (s.rho.size() == 1) return "rho = " + config::real_text(s.rho.front());
    return "constant penalties";
  }
  [[nodiscard]] char solution_name() const override { return 'x'; }
  [[nodiscard]] std::vector<SolveOption> solve_options() const override {
    return {{"--programs", "DIR",
             "qp: folder of programs (.npz or .csv), or one .npz file; solutions are x, then the multipliers y"}};
  }
  /// Cold, by solver.rho and solver.alpha, or with a meta-solver that was trained on such a folder.
  [[nodiscard]] SolveInput read(SolveRequest const& r) const override {
    auto const programs = r.option("--programs");
    if (!programs) throw InputError("--programs: not given; expected a folder of programs, or one .npz file");
    RunConfig without;
    without.problem.name = name();
    without.of<QpSettings>().folder = *programs;
    without.of<QpSolverSettings>().learned = QpLearned::penalties;
    auto config = r.configure(without);
    auto const& settings = config.of<QpSettings>();
    if (!r.model.empty() && settings.folder.empty()) {
      throw InputError("--programs: the model in " + r.model + " is for the family \"" + settings.of +
                       "\", whose features are in no file; give a model that was trained on a folder of programs");
    }
    auto const memory = config.resources.memory_bytes;
    auto family = r.model.empty() ? folder_family(*programs, memory)
                                  : folder_family_as(family_of(settings, memory), *programs, memory);
    auto const kind = std::make_shared<QpKind const>(std::make_shared<QpFamily const>(std::move(family)),
                                                     config.of<QpSolverSettings>());
    std::vector<std::size_t> order(sparse::at(kind->family->given));
    std::iota(order.begin(), order.end(), std::size_t{0});
    return all_at_once(std::move(config), given_qps(kind, std::move(order)));
  }

 private:
  /// Of the penalties that a network predicts; logarithmic between.
  static std::pair<double, double> rho_range(QpKind const& kind) {
    auto const [least, largest] = std::ranges::minmax(kind.constants);
    double const factor = std::exp(kind.settings.rho_range);
    return {least / factor, largest * factor};
  }
  static std::vector<kernels::HeadEntry> head_of(QpKind const& kind) {
    using kernels::HeadEntry;
    using kernels::HeadKind;
    std::vector<HeadEntry> head;
    std::int32_t output = 0;
    bool const penalties = kind.settings.learned != QpLearned::guess;
    auto const [low, high] = rho_range(kind);
    for (int g = 0; g < kind.groups(); ++g) {
      double const constant = kind.constants[sparse::at(g)];
      head.push_back(penalties ? HeadEntry{HeadKind::logarithmic, output++, low, high, constant} : HeadEntry{});
    }
    head.push_back(penalties ? HeadEntry{HeadKind::interval, output++, least_alpha, most_alpha, kind.settings.alpha}
                             : HeadEntry{});
    for (int g = 0; g < kind.guessed(); ++g) {
      head.push_back({HeadKind::offset, output++, 0, kind.settings.guess_gain});
    }
    return head;
  }
};

}  // namespace

Problem const& qp_problem() {
  static QpProblem const problem;
  return problem;
}

}  // namespace metasolve::problems

// SPDX-License-Identifier: Apache-2.0
#include "src/train/foreign_setup.hpp"

#include <cmath>
#include <limits>
#include <map>
#include <mutex>

#include "metasolve/error.hpp"

namespace metasolve::train {

namespace {

struct Known {
  std::shared_ptr<problems::ForeignProblem const> problem;
  ProblemSetup setup;
  TunedParameter tuned;                        ///< the first, where its head is bounded
  std::shared_ptr<api::ForeignRun const> run;  ///< null: nobody trains it
};

class Registry {
 public:
  static Registry& instance() {
    static Registry registry;
    return registry;
  }

  void add(problems::ForeignProblem const& problem) {
    std::lock_guard const lock(mutex_);
    auto const [place, is_new] = known_.try_emplace(problem.name);
    if (!is_new) return;
    place->second.problem = std::make_shared<problems::ForeignProblem const>(problem);
    auto& known = place->second;
    known.setup = setup_for(known.problem);
    if (known.problem->head.empty() || !known.problem->head.front().is_bounded()) return;
    known.tuned = tuned_for(known.problem);
    known.setup.tuned = &known.tuned;  // places in a map stay where they are
  }
  ProblemSetup const* find(std::string const& name) {
    std::lock_guard const lock(mutex_);
    auto const found = known_.find(name);  // places in a map stay where they are
    return found == known_.end() ? nullptr : &found->second.setup;
  }
  std::shared_ptr<problems::ForeignProblem const> problem(std::string const& name) {
    std::lock_guard const lock(mutex_);
    auto const found = known_.find(name);
    return found == known_.end() ? nullptr : found->second.problem;
  }
  void set_run(std::string const& name, std::shared_ptr<api::ForeignRun const> run) {
    std::lock_guard const lock(mutex_);
    auto& known = known_.at(name);
    if (run && known.run) {
      throw InputError("train: problem \"" + name + "\" is being trained; one training of a problem at a time");
    }
    known.run = std::move(run);
  }
  std::shared_ptr<api::ForeignRun const> run(std::string const& name) {
    std::lock_guard const lock(mutex_);
    return known_.at(name).run;
  }

 private:
  /// @throws InputError a column was not written
  static void fill_rows(problems::ForeignProblem const& problem, api::ForeignRun const& run, TaskSet set,
                        std::int64_t first, std::int64_t n, double* to) {
    std::int64_t const count = n * problem.columns;
    std::fill(to, to + count, std::numeric_limits<double>::quiet_NaN());
    run.rows(set, first, n, to);
    auto const* const missing = std::find_if(to, to + count, [](double x) { return std::isnan(x); });
    if (missing == to + count) return;
    auto const* const row = to + (missing - to) / problem.columns * problem.columns;
    std::string names;
    for (int c = 0; c < problem.columns; ++c) {
      if (!std::isnan(row[c])) continue;
      names += (names.empty() ? "" : ", ") + std::to_string(c) + " (" +
               problem.column_names[static_cast<std::size_t>(c)] + ")";
    }
    char const* const sets[] = {"training", "validation", "test"};
    throw InputError("train: problem \"" + problem.name + "\": the rows leave columns of " +
                     sets[static_cast<int>(set)] + " task " + std::to_string(first + (row - to) / problem.columns) +
                     " unwritten, or write NaN: " + names + "; write all " + std::to_string(problem.columns) +
                     " numbers of each task");
  }
  /// Values of a shift-like, logarithmic range and of an interval alike are looked for between its ends.
  static TunedParameter tuned_for(std::shared_ptr<problems::ForeignProblem const> const& problem) {
    int const column = problem->parameter_columns.front();
    auto const& head = problem->head.front();
    TunedParameter t;
    t.name = problem->column_names[static_cast<std::size_t>(column)];
    t.below = head.high;
    t.is_shift = head.kind == kernels::HeadKind::logarithmic;
    t.put = [column, width = problem->columns](problems::AnyTasks& tasks, double value) {
      auto& own = std::get<problems::ForeignTasks>(tasks);
      own.fill = [fill = own.fill, column, width, value](std::int64_t first, std::int64_t n, double* rows) {
        fill(first, n, rows);
        for (std::int64_t i = 0; i < n; ++i) rows[i * width + column] = value;
      };
    };
    return t;
  }
  static ProblemSetup setup_for(std::shared_ptr<problems::ForeignProblem const> const& problem) {
    ProblemSetup s;
    s.name = problem->name;
    s.tasks = [problem](config::RunConfig const& c) {
      auto const run = instance().run(problem->name);
      if (!run) {
        throw InputError("problem \"" + problem->name +
                         "\": its tasks are known only while the program that brings it trains it");
      }
      auto const of = [&](TaskSet set, std::int64_t count) {
        return problems::ForeignTasks{count, problem, run->solver,
                                      [run, set, problem](std::int64_t first, std::int64_t n, double* to) {
                                        fill_rows(*problem, *run, set, first, n, to);
                                      }};
      };
      auto const& p = c.problem;
      return Splits{of(TaskSet::train, p.train_tasks), of(TaskSet::validation, p.validation_tasks),
                    of(TaskSet::test, p.test_tasks)};
    };
    s.features = [problem](config::RunConfig const&) { return problem->features; };
    s.outputs = [problem](config::RunConfig const&) { return problem->outputs; };
    s.shape = [problem](config::RunConfig const&, network::MetaNetworkShape& shape) {
      shape.parameters = static_cast<int>(problem->head.size());
      shape.head = problem->head;
    };
    s.host_bytes = [problem](config::RunConfig const& c) {
      auto const most = std::max(c.problem.train_tasks, c.problem.validation_tasks);
      return static_cast<std::uint64_t>(std::min<std::int64_t>(most, 65536)) *
             static_cast<std::uint64_t>(problem->columns) * sizeof(double);
    };
    s.feature_name = [problem](std::size_t f) { return problem->feature_names.at(f); };
    s.baseline = [](config::RunConfig const&) { return std::string("the tasks' own parameters"); };
    s.failure_slope = [](config::RunConfig const& c) {
      return c.loss.kind == config::LossKind::measure ? 0 : c.loss.failure_slope;
    };
    s.initialise = [](config::RunConfig const&, std::vector<network::LayerShape> const&, std::vector<double>&) {};
    return s;
  }

  std::mutex mutex_;
  std::map<std::string, Known> known_;
};

}  // namespace

void register_problem(problems::ForeignProblem const& problem) { Registry::instance().add(problem); }
ProblemSetup const* find_foreign_setup(std::string const& name) { return Registry::instance().find(name); }

void require_foreign_setup(std::string const& name, std::type_index type) {
  auto const problem = Registry::instance().problem(name);
  if (!problem) {
    throw InputError("train: problem \"" + name + "\" is not known in this program; ProblemSolver makes it known");
  }
  if (problem->type != type) {
    throw InputError("train: two problems of this program are named \"" + name + "\"; give one another name");
  }
  if (&setup_of(name) != find_foreign_setup(name)) {
    throw InputError("train: problem \"" + name + "\" has the name of one of the library's own; give it another");
  }
}

ForeignData::ForeignData(std::string const& name, api::ForeignRun run) : name_(name) {
  Registry::instance().set_run(name, std::make_shared<api::ForeignRun const>(std::move(run)));
}
ForeignData::~ForeignData() { Registry::instance().set_run(name_, nullptr); }

}  // namespace metasolve::train

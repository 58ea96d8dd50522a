// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <mutex>

#include "metasolve/compiled/problem_list.hpp"
#include "metasolve/detail/config/values.hpp"
#include "metasolve/detail/io/csv.hpp"
#include "metasolve/detail/problems/black_box_problem.hpp"
#include "metasolve/detail/problems/program_settings.hpp"
#include "metasolve/detail/problems/share_out.hpp"
#include "metasolve/error.hpp"

namespace metasolve::problems {

namespace {

using config::RunConfig;

ProgramKeys const& keys_of(RunConfig const& c) { return c.of<ProgramKeys>(); }

/// The box of the configuration, without its solve.
BlackBox box_of(RunConfig const& c) { return declared_box(keys_of(c)); }

/// @throws InputError a key without which there is no problem is not given
void require_keys(ProgramKeys const& keys, config::Origins const& origins) {
  if (keys.command.empty()) {
    config::refuse(origins, {"problem.command"},
                   "problem.command: not given; expected a command of the shell that starts your solver, such as "
                   "\"python3 my_solver.py\" (docs/black_box.md)");
  }
  if (keys.columns.empty()) {
    config::refuse(origins, {"problem.columns"},
                   "problem.columns: not given; expected the numbers of a task, such as [\"a = uniform(0, 1)\"]");
  }
  if (keys.parameters.empty()) {
    config::refuse(origins, {"problem.parameters"},
                   "problem.parameters: not given; expected what the network is to choose, such as [\"omega = "
                   "interval(0, 2, 1)\"]");
  }
}

/// Each column is drawn, or all come from the file. @throws InputError
void require_sources(ProgramKeys const& keys) {
  for (auto const& column : columns_of(keys)) {
    if (keys.tasks.empty() && !column.is_drawn) {
      throw InputError("problem.columns: \"" + column.name + "\" has no distribution; write \"" + column.name +
                       " = uniform(low, high)\", or give the tasks by problem.tasks = \"FILE.csv\"");
    }
    if (!keys.tasks.empty() && column.is_drawn) {
      throw InputError("problem.columns: \"" + column.name +
                       "\" has a distribution, but problem.tasks gives a file; write the name alone, or remove "
                       "problem.tasks");
    }
  }
}

std::vector<std::string> names_of(ProgramKeys const& keys) {
  std::vector<std::string> names;
  for (auto const& column : columns_of(keys)) names.push_back(column.name);
  return names;
}

/// Values [rows][columns] of the file. @throws InputError as io::read_columns; a logarithm of what is not above 0
io::CsvTable read_tasks(std::string const& file, ProgramKeys const& keys) {
  auto const names = names_of(keys);
  auto table = io::read_columns(file, names);
  for (std::size_t i = 0; i < table.values.size(); ++i) {
    auto const& name = names[i % names.size()];
    if (table.values[i] > 0 || std::ranges::count(keys.by_logarithm, name) == 0) continue;
    throw InputError(file + ": row " + std::to_string(i / names.size() + 1) + ": column \"" + name + "\" is " +
                     config::real_text(table.values[i]) +
                     ", of which problem.by_logarithm takes the logarithm; expected a number above 0");
  }
  return table;
}

/// Rows of tasks: the columns, then the constants of the parameters.
class ProgramTasks {
 public:
  explicit ProgramTasks(ProgramKeys const& keys)
      : columns_(columns_of(keys)),
        box_(std::make_shared<BlackBox const>(program_box(keys))),
        description_(std::make_shared<RowDescription const>(described(declared_box(keys)))) {}

  /// fill(first, n, [n][columns])
  template <class Fill>
  [[nodiscard]] engine::Tasks of(std::int64_t count, Fill fill) const {
    auto const rows =
        with_constants(*box_, [fill](TaskSet, std::int64_t first, std::int64_t n, double* to) { fill(first, n, to); });
    return row_tasks(description_, box_, count, [rows](std::int64_t first, std::int64_t n, double* to) {
      rows(TaskSet::train, first, n, to);  // whichever set: `fill` is of one
    });
  }
  [[nodiscard]] engine::Tasks drawn(std::int64_t count, std::uint64_t seed, random::Stream stream) const {
    return of(count, [columns = columns_, seed, stream](std::int64_t first, std::int64_t n, double* to) {
      draw_tasks(columns, seed, stream, first, n, to);
    });
  }
  /// values: [tasks][columns]; order: of the tasks
  [[nodiscard]] engine::Tasks given(std::vector<double> values, std::vector<std::size_t> order) const {
    auto const count = static_cast<std::int64_t>(order.size());
    auto const columns = columns_.size();
    return of(count, [values = std::move(values), order = std::move(order), columns](std::int64_t first, std::int64_t n,
                                                                                     double* to) {
      for (std::int64_t t = first; t < first + n; ++t) {
        auto const at = order[static_cast<std::size_t>(t)] * columns;
        to = std::copy_n(values.begin() + static_cast<std::ptrdiff_t>(at), columns, to);
      }
    });
  }

 private:
  std::vector<TaskColumn> columns_;
  std::shared_ptr<BlackBox const> box_;
  std::shared_ptr<RowDescription const> description_;
};

/// A solver that is a program of its own.
class ProgramProblem final : public Problem {
 public:
  [[nodiscard]] std::string const& name() const override {
    static std::string const name = "program";
    return name;
  }
  [[nodiscard]] std::vector<config::Field> keys() const override {
    auto keys = program_keys();
    std::ranges::move(black_box_keys(), std::back_inserter(keys));
    return keys;
  }
  void settle(RunConfig& c, std::function<bool(std::string const& key)> const& given) const override {
    try {
      settle_black_box(box_of(c), c, given);
      settle_training(c, given);
      if (!given("network.start") && tuned_in(c) != nullptr) c.network.start = config::Start::tuned;
    } catch (InputError const&) {
      // Told by check(), which knows where the declaration is.
    }
  }
  void check(RunConfig const& c, config::Origins const& origins) const override {
    auto const& keys = keys_of(c);
    require_keys(keys, origins);
    try {
      auto box = box_of(c);
      box.solve = [](Probes const&) {};
      validate(box);
    } catch (InputError const& error) {
      config::refuse(origins, {"problem.columns", "problem.parameters"}, error.what());
    }
    check_black_box(box_of(c), c, origins);
    if (c.network.start == config::Start::tuned && tuned_in(c) == nullptr) {
      config::refuse(origins, {"network.start"},
                     "network.start: given \"tuned\", but the first parameter has no range in which to look for a "
                     "constant; write \"drawn\"");
    }
  }

  [[nodiscard]] Splits tasks(RunConfig const& c) const override {
    auto const& keys = keys_of(c);
    require_keys(keys, {});
    require_sources(keys);
    ProgramTasks const source(keys);
    if (!keys.tasks.empty()) {
      auto const table = read_tasks(keys.tasks, keys);
      return shared_out(c, source.given(table.values, shared_order(c, {keys.tasks, "rows", table.rows})));
    }
    auto const draw = [&](std::int64_t count, random::Stream stream) {
      return source.drawn(count, c.training.seed, stream);
    };
    return {draw(c.problem.train_tasks, random::Stream::train_tasks),
            draw(c.problem.validation_tasks, random::Stream::validation_tasks),
            draw(c.problem.test_tasks, random::Stream::test_tasks)};
  }
  std::vector<std::string> fit_to_data(RunConfig& c) const override {
    auto const& keys = keys_of(c);
    require_sources(keys);
    if (keys.tasks.empty()) return {};
    auto const table = read_tasks(keys.tasks, keys);
    auto const shared = share_out(c, {keys.tasks, "rows", table.rows});
    return shared.empty() ? std::vector<std::string>{} : std::vector{shared};
  }
  [[nodiscard]] std::uint64_t host_bytes(RunConfig const& c) const override {
    auto const tasks = static_cast<std::uint64_t>(c.problem.train_tasks + c.problem.validation_tasks);
    return tasks * static_cast<std::uint64_t>(keys_of(c).columns.size() + keys_of(c).parameters.size()) *
           sizeof(double);
  }

  [[nodiscard]] model::Interface interface(RunConfig const& c) const override { return described(box_of(c)).sides; }
  [[nodiscard]] int outputs(RunConfig const& c) const override { return described(box_of(c)).outputs; }
  void shape(RunConfig const& c, network::MetaNetworkShape& shape) const override {
    shape.head = described(box_of(c)).head;
    shape.parameters = static_cast<int>(shape.head.size());
  }
  void set_options(RunConfig const& c, engine::LearnerOptions& options) const override {
    set_black_box_options(box_of(c), c, options);
  }

  [[nodiscard]] char solution_name() const override { return 'p'; }
  [[nodiscard]] std::string baseline(RunConfig const&) const override { return "the constants"; }
  [[nodiscard]] bool has_costly_tasks() const override { return true; }
  [[nodiscard]] bool remembers_costs(RunConfig const& c) const override { return !keys_of(c).cache.empty(); }
  [[nodiscard]] TunedParameter const* tuned() const override {
    static TunedParameter const first{.name = "value of the first parameter", .key = "", .grid = {}};
    return &first;
  }
  [[nodiscard]] TunedParameter const* tuned_in(RunConfig const& c) const override;

  [[nodiscard]] std::string file_columns() const override { return "of problem.columns"; }
  [[nodiscard]] SolveInput read(SolveRequest const& request) const override {
    RunConfig without;
    without.problem.name = name();
    auto config = request.configure(without);
    auto const& keys = keys_of(config);
    require_keys(keys, {});
    auto const table = read_tasks(request.tasks_file(), keys);
    request.tell_ignored(table);
    std::vector<std::size_t> order;
    for (std::int64_t t = 0; t < table.rows; ++t) order.push_back(static_cast<std::size_t>(t));
    auto tasks = ProgramTasks(keys).given(table.values, std::move(order));
    return all_at_once(std::move(config), std::move(tasks));
  }
};

/// The first parameter's, which stays where it is: one for each way to declare it.
TunedParameter const* ProgramProblem::tuned_in(RunConfig const& c) const {
  static std::mutex mutex;
  static std::map<std::string, std::optional<TunedParameter>> known;
  if (keys_of(c).parameters.empty()) return nullptr;
  auto const box = box_of(c);
  std::lock_guard const lock(mutex);
  auto const [at, is_new] = known.try_emplace(keys_of(c).parameters.front());
  if (is_new) at->second = tuned_of(box, described(box));
  return at->second ? &*at->second : nullptr;
}

}  // namespace

Problem const& program_problem() {
  static ProgramProblem const problem;
  return problem;
}

}  // namespace metasolve::problems

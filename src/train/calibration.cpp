// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/train/calibration.hpp"

#include <algorithm>
#include <ctime>
#include <limits>

#include "build_info.hpp"
#include "metasolve/detail/exec/backend.hpp"
#include "metasolve/detail/io/clock.hpp"
#include "metasolve/error.hpp"

namespace metasolve::train {

namespace {

constexpr std::int32_t long_limit = 16;

/// Tasks bound to their solver, solved with iteration limits.
template <class Scalar>
class Runs {
 public:
  Runs(Executor const& executor, engine::Tasks const& tasks)
      : exec_(executor.backend()),
        group_(engine::bind<Scalar>(exec_, tasks, {.capacity = tasks.count})),
        status_(exec_, tasks.count),
        made_(exec_, tasks.count) {}

  /// Seconds of one pass.
  double pass(std::int32_t limit) {
    kernels::LockstepArguments<Scalar> run;
    run.slots = group_.count;
    run.theta = group_.default_parameters;
    run.max_iterations.value = limit;
    run.status = status_.data();
    run.iterations = made_.data();
    auto const start = io::Clock::now();
    group_.solver->solve(run);
    exec_.synchronize();
    return io::seconds_since(start);
  }
  /// Tasks that could not be set up in the last pass.
  std::int64_t failures() {
    std::vector<std::int32_t> status(static_cast<std::size_t>(group_.count));
    status_.download(status.data(), group_.count);
    return std::ranges::count_if(status, [](auto s) { return kernels::is_failure(static_cast<Status>(s)); });
  }
  /// Of the last pass, per task. One that could not be set up has made none.
  double mean_iterations() {
    auto const n = static_cast<std::size_t>(group_.count);
    std::vector<std::int32_t> counts(n), status(n);
    made_.download(counts.data(), group_.count);
    status_.download(status.data(), group_.count);
    double sum = 0;
    for (std::size_t t = 0; t < n; ++t) sum += kernels::is_failure(static_cast<Status>(status[t])) ? 0 : counts[t];
    return sum / static_cast<double>(n);
  }

 private:
  exec::Backend& exec_;
  engine::TaskGroup<Scalar> group_;
  exec::Buffer<std::int32_t> status_, made_;
};

/// Tasks that break down make no iterations: then with another value of their parameter, at which none does.
template <class Scalar>
engine::Tasks without_breakdowns(Executor const& executor, engine::Tasks const& tasks) {
  constexpr std::int64_t enough = 256;
  Runs<Scalar> some(executor, engine::slice(tasks, 0, std::min(enough, tasks.count)));
  some.pass(1);
  if (some.failures() == 0) return tasks;
  constexpr double safe = 1;  // a shift as large as the diagonal; of a relaxation factor: none
  try {
    return engine::with_parameter(tasks, safe, engine::ParameterOrigin::predicted);
  } catch (Error const&) {
    return tasks;  // they have no parameter
  }
}

template <class Scalar>
engine::Price measured(Executor const& executor, engine::Tasks const& as_given) {
  auto const tasks = without_breakdowns<Scalar>(executor, as_given);
  // As many tasks as take long enough to be timed, and to keep every lane busy.
  constexpr double long_enough = 5e-3, enough = 0.3;
  constexpr std::int64_t least = 256, most = 1 << 15;
  constexpr int turns = 7;
  for (std::int64_t count = std::min(least, tasks.count);; count = std::min(8 * count, tasks.count)) {
    Runs<Scalar> runs(executor, engine::slice(tasks, 0, count));
    if (runs.pass(long_limit) < long_enough && runs.pass(long_limit) < long_enough && count < tasks.count &&
        8 * count <= most) {
      continue;
    }
    double start = std::numeric_limits<double>::infinity(), all = start, total = 0;
    for (int turn = 0; turn < turns || total < enough; ++turn) {
      double const short_one = runs.pass(0), long_one = runs.pass(long_limit);
      start = std::min(start, short_one);
      all = std::min(all, long_one);
      total += short_one + long_one;
    }
    // A direct method refines what it need not, and keeps at most a part of that.
    double const made = std::max(1.0, runs.mean_iterations());
    double const to_nanoseconds = 1e9 / static_cast<double>(count);
    // An iteration too short to be measured still costs something.
    double const step = std::max(1e-3 * all, all - start) / made;
    return {to_nanoseconds * start, to_nanoseconds * step};
  }
}

}  // namespace

MeasuredPrice calibrated(Executor const& executor, engine::Tasks const& tasks, engine::Precision precision,
                         PriceCache const& cache, bool again) {
  bool const is_double = precision == engine::Precision::double_precision;
  PriceKey key{this_machine(), executor.description(), build_info::version, is_double ? "double" : "float",
               tasks.kind->cost_name()};
  bool const is_kept = !key.stage.empty();
  key.stage += ", " + std::to_string(tasks.count) + " tasks";  // few tasks leave lanes and threads idle
  if (is_kept && !again) {
    if (auto const known = cache.find(key)) return {known->price, true, true};
  }
  auto const price = is_double ? measured<double>(executor, tasks) : measured<float>(executor, tasks);
  bool const kept = is_kept && cache.keep({key, price, static_cast<std::int64_t>(std::time(nullptr))});
  return {price, false, kept};
}

engine::Price measured_price(Executor const& executor, engine::Tasks const& tasks) {
  return calibrated(executor, tasks, engine::Precision::double_precision, PriceCache::from_environment()).price;
}

}  // namespace metasolve::train

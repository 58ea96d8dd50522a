// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/programs/pool.hpp"

#include <poll.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <thread>

#include "metasolve/detail/io/notices.hpp"
#include "metasolve/detail/io/paths.hpp"
#include "metasolve/detail/io/text.hpp"
#include "metasolve/error.hpp"

namespace metasolve::programs {

namespace {

/// A program that has failed for so many tasks and answered none is taken for one that does not work.
constexpr std::int64_t most_in_vain = 16;

void require_settings(ProgramSettings const& s) {
  auto const reserved = {"in", "out", "tolerance", "max_iterations", "max_seconds"};
  if (s.command.find_first_not_of(" \t\n") == std::string::npos) {
    throw InputError("problem.command: not given; expected a command of the shell, such as \"python3 my_solver.py\"");
  }
  if (!s.folder.empty() && !io::is_directory(s.folder)) {
    throw InputError("problem.folder: " + s.folder + " is not a folder; give the one in which the command runs");
  }
  for (auto const& name : task_names(s)) {
    if (std::ranges::count(reserved, name) == 0) continue;
    throw InputError("problem.columns, problem.parameters: \"" + name +
                     "\" is what a program is told of every solve; give the column or parameter another name");
  }
}

std::string last_messages(Fault const& fault) {
  auto const end = fault.messages.find_last_not_of(" \t\r\n");
  if (end == std::string::npos) return "it wrote nothing to its standard error";
  return "its last messages:\n" + fault.messages.substr(0, end + 1);
}

}  // namespace

ProgramPool::ProgramPool(ProgramSettings settings) : settings_(std::move(settings)) {
  require_settings(settings_);
  protocol_ = settings_.wire == Wire::json ? json_protocol(settings_) : csv_protocol(settings_);
  auto const all = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  workers_.resize(static_cast<std::size_t>(settings_.processes > 0 ? settings_.processes : all));
}

ProgramPool::~ProgramPool() {
  constexpr std::chrono::milliseconds longest{500}, pause{1};
  auto const runs = [](Worker& worker) { return worker.process().running() && !worker.process().ended(); };
  for (auto& worker : workers_) {
    if (worker.busy()) worker.stop();
    worker.process().close_input();
  }
  auto const end = io::Clock::now() + longest;
  while (std::ranges::any_of(workers_, runs) && io::Clock::now() < end) std::this_thread::sleep_for(pause);
}

PoolCounts ProgramPool::counts() const {
  auto counts = counts_;
  for (auto const& worker : workers_) counts.starts += worker.starts();
  return counts;
}

void ProgramPool::solve(Probes const& batch) {
  constexpr std::int64_t requests_each = 4;
  auto const shares = requests_each * static_cast<std::int64_t>(workers_.size());
  auto chunk = settings_.chunk > 0 ? settings_.chunk : (batch.count + shares - 1) / shares;
  if (auto const most = protocol_->most_tasks(); most > 0) chunk = std::min(chunk, most);
  queue(batch, chunk);
  for (auto& worker : workers_) {
    if (worker.busy()) worker.stop();  // of a batch that an exception ended
  }
  while (open_ > 0) {
    hand_out(batch);
    wait();
    for (auto& worker : workers_) {
      auto const reply = worker.advance(*protocol_, settings_);
      if (reply) take(batch, *reply);
    }
  }
}

void ProgramPool::queue(Probes const& batch, std::int64_t chunk) {
  auto const columns = static_cast<std::int64_t>(settings_.columns.size());
  auto const parameters = static_cast<std::int64_t>(settings_.parameters.size());
  auto const finite = [](double const* first, std::int64_t n) {
    return std::all_of(first, first + n, [](double x) { return std::isfinite(x); });
  };
  waiting_.clear();
  open_ = 0;
  for (std::int64_t t = 0; t < batch.count; ++t) {
    if (!finite(batch.tasks + t * columns, columns) || !finite(batch.theta + t * parameters, parameters)) {
      mark(batch, t, 0, Status::not_finite);
      continue;
    }
    ++open_;
    bool const joins =
        !waiting_.empty() && waiting_.back().count < chunk && waiting_.back().first + waiting_.back().count == t;
    if (joins) {
      ++waiting_.back().count;
    } else {
      waiting_.push_back({t, 1});
    }
  }
}

void ProgramPool::hand_out(Probes const& batch) {
  for (auto& worker : workers_) {
    if (waiting_.empty()) return;
    if (worker.busy()) continue;
    auto const chunk = waiting_.front();
    waiting_.pop_front();
    worker.ask(*protocol_, settings_, {&batch, chunk.first, chunk.count, ++requests_}, chunk.fresh);
  }
}

void ProgramPool::wait() const {
  std::vector<pollfd> watched;
  auto wake = io::Clock::time_point::max();
  for (auto const& worker : workers_) {
    worker.watch(watched);
    if (worker.busy()) wake = std::min(wake, worker.wake());
  }
  auto const left = std::chrono::ceil<std::chrono::milliseconds>(wake - io::Clock::now()).count();
  ::poll(watched.data(), watched.size(), static_cast<int>(std::max<decltype(left)>(left, 0)));
}

void ProgramPool::take(Probes const& batch, Reply const& reply) {
  auto const& request = reply.request;
  protocol_->forget(request);
  if (reply.fault) {
    has_greeted_ = has_greeted_ || !reply.fault->at_start;
    take_fault(batch, reply);
    return;
  }
  has_greeted_ = true;
  answered_ += request.count;
  open_ -= request.count;
  for (std::int64_t i = 0; i < request.count; ++i) {
    auto const& outcome = reply.outcomes[static_cast<std::size_t>(i)];
    auto const t = request.first + i;
    batch.iterations[t] = outcome.iterations;
    batch.status[t] = static_cast<std::int32_t>(outcome.status);
    if (batch.history) std::ranges::copy(outcome.history, batch.history + t * (std::int64_t{batch.max_iterations} + 1));
    if (batch.seconds) {
      batch.seconds[t] = outcome.seconds >= 0 ? outcome.seconds : reply.seconds / static_cast<double>(request.count);
    }
  }
}

void ProgramPool::take_fault(Probes const& batch, Reply const& reply) {
  auto const& request = reply.request;
  auto const& fault = *reply.fault;
  if (fault.at_start && !has_greeted_) refuse(fault);
  if (request.count > 1) {
    for (auto t = request.first + request.count; t-- > request.first;) waiting_.push_front({t, 1});
    return;
  }
  // Another task may have damaged the process before it failed; a hang is its own.
  if (!fault.is_fresh && fault.kind != FaultKind::time_limit) {
    waiting_.push_front({request.first, 1, true});
    return;
  }
  mark_fault(batch, request.first, fault);
  --open_;
  if (answered_ == 0 && (++in_vain_ == most_in_vain || open_ == 0)) refuse(fault);
}

void ProgramPool::mark(Probes const& batch, std::int64_t t, std::int32_t iterations, Status status) const {
  batch.iterations[t] = iterations;
  batch.status[t] = static_cast<std::int32_t>(status);
  if (batch.history) {
    // As of a solve that never came near the tolerance.
    constexpr double far = 10;
    std::fill_n(batch.history + t * (std::int64_t{batch.max_iterations} + 1), iterations + 1,
                std::max(1.0, far * batch.tolerance));
  }
  if (batch.seconds) batch.seconds[t] = status == Status::iteration_limit ? settings_.time_limit : 0;
}

void ProgramPool::mark_fault(Probes const& batch, std::int64_t t, Fault const& fault) {
  bool const is_limit = fault.kind == FaultKind::time_limit;
  (is_limit ? counts_.time_limits : fault.kind == FaultKind::bad_answer ? counts_.bad_answers : counts_.crashes) += 1;
  if (is_limit) {
    mark(batch, t, batch.max_iterations, Status::iteration_limit);
  } else {
    mark(batch, t, 0, Status::breakdown);
  }
  auto const tell = io::notices_of_this_thread();
  if (!tell || answered_ == 0 || std::exchange(has_told_, true)) return;
  std::string task;
  auto const names = task_names(settings_);
  for (std::size_t i = 0; i < names.size(); ++i) {
    task += (task.empty() ? "" : ", ") + names[i] + " = " + task_word(settings_, batch, t, i);
  }
  tell("problem.command: the program " + fault.how + " for a task (" + task + "), which counts as failed; " +
       last_messages(fault) + "\nFurther failures are counted, not told");
}

void ProgramPool::refuse(Fault const& fault) const {
  throw InputError("problem.command: " + io::shown(settings_.command) + " " + fault.how +
                   ", and has not answered one task; correct the command or the program (docs/black_box.md, \"A "
                   "program\"); " +
                   last_messages(fault));
}

}  // namespace metasolve::programs

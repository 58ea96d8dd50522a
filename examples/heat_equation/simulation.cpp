// SPDX-License-Identifier: Apache-2.0
#include "simulation.hpp"

#include <chrono>
#include <cmath>
#include <numeric>
#include <stdexcept>
#include <string>

namespace heat {

metasolve::OnlineMetaSolver::Options learner_options(HeatEquation const& heat, int members, double constant,
                                                     std::uint64_t seed) {
  return {.parameters = {{.name = "omega", .low = 1, .high = 1.95, .constant = constant}},
          // Logarithmic: what matters is by which factor neighbours are coupled more strongly.
          .features = {{.name = "1 + coupling", .low = 1, .high = 1 + heat.most_coupling(), .is_logarithmic = true}},
          .capacity = members,
          .seed = seed};
}

Simulation::Simulation(metasolve::Executor const& executor, HeatEquation const& heat, int members, double omega,
                       metasolve::OnlineMetaSolver* online)
    : executor_(executor),
      heat_(heat),
      members_(members),
      omega_(omega),
      online_(online),
      solver_(
          executor, heat.pattern(),
          {.preconditioner = metasolve::PreconditionerKind::ssor, .ordering = metasolve::CgSolver::Ordering::natural},
          {.capacity = members}),
      u_(executor, std::size_t(members) * heat.unknowns()),
      next_(executor, std::size_t(members) * heat.unknowns()),
      a_(executor, std::size_t(members) * heat.entries()),
      b_(executor, std::size_t(members) * heat.unknowns()),
      features_(executor, members),
      status_(executor, members),
      iterations_(executor, members) {
  for (std::size_t m = 0; m < std::size_t(members); ++m) {
    double whole;
    time_.push_back(std::modf(0.618033988749895 * m, &whole));  // spread evenly over the cycle, the first at 0
    heat.start(u_.host_at(m * heat.unknowns()));
  }
  u_.upload(executor);
}

long Simulation::advance() {
  std::size_t const n = heat_.unknowns(), entries = heat_.entries();
  for (std::size_t m = 0; m < std::size_t(members_); ++m) {
    heat_.assemble(time_[m], u_.host_at(m * n), a_.host_at(m * entries), b_.host_at(m * n));
    features_[m] = 1 + heat_.coupling(time_[m]);
    time_[m] += heat_.step();
  }
  a_.upload(executor_);
  b_.upload(executor_);
  features_.upload(executor_);

  // All that learning needs is `online` and the features; omega is then chosen for each system, and what the solve cost
  // is learned before the call ends.
  metasolve::Policy policy;
  if (online_ != nullptr) policy.online = {online_, {features_.data(), 1}};
  auto const start = std::chrono::steady_clock::now();
  auto const of_members = std::int64_t(n);
  solver_.solve({.count = members_,
                 .values = {a_.data(), std::int64_t(entries)},
                 .rhs = {b_.data(), of_members},
                 .omega = omega_,
                 .guess = {u_.data(), of_members}},
                {.tolerance = 1e-8},
                {.status = status_.data(), .iterations = iterations_.data(), .solution = {next_.data(), of_members}},
                policy);
  executor_.synchronize();
  seconds_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();

  std::swap(u_, next_);
  u_.download(executor_);
  status_.download(executor_);
  iterations_.download(executor_);
  for (int m = 0; m < members_; ++m) {
    if (metasolve::Status(status_[m]) != metasolve::Status::converged) {
      throw std::runtime_error("member " + std::to_string(m) + ": a step was not solved");
    }
  }
  return std::accumulate(iterations_.host().begin(), iterations_.host().end(), 0L);
}

double Simulation::mean_temperature() const {
  auto const& u = u_.host();
  return std::accumulate(u.begin(), u.end(), 0.0) / double(u.size());
}

}  // namespace heat

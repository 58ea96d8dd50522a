// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "../simd/columns.hpp"
#include "guard.hpp"
#include "lockstep_arguments.hpp"

/// Parameters of a solve: given or predicted and validated, or the caller's constants; then the constants again for
/// failed tasks.
namespace metasolve::kernels {

/// The caller's parameters as arrays; null: zeros.
template <class Scalar>
struct ViewConstants {
  BatchView<Scalar const> view;        ///< [tasks][parameters]
  PerTask<double> factor{.value = 1};  ///< on all of a task's
  METASOLVE_HD Scalar operator()(std::int64_t task, int p) const {
    return view ? Scalar(factor[task]) * view(task, p) : Scalar(0);
  }
};

/// The caller's parameters, one column each.
template <class Scalar, int Parameters>
struct ColumnConstants {
  Columns<Scalar, Parameters> columns;
  METASOLVE_HD Scalar operator()(std::int64_t task, int p) const { return columns(task, p); }
};

enum class Attempt { given, constants, chosen, proposed, again };

/// Source of the parameters of one attempt.
///   given      LockstepArguments::theta, unchecked; null: the caller's parameters
///   constants  the caller's parameters
///   chosen     LockstepArguments::theta, validated by the guard
///   proposed   others in the form of the caller's parameters, validated by the guard
///   again      the caller's, for tasks that did not converge with others
/// Constants: operator()(task, p), the caller's parameters. Optional: bool admits(p, scalar value), whether a proposed
/// value is valid, where these are in another form than what the solver admits.
template <class Constants>
struct AttemptArguments {
  Attempt attempt = Attempt::given;
  Constants constants{};
  Constants proposal{};
  Guard guard;  ///< with `again` also tells which tasks were replaced and records which are retried
};

/// Positions in the order of GivenTasks. source(): the first of the next group of lanes_of<Number>, or -1.
template <class Number, class S, class Constants, class Source>
class ChosenTasks {
 public:
  METASOLVE_HD ChosenTasks(S const& solver, LockstepArguments<typename S::scalar> const& a,
                           AttemptArguments<Constants> const& attempt, Source& source)
      : solver_(solver),
        a_(a),
        attempt_(attempt),
        source_(source),
        follows_(attempt.attempt == Attempt::given && a.theta.data != nullptr) {}

  template <class T>
  METASOLVE_HD std::int64_t next(T const& team) {
    for (;;) {
      if (++at_ >= end_) {
        at_ = source_();
        if (at_ < 0) {
          at_ = end_ = 0;
          return -1;
        }
        end_ = a_.slots - at_ < lanes_of<Number> ? a_.slots : at_ + lanes_of<Number>;
      }
      std::int64_t const slot = a_.slot(at_);
      if (attempt_.attempt == Attempt::again && !failed(slot)) continue;
      using scalar = typename S::scalar;
      int const size = solver_.parameter_size();
      if (attempt_.attempt == Attempt::chosen) {
        follows_ = attempt_.guard.template accepts<scalar>(
            team, slot, size, [&](int p) { return admits(solver_, p, scalar(a_.theta(slot, p))); });
      } else if (attempt_.attempt == Attempt::proposed && a_.attempt_limits != nullptr && a_.attempt_limits[slot] < 0) {
        follows_ = false;
        if (team.rank() == 0 && attempt_.guard.origin != nullptr) attempt_.guard.origin[slot] = Origin::constant;
        team.sync();
      } else if (attempt_.attempt == Attempt::proposed) {
        follows_ = attempt_.guard.template accepts<scalar>(team, slot, size, [&](int p) {
          scalar const value = attempt_.proposal(a_.task(slot), p);
          if constexpr (requires { attempt_.proposal.admits(p, value); }) {
            return attempt_.proposal.admits(p, value);
          } else {
            return admits(solver_, p, value);
          }
        });
      }
      return at_;
    }
  }

  template <class T, class View>
  METASOLVE_HD void put_parameters(T const& team, std::int64_t slot, int size, View theta) const {
    using scalar = typename S::scalar;
    if (follows_) {
      bool const is_proposed = attempt_.attempt == Attempt::proposed;
      for_each(team, size, [&](int p) {
        theta[p] = is_proposed ? scalar(attempt_.proposal(a_.task(slot), p)) : a_.theta(slot, p);
      });
      return;
    }
    for_each(team, size, [&](int p) { theta[p] = attempt_.constants(a_.task(slot), p); });
    if (team.rank() != 0 || (attempt_.attempt != Attempt::constants && attempt_.attempt != Attempt::again)) return;
    auto const& guard = attempt_.guard;
    bool const again = attempt_.attempt == Attempt::again;
    if (guard.origin != nullptr) guard.origin[slot] = again ? Origin::retried : Origin::chosen;
    if (again && guard.tally != nullptr) count_one(&guard.tally->retried);
  }

 private:
  METASOLVE_HD bool failed(std::int64_t slot) const {
    auto const status = static_cast<Status>(a_.status[slot]);
    return status != Status::converged && !is_certified(status) && attempt_.guard.origin[slot] == Origin::chosen;
  }

  S const& solver_;
  LockstepArguments<typename S::scalar> const& a_;
  AttemptArguments<Constants> const& attempt_;
  Source& source_;
  std::int64_t at_ = 0, end_ = 0;
  bool follows_;  ///< whether the last task uses theta
};

}  // namespace metasolve::kernels

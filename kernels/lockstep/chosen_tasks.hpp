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
  BatchView<Scalar const> view;  ///< [tasks][parameters]
  METASOLVE_HD Scalar operator()(std::int64_t task, int p) const { return view ? view(task, p) : Scalar(0); }
};

/// The caller's parameters, one column each.
template <class Scalar, int Parameters>
struct ColumnConstants {
  Columns<Scalar, Parameters> columns;
  METASOLVE_HD Scalar operator()(std::int64_t task, int p) const { return columns(task, p); }
};

enum class Attempt { given, constants, chosen, again };

/// Source of the parameters of one attempt.
///   given      LockstepArguments::theta, unchecked; null: the caller's parameters
///   constants  the caller's parameters
///   chosen     LockstepArguments::theta, validated by the guard
///   again      the caller's, for tasks that did not converge with others
/// Constants: operator()(task, p), the caller's parameters.
template <class Constants>
struct AttemptArguments {
  Attempt attempt = Attempt::given;
  Constants constants{};
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
      if (attempt_.attempt == Attempt::chosen) {
        follows_ = attempt_.guard.accepts(solver_, team, slot, solver_.parameter_size(),
                                          [&](int p) { return a_.theta(slot, p); });
      }
      return at_;
    }
  }

  template <class T, class View>
  METASOLVE_HD void put_parameters(T const& team, std::int64_t slot, int size, View theta) const {
    if (follows_) {
      for_each(team, size, [&](int p) { theta[p] = a_.theta(slot, p); });
      return;
    }
    for_each(team, size, [&](int p) { theta[p] = attempt_.constants(a_.task(slot), p); });
    if (team.rank() != 0 || attempt_.attempt == Attempt::given || attempt_.attempt == Attempt::chosen) return;
    auto const& guard = attempt_.guard;
    bool const again = attempt_.attempt == Attempt::again;
    if (guard.origin != nullptr) guard.origin[slot] = again ? Origin::retried : Origin::chosen;
    if (again && guard.tally != nullptr) count_one(&guard.tally->retried);
  }

 private:
  METASOLVE_HD bool failed(std::int64_t slot) const {
    return a_.status[slot] != static_cast<std::int32_t>(Status::converged) &&
           attempt_.guard.origin[slot] == Origin::chosen;
  }

  S const& solver_;
  LockstepArguments<typename S::scalar> const& a_;
  AttemptArguments<Constants> const& attempt_;
  Source& source_;
  std::int64_t at_ = 0, end_ = 0;
  bool follows_;  ///< whether the last task uses theta
};

}  // namespace metasolve::kernels

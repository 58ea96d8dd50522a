// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "../lockstep/guard.hpp"
#include "../lockstep/lockstep.hpp"
#include "../network/small_network.hpp"
#include "problem.hpp"

namespace metasolve::kernels {

/// Features, network and head of a problem, from the columns of tasks to the solver's parameters, for one task per lane
/// of a number.
template <Problem P, int Width>
struct FusedPredictor {
  static constexpr int parameters = P::parameters;
  using Network = SmallNetwork<Width, P::features, P::outputs>;

  Columns<double, P::columns> tasks;
  Network network;
  HeadEntry head[parameters];
  Guard guard;

  /// factor[p]: the value of a bounded parameter, or the factor on the task's default. Number: single precision.
  template <class Number>
  METASOLVE_HD void predict(float const* weights, std::int64_t const (&task)[lanes_of<Number>],
                            Number (&factor)[parameters]) const {
    Number of_row[P::feature_columns], x[Network::inputs], z[P::outputs];
    gather_columns(tasks, task, of_row);
    P::features_of(of_row, x);
    network.forward(weights, x, z);
    Number const one(1.0f);
    for (int p = 0; p < parameters; ++p) {
      Number of_output = one;
      for (int q = 0; q < P::outputs; ++q) {
        if (head[p].output == q) of_output = head[p].apply(z[q], one);
      }
      factor[p] = of_output;
    }
  }
  METASOLVE_HD double constant(std::int64_t task, int p) const { return tasks(task, P::parameter_column(p)); }
  /// The parameter itself, in double precision: a default keeps all its digits.
  METASOLVE_HD double parameter(std::int64_t task, int p, float factor) const {
    if (head[p].is_bounded()) return static_cast<double>(factor);
    double const given = constant(task, p);
    return head[p].kind == HeadKind::factor ? given * static_cast<double>(factor) : given;
  }
};

/// Tasks as provided by GivenTasks, with predicted parameters for a group of tasks at a time. source(): the first
/// position of the next group of lanes_of<Number>, or -1. weights: the predictor's, possibly a copy in faster memory.
/// One member.
template <class Number, class S, class FusedPredictor, class Source>
class PredictedTasks {
 public:
  /// With a single lane, each task needs its own inference.
  static constexpr bool starts_cost_iterations = lanes_of<Number> == 1;

  METASOLVE_HD PredictedTasks(S const& solver, LockstepArguments<double> const& a, FusedPredictor const& predictor,
                              float const* weights, Source& source)
      : solver_(solver), a_(a), predictor_(predictor), weights_(weights), source_(source) {}

  template <class T>
  METASOLVE_HD std::int64_t next(T const& team) {
    if (++at_ >= count_) {
      std::int64_t const first = source_();
      if (first < 0) return -1;
      at_ = 0;
      count_ = a_.slots - first < lanes ? static_cast<int>(a_.slots - first) : lanes;
      first_ = first;
      for (int l = 0; l < lanes; ++l) task_[l] = a_.task(a_.slot(first + (l < count_ ? l : 0)));
      predictor_.predict(weights_, task_, factor_);
    }
    for (int p = 0; p < FusedPredictor::parameters; ++p) {
      parameter_[p] = predictor_.parameter(task_[at_], p, lane(factor_[p], at_));
    }
    bool const is_accepted =
        predictor_.guard.template accepts<double>(team, a_.slot(first_ + at_), FusedPredictor::parameters,
                                                  [&](int p) { return admits(solver_, p, parameter_[p]); });
    for (int p = 0; p < FusedPredictor::parameters && !is_accepted; ++p) {
      parameter_[p] = predictor_.constant(task_[at_], p);
    }
    return first_ + at_;
  }
  template <class T, class View>
  METASOLVE_HD void put_parameters(T const&, std::int64_t, int, View theta) const {
    for (int p = 0; p < FusedPredictor::parameters; ++p) theta[p] = parameter_[p];
  }

 private:
  static constexpr int lanes = lanes_of<Number>;
  S const& solver_;
  LockstepArguments<double> const& a_;
  FusedPredictor const& predictor_;
  float const* weights_;
  Source& source_;
  std::int64_t first_ = 0;
  std::int64_t task_[lanes] = {};
  int at_ = 0, count_ = 0;  ///< of the group
  narrow_of<Number> factor_[FusedPredictor::parameters];
  double parameter_[FusedPredictor::parameters];  ///< of the last task
};

}  // namespace metasolve::kernels

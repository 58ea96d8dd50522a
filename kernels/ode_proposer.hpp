// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "lockstep.hpp"
#include "ode_bodies.hpp"
#include "small_network.hpp"

namespace metasolve::kernels {

/// Features, network and head of implicit Euler steps, from the rows of tasks to the parameters of Newton-SOR, for as
/// many tasks as a number has lanes.
template <Ode O, int Width>
struct OdeProposer {
  static constexpr int parameters = 1 + O::size;
  using Network = SmallNetwork<Width, OdeFeatures<O, double>::width, parameters>;
  using System = ImplicitEuler<O, double>;

  BatchView<double const> row;
  Network network;
  HeadEntry head[parameters];

  /// factor[p]: an interval's value, or what the task's own default is multiplied by. Number: single precision.
  template <class Number>
  METASOLVE_HD void propose(float const* weights, std::int64_t const (&task)[lanes_of<Number>],
                            Number (&factor)[parameters]) const {
    Number of_row[System::columns], x[Network::inputs], z[parameters];
    gather_rows(row, task, of_row);
    OdeFeatures<O, double>::compute(of_row, x);
    network.forward(weights, x, z);
    Number const one(1.0f);
    for (int p = 0; p < parameters; ++p) {
      Number of_output = one;
      for (int q = 0; q < parameters; ++q) {
        if (head[p].output == q) of_output = head[p].apply(z[q], one);
      }
      factor[p] = of_output;
    }
  }
  /// The parameter itself, in double precision: a default must come through with all its digits.
  METASOLVE_HD double parameter(std::int64_t task, int p, float factor) const {
    if (head[p].kind == HeadKind::interval) return static_cast<double>(factor);
    double const given = row(task, System::relaxation_at + p);
    return head[p].kind == HeadKind::factor ? given * static_cast<double>(factor) : given;
  }
};

/// Tasks as GivenTasks hands them out, with the parameters that a proposer finds for a group of them at a time.
/// source(): the first position of the next group of lanes_of<Number>, or -1. weights: the proposer's, perhaps in
/// nearer memory. One member.
template <class Number, class Proposer, class Source>
class ProposedTasks {
 public:
  METASOLVE_HD ProposedTasks(LockstepArguments<double> const& a, Proposer const& proposer, float const* weights,
                             Source& source)
      : a_(a), proposer_(proposer), weights_(weights), source_(source) {}

  template <class T>
  METASOLVE_HD std::int64_t next(T const&) {
    if (++at_ >= count_) {
      std::int64_t const first = source_();
      if (first < 0) return -1;
      at_ = 0;
      count_ = a_.slots - first < lanes ? static_cast<int>(a_.slots - first) : lanes;
      first_ = first;
      for (int l = 0; l < lanes; ++l) task_[l] = a_.task(a_.slot(first + (l < count_ ? l : 0)));
      proposer_.propose(weights_, task_, factor_);
    }
    return first_ + at_;
  }
  template <class T, class View>
  METASOLVE_HD void put_parameters(T const&, std::int64_t, int, View theta) const {
    for (int p = 0; p < Proposer::parameters; ++p) {
      theta[p] = proposer_.parameter(task_[at_], p, lane(factor_[p], at_));
    }
  }

 private:
  static constexpr int lanes = lanes_of<Number>;
  LockstepArguments<double> const& a_;
  Proposer const& proposer_;
  float const* weights_;
  Source& source_;
  std::int64_t first_ = 0;
  std::int64_t task_[lanes] = {};
  int at_ = 0, count_ = 0;  ///< of the group
  narrow_of<Number> factor_[Proposer::parameters];
};

}  // namespace metasolve::kernels

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/detail/engine/fused_problem.hpp"

namespace metasolve::engine {

/// A task's constants are its own columns.
template <class P>
using ProblemConstants = kernels::ColumnConstants<double, P::parameters>;
template <class P>
ProblemConstants<P> constants_of(kernels::Columns<double, P::columns> const& tasks) {
  ProblemConstants<P> constants;
  for (int p = 0; p < P::parameters; ++p) constants.columns.column[p] = tasks.column[P::parameter_column(p)];
  return constants;
}

/// The compiled functions of problem P for one kind of executor; for a plain ForwardProblem only the solve. Fuses: if
/// P's solver iterates in registers, also solves with the inference of a small network fused into them. Trains: also
/// the solver's adjoints.
template <kernels::ForwardProblem P, bool Fuses, bool Trains>
struct ProblemFunctions {
  static constexpr bool predicts = kernels::Problem<P>;
  static constexpr bool fuses = Fuses && kernels::RegisterSolver<typename P::Solver>;
  struct None {};
  StageFunctions<typename P::Solver, ProblemConstants<P>, Trains> stage;
  std::conditional_t<fuses, FusedFunctions<P>, None> fused{};
  std::conditional_t<predicts, exec::ElementFunctions<kernels::ProblemFeatures<P>>, None> features{};
  std::conditional_t<predicts, exec::ElementFunctions<kernels::DefaultParameters<P>>, None> default_parameters{};

  /// Like StageFunctions::made.
  template <class Make>
  static ProblemFunctions made(Make&& make) {
    ProblemFunctions all{};
    all.stage = decltype(all.stage)::made(make);
    if constexpr (fuses) all.fused = FusedFunctions<P>::made(make);
    if constexpr (predicts) {
      all.features = make.template operator()<decltype(all.features)>();
      all.default_parameters = make.template operator()<decltype(all.default_parameters)>();
    }
    return all;
  }
  /// See src/exec/compiled.hpp.
  template <class Exec>
  static ProblemFunctions on() {
    return made(CompiledHere<Exec>{});
  }
};

}  // namespace metasolve::engine

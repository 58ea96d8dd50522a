// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/detail/engine/training/tasks.hpp"
#include "metasolve/detail/problems/iccg_choices.hpp"
#include "metasolve/detail/sparse/lower_pattern.hpp"
#include "metasolve/kernels/operators/shift.hpp"
#include "metasolve/preconditioner.h"

namespace metasolve::problems {

/// How symmetric positive definite systems are solved: iteratively, or by sparse Cholesky factors in double precision,
/// or in single precision with refinement.
enum class SpdMethod { conjugate_gradients, cholesky, mixed_cholesky };

/// Settings of conjugate gradients, or of the direct method in their place.
struct IccgSettings {
  PreconditionerKind preconditioner = PreconditionerKind::incomplete_cholesky;
  sparse::FillRule fill_rule;
  double shift = 0;  ///< alpha of the default parameters
  Batching batching = Batching::automatic;
  ShiftScale shift_scale = ShiftScale::absolute;
  double omega = 1;                                   ///< of ssor, in the place of the shift
  SpdMethod method = SpdMethod::conjugate_gradients;  ///< a direct one has no parameter

  /// In the kernels' encoding.
  [[nodiscard]] double default_parameter() const {
    if (preconditioner == PreconditionerKind::ssor) return omega;
    return shift_scale == ShiftScale::diagonal ? kernels::relative_shift(shift) : shift;
  }
};

/// Tasks solved by conjugate gradients. Their only parameter is the shift, or omega of SSOR.
class IccgKind : public engine::TaskKind {
 public:
  explicit IccgKind(IccgSettings settings) : iccg(std::move(settings)) {}
  /// A predicted shift is absolute, whatever the unit of the constant shift.
  [[nodiscard]] engine::Tasks with_parameter(engine::Tasks tasks, double value,
                                             engine::ParameterOrigin origin) const override;
  /// These tasks, which must be of this kind, solved by another method.
  [[nodiscard]] engine::Tasks with_method(engine::Tasks tasks, SpdMethod method) const;

  IccgSettings const iccg;

 private:
  [[nodiscard]] virtual std::shared_ptr<engine::TaskKind const> with(IccgSettings settings) const = 0;
};

}  // namespace metasolve::problems

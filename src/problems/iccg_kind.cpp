// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/problems/iccg_settings.hpp"
#include "metasolve/detail/problems/iccg_variants.hpp"

namespace metasolve::problems {

engine::Tasks IccgKind::with_parameter(engine::Tasks tasks, double value, engine::ParameterOrigin origin) const {
  auto settings = iccg;
  (settings.preconditioner == PreconditionerKind::ssor ? settings.omega : settings.shift) = value;
  if (origin == engine::ParameterOrigin::predicted) settings.shift_scale = ShiftScale::absolute;
  tasks.kind = with(std::move(settings));
  return tasks;
}

engine::Tasks IccgKind::with_method(engine::Tasks tasks, SpdMethod method) const {
  auto settings = iccg;
  settings.method = method;
  settings.variants.clear();
  tasks.kind = with(std::move(settings));
  return tasks;
}

std::vector<std::shared_ptr<engine::TaskKind const>> IccgKind::variants() const {
  std::vector<std::shared_ptr<engine::TaskKind const>> kinds;
  for (auto const& variant : iccg.variants) kinds.push_back(with(variant));
  return kinds;
}

std::optional<engine::Price> IccgKind::operations() const { return operations_of(systems(), iccg); }
std::string IccgKind::cost_name() const { return cost_name_of(systems(), iccg); }

}  // namespace metasolve::problems

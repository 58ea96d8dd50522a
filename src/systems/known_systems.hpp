// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/kernels/problems/systems/hires.hpp"
#include "metasolve/kernels/problems/systems/orego.hpp"
#include "metasolve/kernels/problems/systems/pollution.hpp"
#include "metasolve/kernels/problems/systems/robertson.hpp"
#include "metasolve/kernels/problems/systems/van_der_pol.hpp"

namespace metasolve::systems {

/// Calls use.template operator()<System>() for each named system.
template <class Use>
void for_each_system(Use&& use) {
  use.template operator()<kernels::Robertson>();
  use.template operator()<kernels::VanDerPol>();
  use.template operator()<kernels::Orego>();
  use.template operator()<kernels::Hires>();
  use.template operator()<kernels::Pollution>();
}

}  // namespace metasolve::systems

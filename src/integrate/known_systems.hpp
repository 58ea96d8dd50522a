// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/problems/systems/hires.hpp"
#include "kernels/problems/systems/orego.hpp"
#include "kernels/problems/systems/pollution.hpp"
#include "kernels/problems/systems/robertson.hpp"
#include "kernels/problems/systems/van_der_pol.hpp"

namespace metasolve::integrate {

/// use.template operator()<System>() for each system that is known by its name.
template <class Use>
void for_each_system(Use&& use) {
  use.template operator()<kernels::Robertson>();
  use.template operator()<kernels::VanDerPol>();
  use.template operator()<kernels::Orego>();
  use.template operator()<kernels::Hires>();
  use.template operator()<kernels::Pollution>();
}

}  // namespace metasolve::integrate

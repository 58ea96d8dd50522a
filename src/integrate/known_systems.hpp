// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/systems/hires.hpp"
#include "kernels/systems/orego.hpp"
#include "kernels/systems/pollution.hpp"
#include "kernels/systems/robertson.hpp"
#include "kernels/systems/van_der_pol.hpp"

namespace metasolve::integrate {

/// use.template operator()<System>(name) for each system that is known by name.
template <class Use>
void for_each_system(Use&& use) {
  use.template operator()<kernels::Robertson>("robertson");
  use.template operator()<kernels::VanDerPol>("van_der_pol");
  use.template operator()<kernels::Orego>("orego");
  use.template operator()<kernels::Hires>("hires");
  use.template operator()<kernels::Pollution>("pollution");
}

}  // namespace metasolve::integrate

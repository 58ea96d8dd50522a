// SPDX-License-Identifier: Apache-2.0
#include "metasolve/error.hpp"
#include "src/engine/make_learner.hpp"

namespace metasolve::engine {

// Never reached: without CUDA no executor of that kind can be opened.
Factory cuda_factory() { throw DeviceError("built without CUDA; configure where the CUDA toolkit is installed"); }

}  // namespace metasolve::engine

// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/app/model.hpp"

#include "metasolve/detail/train/run_settings.hpp"

namespace metasolve::app {

train::Checkpoint load_model(std::filesystem::path const& checkpoint, CommonOptions const& options) {
  return train::read_model(checkpoint, all_overrides(options));
}

}  // namespace metasolve::app

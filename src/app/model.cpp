// SPDX-License-Identifier: Apache-2.0
#include "src/app/model.hpp"

#include "src/train/run_settings.hpp"

namespace metasolve::app {

train::Checkpoint load_model(std::filesystem::path const& checkpoint, CommonOptions const& options) {
  return train::read_model(checkpoint, all_overrides(options));
}

}  // namespace metasolve::app

// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/app/run_folder.hpp"

#include "metasolve/detail/app/output.hpp"
#include "metasolve/detail/train/run_folder.hpp"

namespace metasolve::app {

std::filesystem::path checkpoint_of(std::filesystem::path const& run, std::string const& which) {
  auto const model = train::find_model(run, which);
  if (!model.notice.empty()) print_notice(model.notice);
  return model.path;
}

}  // namespace metasolve::app

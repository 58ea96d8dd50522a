// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "src/app/options.hpp"
#include "src/train/checkpoint.hpp"

namespace metasolve::app {

/// A checkpoint, with the overrides applied to its configuration. @throws InputError also for an override of what the
/// trained network rests on
train::Checkpoint load_model(std::filesystem::path const& checkpoint, CommonOptions const& options);

}  // namespace metasolve::app

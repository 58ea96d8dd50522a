// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "metasolve/detail/app/options.hpp"
#include "metasolve/detail/train/checkpoint.hpp"

namespace metasolve::app {

/// Reads a checkpoint and applies the overrides to its configuration. @throws InputError also for an override of a key
/// that the trained network depends on
train::Checkpoint load_model(std::filesystem::path const& checkpoint, CommonOptions const& options);

}  // namespace metasolve::app

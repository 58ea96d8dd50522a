// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

namespace metasolve::app {

/// The checkpoint that RUN names: a file itself; in a folder which ("best" or "last"). If the best is missing or
/// damaged, uses the last with a message on stderr. @throws InputError there is none
std::filesystem::path checkpoint_of(std::filesystem::path const& run, std::string const& which);

}  // namespace metasolve::app

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

namespace metasolve::app {

/// The checkpoint that RUN names: itself, if it is a file; else which ("best" or "last") of the folder. Where the best
/// is missing or damaged it is the last, with a word on stderr. @throws InputError there is none
std::filesystem::path checkpoint_of(std::filesystem::path const& run, std::string const& which);

}  // namespace metasolve::app

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

/// Questions about paths whose failure is an error that says what to do, not one of the standard library's.
namespace metasolve::io {

/// Is anything there? A link that leads nowhere is nothing. @throws InputError it cannot be told: a loop of links, a
/// name that is too long, a folder that may not be searched
bool exists(std::filesystem::path const& path);

/// @throws InputError as above
bool is_directory(std::filesystem::path const& path);

}  // namespace metasolve::io

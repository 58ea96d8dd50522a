// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

/// Path queries whose errors say what to do, unlike those of the standard library.
namespace metasolve::io {

/// Whether the path exists. A dangling link does not. @throws InputError undeterminable: a loop of links, a
/// name that is too long, a folder that may not be searched
bool exists(std::filesystem::path const& path);

/// @throws InputError as above
bool is_directory(std::filesystem::path const& path);

}  // namespace metasolve::io

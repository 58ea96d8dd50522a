// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

namespace metasolve::io {

/// Reads a whole file; one that is already open is read from its current position ("-" and /dev/stdin: standard input;
/// descriptor.hpp). Throws InputError, which names the file and the reason, when it cannot be read.
std::string read_file(std::filesystem::path const& path);

}  // namespace metasolve::io

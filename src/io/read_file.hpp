// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

namespace metasolve::io {

/// The whole content of a file, from where it stands for one that is open already ("-" and /dev/stdin: standard input;
/// descriptor.hpp). Throws InputError, which names the file and the reason, when it cannot be read.
std::string read_file(std::filesystem::path const& path);

}  // namespace metasolve::io

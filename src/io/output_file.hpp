// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string_view>

/// Where a command's result goes: a file, or what else a name can stand for.
namespace metasolve::io {

/// Is it standard output by one of its names: -, /dev/stdout, /dev/fd/1?
bool is_standard_output(std::filesystem::path const& path);

/// Writes a file as write_file_atomically does. What cannot be replaced is written to as it stands: open files of this
/// process (-, /dev/stdout, /dev/fd/N), devices (/dev/null), pipes; nothing of them is cut off.
/// @throws OutputError, which names the file and the reason
void write_output(std::filesystem::path const& path, std::string_view content);

}  // namespace metasolve::io

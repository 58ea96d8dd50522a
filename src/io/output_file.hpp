// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string_view>

/// Destination of a command's result: a file, or another object that a name can refer to.
namespace metasolve::io {

/// Whether the path is a name of standard output: -, /dev/stdout, /dev/fd/1.
bool is_standard_output(std::filesystem::path const& path);

/// Writes a file as write_file_atomically does. Destinations that cannot be replaced are written in place, without
/// truncation: open files of this process (-, /dev/stdout, /dev/fd/N), devices (/dev/null), pipes.
/// @throws OutputError, which names the file and the reason
void write_output(std::filesystem::path const& path, std::string_view content);

/// Whether write_output would write a file, as opposed to a standard stream, a device or a pipe.
bool is_plain_file(std::filesystem::path const& path);

}  // namespace metasolve::io

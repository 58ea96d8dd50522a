// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string_view>

namespace metasolve::io {

/// The open descriptor of this process that a name refers to: "-" for `dash`, /dev/stdin, /dev/stdout, /dev/stderr,
/// /dev/fd/N and /proc/self/fd/N, also through symbolic links; -1: another file. Reopening such a name would start at
/// the beginning of a redirected file, which others write to as well.
int descriptor_of(std::filesystem::path const& path, int dash);

/// Writes all bytes; continues after a short or interrupted write. Returns 0 or the error number.
int write_all(int fd, std::string_view content);

}  // namespace metasolve::io

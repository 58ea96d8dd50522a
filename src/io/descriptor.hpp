// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string_view>

namespace metasolve::io {

/// The open file of this process that a name stands for: "-" for `dash`, /dev/stdin, /dev/stdout, /dev/stderr,
/// /dev/fd/N and /proc/self/fd/N, also by symbolic links; -1: another file. To open such a name again would begin at
/// the start of a redirected file, where others write too.
int descriptor_of(std::filesystem::path const& path, int dash);

/// Writes all of it; a short or interrupted write is continued. Returns 0 or the error number.
int write_all(int fd, std::string_view content);

}  // namespace metasolve::io

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <istream>
#include <memory>

namespace metasolve::matrices {

/// Whether the name ends in .gz, in any case.
bool is_gzip(std::filesystem::path const& path);

/// Opens a file compressed by gzip for reading as text; it is unpacked on the way (zlib). Reading throws InputError,
/// which names the file, where the file is damaged or ends early, and where it unpacks to more than `limit` bytes.
/// @throws InputError it cannot be opened
std::unique_ptr<std::istream> open_gzip(std::filesystem::path const& path, std::int64_t limit);

}  // namespace metasolve::matrices

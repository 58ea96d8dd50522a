// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

/// What all readers of text share: encodings, line ends, numbers.
namespace metasolve::io {

/// Bytes to skip at the start of a text: a UTF-8 byte order mark's, or none.
/// @throws InputError it is UTF-16 or UTF-32, which is named
std::size_t text_start(std::string_view text, std::filesystem::path const& path);

/// The whole content of a text file, without a byte order mark. Lines end in "\n", or "\r\n" as in the file; those of
/// files that know "\r" alone end in "\n". @throws InputError as read_file and text_start do
std::string read_text(std::filesystem::path const& path);

/// The whole word as a number, a leading plus sign allowed; the nearest double, whatever the locale: 1e-400 is 0, 1e400
/// infinite. False where it is none.
bool parse_real(std::string_view word, double& value);

/// For messages: short, quoted, and on one line whatever the file holds.
std::string shown(std::string_view text);

/// The shortest decimal that reads back as the same number.
std::string shortest(double value);

/// "31.4 MB".
std::string size_text(std::uint64_t bytes);

}  // namespace metasolve::io

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

/// Shared by all text readers: encodings, line ends, numbers.
namespace metasolve::io {

/// Bytes to skip at the start of a text: those of a UTF-8 byte order mark, or none.
/// @throws InputError the text is UTF-16 or UTF-32, which is named
std::size_t text_start(std::string_view text, std::filesystem::path const& path);

/// The whole content of a text file, without a byte order mark. Lines end in "\n", or "\r\n" as in the file; in files
/// that use "\r" alone they end in "\n". @throws InputError as read_file and text_start do
std::string read_text(std::filesystem::path const& path);

/// Parses the whole word as a number, with an optional leading plus sign; the nearest double, in any locale: 1e-400 is
/// 0, 1e400 is infinite. Returns false if it is not a number.
bool parse_real(std::string_view word, double& value);

/// For messages: short, quoted and on one line, whatever the file contains.
std::string shown(std::string_view text);

/// The shortest decimal that reads back as the same number.
std::string shortest(double value);

/// "31.4 MB".
std::string size_text(std::uint64_t bytes);

}  // namespace metasolve::io

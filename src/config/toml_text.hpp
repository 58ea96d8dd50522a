// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <toml++/toml.h>

#include <string>
#include <string_view>

namespace metasolve::config {

/// Parts that a dotted key may have; ours have two. toml++ bounds how deeply values nest, but takes the stack for each
/// part of a key.
inline constexpr int most_key_parts = 8;

/// toml::parse of a text with dotted keys of bounded length.
/// @throws InputError a key has more parts
/// @throws toml::parse_error
toml::table parse_toml(std::string_view text, std::string const& origin);

}  // namespace metasolve::config

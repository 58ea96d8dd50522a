// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <toml++/toml.h>

#include <string>
#include <string_view>

namespace metasolve::config {

/// Maximum number of parts of a dotted key; our keys have two. toml++ limits the nesting of values but uses stack for
/// each part of a key.
inline constexpr int most_key_parts = 8;

/// toml::parse for text whose dotted keys have limited length.
/// @throws InputError a key has too many parts
/// @throws toml::parse_error
toml::table parse_toml(std::string_view text, std::string const& origin);

}  // namespace metasolve::config

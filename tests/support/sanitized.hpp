// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace metasolve::test {

/// Is this a build for AddressSanitizer or ThreadSanitizer? What runs there is ten times as slow, and what it finds it
/// finds in a tenth of the work.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool is_sanitized = true;
#else
inline constexpr bool is_sanitized = false;
#endif

}  // namespace metasolve::test

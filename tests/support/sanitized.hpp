// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace metasolve::test {

/// Whether this is an AddressSanitizer or ThreadSanitizer build. Tests run ten times slower there, and a tenth of the
/// work is enough to detect errors.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool is_sanitized = true;
#else
inline constexpr bool is_sanitized = false;
#endif

}  // namespace metasolve::test

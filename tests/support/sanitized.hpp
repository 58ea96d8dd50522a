// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace metasolve::test {

/// Whether this is an AddressSanitizer or ThreadSanitizer build. Tests run ten times slower there, and a tenth of the
/// work is enough to detect errors.
#ifdef METASOLVE_SANITIZED  // not the compiler's macro: some tests are not checked themselves
inline constexpr bool is_sanitized = true;
#else
inline constexpr bool is_sanitized = false;
#endif

}  // namespace metasolve::test

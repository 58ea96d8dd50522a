// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>

namespace metasolve::app {

/// While it lives, the first SIGINT or SIGTERM only asks to stop; a second one kills at once, as without it.
/// One at a time.
class Interrupt {
 public:
  Interrupt();
  Interrupt(Interrupt const&) = delete;
  Interrupt& operator=(Interrupt const&) = delete;
  ~Interrupt();

  /// True from the first signal on.
  [[nodiscard]] std::atomic<bool> const* flag() const;
  /// The first signal; 0: none came.
  [[nodiscard]] int signal() const;
};

}  // namespace metasolve::app

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>

namespace metasolve::app {

/// During its lifetime the first SIGINT or SIGTERM only requests a stop; a second one kills at once, as by default.
/// One instance at a time.
class Interrupt {
 public:
  Interrupt();
  Interrupt(Interrupt const&) = delete;
  Interrupt& operator=(Interrupt const&) = delete;
  ~Interrupt();

  /// True after the first signal.
  [[nodiscard]] std::atomic<bool> const* flag() const;
  /// The first signal; 0: none.
  [[nodiscard]] int signal() const;
};

}  // namespace metasolve::app

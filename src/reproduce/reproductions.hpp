// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <functional>

#include "metasolve/executor.hpp"
#include "src/reproduce/report.hpp"

namespace metasolve::reproduce {

struct Settings {
  Scale scale = Scale::full;
  int seeds = 5;
  std::function<void(std::string const&)> say;  ///< one line of progress; may be empty
  std::atomic<bool> const* stop = nullptr;      ///< true: give up with Stopped at the next chance
};

/// The theory of sections 2.2.2 and 3.1.1 and appendix B, by the engine's own Jacobi.
Report theory(Executor const& executor, Settings const& settings);

}  // namespace metasolve::reproduce

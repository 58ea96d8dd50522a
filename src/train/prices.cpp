// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/train/prices.hpp"

#include <algorithm>

#include "metasolve/detail/train/calibration.hpp"
#include "metasolve/error.hpp"

namespace metasolve::train {

std::vector<engine::Price> prices_of(Executor const& executor, config::RunConfig const& config,
                                     engine::Tasks const& tasks) {
  std::vector<engine::Price> prices;
  if (config.loss.cost == engine::Cost::count) return prices;
  constexpr std::int64_t enough = 256;
  for (auto const& kind : tasks.kind->variants()) {
    if (config.loss.cost == engine::Cost::flops) {
      auto const counted = kind->operations();
      if (!counted) {
        throw InputError("loss.cost: given \"flops\", but the operations of problem \"" + config.problem.name +
                         "\" are not counted; write \"time\"");
      }
      prices.push_back(*counted);
      continue;
    }
    auto some = engine::slice(tasks, 0, std::min(tasks.count, enough));
    some.kind = kind;
    prices.push_back(measured_price(executor, some));
  }
  return prices;
}

}  // namespace metasolve::train

// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/app/online_learning.hpp"

#include <cmath>

#include "metasolve/detail/app/output.hpp"

namespace metasolve::app {

std::string online_text(OnlineReport const& report, std::string const& task) {
  auto const tasks = static_cast<double>(report.tasks);
  auto const share = [&](std::int64_t part) {
    return number("%.1f", report.tasks > 0 ? 100 * static_cast<double>(part) / tasks : 0) + " %";
  };
  std::string text = "online: " + number("%.4g", report.cost) + " iterations a " + task + ", " +
                     number("%.4g", report.constant_cost) + " with the constant, as estimated (" +
                     number("%.1f", std::abs(100 * report.saved())) + " % " + (report.saved() < 0 ? "more" : "fewer") +
                     "), " + number("%.4g", report.cost - report.regret) + " with the best factors known now\n";
  text += "online: of " + std::to_string(report.tasks) + " " + task + "s " + share(report.constants) +
          " with the constant, " + share(report.explored) + " to explore, " + share(report.retried) +
          " solved again with the constant\n";
  return text;
}

nlohmann::ordered_json online_document(OnlineReport const& report) {
  return {{"calls", report.calls},
          {"tasks", report.tasks},
          {"cost", report.cost},
          {"constant_cost", report.constant_cost},
          {"saved", report.saved()},
          {"regret", report.regret},
          {"constants", report.constants},
          {"explored", report.explored},
          {"replaced", report.replaced},
          {"retried", report.retried},
          {"debt", report.debt}};
}

}  // namespace metasolve::app

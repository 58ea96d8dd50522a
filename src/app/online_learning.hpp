// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "metasolve/online_report.hpp"

namespace metasolve::app {

/// What an online meta-solver has learned, in two lines for people. task: what a task is called, such as "step".
std::string online_text(OnlineReport const& report, std::string const& task);
/// The same as JSON, without bins and cells.
nlohmann::ordered_json online_document(OnlineReport const& report);

}  // namespace metasolve::app

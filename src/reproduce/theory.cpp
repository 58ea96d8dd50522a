// SPDX-License-Identifier: Apache-2.0
#include "src/reproduce/reproductions.hpp"

namespace metasolve::reproduce {

Report theory(Executor const&, Settings const&) { return {"theory", {}, nlohmann::ordered_json::object()}; }

}  // namespace metasolve::reproduce

// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/exec/plugin.hpp"

#include "metasolve/compiled/executor_list.hpp"

namespace metasolve::exec {

std::vector<ExecutorPlugin const*> const& executor_plugins() {
  static auto const all = listed_plugins();
  return all;
}

ExecutorPlugin const* find_plugin(std::string_view name) noexcept {
  for (auto const* plugin : executor_plugins()) {
    if (plugin->name == name) return plugin;
  }
  return nullptr;
}

int device_count(std::string_view name) noexcept {
  auto const* const plugin = find_plugin(name);
  return plugin == nullptr ? 0 : plugin->devices();
}

}  // namespace metasolve::exec

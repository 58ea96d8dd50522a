// SPDX-License-Identifier: Apache-2.0
#include "src/app/environment.hpp"

#include <initializer_list>
#include <string_view>

#include "src/exec/plugin.hpp"

namespace metasolve::app {

namespace {

char spin_count[] = "GOMP_SPINCOUNT=10000";
char** lent = nullptr;      ///< the entry of the environment that the setting stands in
char* lent_text = nullptr;  ///< what stood there

[[gnu::no_sanitize("address", "undefined", "thread")]] char** find_entry(char** environment, std::string_view name) {
  for (char** entry = environment; *entry != nullptr; ++entry) {
    std::size_t i = 0;
    while (i < name.size() && (*entry)[i] == name[i]) ++i;
    if (i == name.size() && (*entry)[i] == '=') return entry;
  }
  return nullptr;
}

/// Runs before the constructors of all libraries, the C library's among them, so that it calls nothing of any. The
/// environment cannot grow here: an entry that no library's constructor has a reason to read is lent.
[[gnu::no_sanitize("address", "undefined", "thread")]] void lend_an_entry(int, char**, char** environment) {
  if (find_entry(environment, "GOMP_SPINCOUNT") != nullptr || find_entry(environment, "OMP_WAIT_POLICY") != nullptr) {
    return;
  }
  for (std::string_view const name : {"_", "OLDPWD", "SHLVL", "LS_COLORS", "HOSTNAME", "LOGNAME", "USER", "MAIL",
                                      "INVOCATION_ID", "TERM", "PWD", "SHELL", "HOME", "PATH"}) {
    char** const entry = find_entry(environment, name);
    if (entry == nullptr) continue;
    lent = entry;
    lent_text = *entry;
    *entry = spin_count;
    return;
  }
}
#if defined(__linux__)
[[gnu::used, gnu::section(".preinit_array")]] void (*const before_libraries)(int, char**, char**) = lend_an_entry;
#endif

}  // namespace

void settle_environment() {
  if (lent != nullptr) *lent = lent_text;
  lent = nullptr;
  for (auto const* plugin : exec::executor_plugins()) {
    if (plugin->settle_process != nullptr) plugin->settle_process();
  }
}

}  // namespace metasolve::app

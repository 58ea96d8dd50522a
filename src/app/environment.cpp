// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/app/environment.hpp"

#include <initializer_list>
#include <string_view>

#include "metasolve/detail/exec/plugin.hpp"

namespace metasolve::app {

namespace {

char spin_count[] = "GOMP_SPINCOUNT=10000";
char** lent = nullptr;      ///< the environment entry that is temporarily replaced by the setting
char* lent_text = nullptr;  ///< its original text

[[gnu::no_sanitize("address", "undefined", "thread")]] char** find_entry(char** environment, std::string_view name) {
  for (char** entry = environment; *entry != nullptr; ++entry) {
    std::size_t i = 0;
    while (i < name.size() && (*entry)[i] == name[i]) ++i;
    if (i == name.size() && (*entry)[i] == '=') return entry;
  }
  return nullptr;
}

/// Runs before the constructors of all libraries, including the C library's, so it calls no library function. The
/// environment cannot grow here: it temporarily replaces an entry that no library's constructor reads.
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

// SPDX-License-Identifier: Apache-2.0
#include "src/api/policy.hpp"

#include "src/api/arguments.hpp"
#include "src/api/c_api.hpp"

namespace metasolve {

void api::check(Policy const& policy) {
  if (policy.first_max_iterations < 0) {
    reject("policy.first_max_iterations is " + std::to_string(policy.first_max_iterations) +
           ", expected 0 (none of its own) or more");
  }
}

// Without padding at its end: a field that a later version put there would read what an older program left undefined.
// The next number takes the place of `reserved`, where such a program has 0; once the struct is longer,
// c_api::first_size<metasolve_policy> stands here with the size of before.
static_assert(sizeof(metasolve_policy) == offsetof(metasolve_policy, reserved) + sizeof(std::int32_t));

Policy c_api::policy(metasolve_policy const* given) {
  auto const p = sized_or_default<metasolve_policy>("policy", given, METASOLVE_POLICY_DEFAULT);
  return {.meta_solver = p.meta_solver != 0, .retry = p.retry != 0, .first_max_iterations = p.first_max_iterations};
}

}  // namespace metasolve

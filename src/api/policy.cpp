// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/api/policy.hpp"

#include "metasolve/detail/api/arguments.hpp"
#include "metasolve/detail/api/c_api.hpp"

namespace metasolve {

void api::check(Policy const& policy) {
  if (policy.first_max_iterations < 0) {
    reject("policy.first_max_iterations is " + std::to_string(policy.first_max_iterations) +
           ", expected 0 (none of its own) or more");
  }
}

// The first version ended after `reserved`, without padding: a field placed there would read undefined memory of an
// older program. The next number replaces `reserved`, which is 0 in all programs so far.
template <>
inline constexpr std::size_t c_api::first_size<metasolve_policy> = offsetof(metasolve_policy, online);
static_assert(c_api::first_size<metasolve_policy> == offsetof(metasolve_policy, reserved) + sizeof(std::int32_t));
static_assert(sizeof(metasolve_policy) == offsetof(metasolve_policy, features) + sizeof(metasolve_const_batch_view));

Policy c_api::policy(metasolve_policy const* given) {
  auto const p = sized_or_default<metasolve_policy>("policy", given, METASOLVE_POLICY_DEFAULT);
  return {.meta_solver = p.meta_solver != 0,
          .retry = p.retry != 0,
          .first_max_iterations = p.first_max_iterations,
          .online = {p.online == nullptr ? nullptr : &p.online->online, view(p.features)}};
}

}  // namespace metasolve

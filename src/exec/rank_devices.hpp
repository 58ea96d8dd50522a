// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "metasolve/detail/exec/backend.hpp"
#include "metasolve/ranks.hpp"

/// Which part of a machine is a rank's (Executor::on_rank).
namespace metasolve::exec {

/// The device for `name` on this rank: "cuda:N" for "cuda" and for "auto" where there are devices; empty: as named.
/// Where the launcher shows each rank one device alone, that is device 0.
std::string device_of_rank(Ranks const& ranks, std::string_view name);

/// threads: as wanted; 0: the CPUs that are this rank's.
int threads_of_rank(Ranks const& ranks, int threads);

/// Collective. @throws DeviceError another rank has the same device, on the ranks that share it
void require_own_device(Ranks& ranks, Backend const& backend);

}  // namespace metasolve::exec

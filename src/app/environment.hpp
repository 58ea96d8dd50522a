// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace metasolve::app {

/// Two libraries read their settings when they are loaded, before main. If the caller has not set them and better
/// values are known, they get those; main and the programs it starts see the caller's environment. Call first in main.
/// Failures only cost speed.
///
/// GOMP_SPINCOUNT: by default a thread that waits at a join spins for milliseconds, and on a busy machine this takes
/// the time of the thread it waits for: 20 times slower, measured. The runtime has no call for it, so the setting is in
/// the environment from before the first library's constructor until this call; the program need not restart itself,
/// which would start another program under a loader or an emulator.
/// OPENBLAS_CORETYPE: an OpenBLAS that is older than the CPU uses its kernel for the oldest CPUs.
void settle_environment();

}  // namespace metasolve::app

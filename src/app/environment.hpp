// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace metasolve::app {

/// Two libraries read their settings when they are loaded, before main. Where the caller has not set them, and better
/// ones are known, they get those; what main and the programs it starts see of the environment is the caller's. First
/// in main. Whatever cannot be done costs speed alone.
///
/// GOMP_SPINCOUNT: by default a thread that waits at a join spins for milliseconds, and on a busy machine it spins away
/// the time that the thread it waits for needs: 20 times slower, measured. The runtime has no call for it, so the
/// setting stands in the environment from before the first library's constructor until this call; the program that
/// contains this file need not start itself anew, which would start another one under a loader or an emulator.
/// OPENBLAS_CORETYPE: an OpenBLAS that is older than the CPU takes its kernel for the oldest ones.
void settle_environment();

}  // namespace metasolve::app

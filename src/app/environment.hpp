// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace metasolve::app {

/// Two libraries read their settings before main runs. Where the caller has not set them, and better ones are known,
/// sets them and starts the program anew, once, in this process; returns if there is nothing to set.
///
/// GOMP_SPINCOUNT: by default a thread that waits at a join spins for milliseconds, and on a busy machine it spins away
/// the time that the thread it waits for needs: 20 times slower, measured.
/// OPENBLAS_CORETYPE: an OpenBLAS that is older than the CPU takes its kernel for the oldest ones.
void settle_environment(char** argv);

}  // namespace metasolve::app

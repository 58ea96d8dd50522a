// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace metasolve::exec {

/// Upper limit of an executor's threads, also for --threads and resources.threads.
inline constexpr int most_threads = 4096;

/// Thread count of an executor for the requested count. 0: OpenMP's default (OMP_NUM_THREADS), or all processors where
/// that exceeds most_threads.
/// @throws InputError  asked is negative or more than most_threads
/// @throws DeviceError asked is more than the system lets this process start
int settled_threads(int asked);

/// How many of the wanted threads the calling thread's next parallel region may use; at least 1. OpenMP's runtime ends
/// the process if it cannot start a thread, and hangs in a forked child that waits for its parent's threads. So this
/// starts trial threads, all at once, before a region that needs more than this thread's last one; where a fork removed
/// the other threads, it returns 1. Between the trial and the runtime's own start, another thread or process may take
/// the resources: a window of microseconds that cannot be closed from outside the runtime.
int threads_to_be_had(int wanted) noexcept;

/// Whether this process was forked after the library was loaded.
bool is_forked() noexcept;

}  // namespace metasolve::exec

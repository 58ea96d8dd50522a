// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace metasolve::exec {

/// Most threads of an executor: the limit of --threads and resources.threads as well.
inline constexpr int most_threads = 4096;

/// The threads of an executor that was asked for so many. 0: as many as OpenMP would take (OMP_NUM_THREADS), or all
/// processors where that is more than most_threads.
/// @throws InputError  asked is negative or more than most_threads
/// @throws DeviceError asked is more than the system lets this process start
int settled_threads(int asked);

/// How many threads, of those wanted, the calling thread's next parallel region may have; at least 1. OpenMP's runtime
/// ends the process if it cannot start a thread, and hangs in a child of fork that waits for its parent's. So threads
/// are tried, all at once, before a region that needs more than the last one of this thread; and where fork has
/// taken a thread away from the others, it works alone. Between the try and the runtime's own start another thread or
/// process may take what there was: a window of microseconds that cannot be closed from outside of the runtime.
int threads_to_be_had(int wanted) noexcept;

/// Is this process the child of a fork since the library was loaded?
bool is_forked() noexcept;

}  // namespace metasolve::exec

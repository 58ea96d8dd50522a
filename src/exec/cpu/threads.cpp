// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/exec/cpu/threads.hpp"

#include <pthread.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <string>

#include "metasolve/error.hpp"

#if defined(_OPENMP)
#include <omp.h>
#endif

namespace metasolve::exec {

namespace {

std::atomic<bool> forked{false};

/// State of the calling thread.
struct Here {
  int last_team = 1;               ///< threads of its last parallel region, which the runtime keeps
  bool had_others_at_fork = true;  ///< between the handlers of a fork
  bool is_alone = false;           ///< a fork removed its team
  std::chrono::steady_clock::time_point next_try{};
};
thread_local Here here;

/// A single-threaded process has no team that a fork could break; daemons fork before they work.
void before_fork() {
  struct stat tasks {};
  constexpr nlink_t of_one_thread = 3;  // the folder, its parent's entry, one thread
  here.had_others_at_fork = ::stat("/proc/self/task", &tasks) != 0 || tasks.st_nlink != of_one_thread;
}
void in_child() {
  forked = true;
  here.is_alone = here.is_alone || here.had_others_at_fork;
  here.last_team = 1;
}
[[maybe_unused]] int const handlers = pthread_atfork(before_fork, nullptr, in_child);

#if defined(_OPENMP)

/// Stack size of the runtime's threads: "512", "512M", in KiB without a suffix; 0: the system default.
std::size_t team_stack_bytes() {
  for (char const* const name : {"OMP_STACKSIZE", "GOMP_STACKSIZE"}) {
    char const* const text = std::getenv(name);
    if (text == nullptr) continue;
    char* end = nullptr;
    auto const number = static_cast<std::size_t>(std::strtoull(text, &end, 10));
    while (*end == ' ') ++end;
    int const shift = *end == 'B' || *end == 'b'   ? 0
                      : *end == 'M' || *end == 'm' ? 20
                      : *end == 'G' || *end == 'g' ? 30
                                                   : 10;
    return number > (std::size_t{1} << 62 >> shift) ? 0 : number << shift;  // the runtime ignores values that overflow
  }
  return 0;
}

void* wait_for(void* gate) {
  static_cast<std::atomic<bool>*>(gate)->wait(false);
  return nullptr;
}

/// How many of `wanted` threads can exist at once: starts and joins them.
int startable(int wanted) noexcept {
  // malloc, like the threads' own memory: a host that counts its operator new sees no allocation in a call.
  auto* const threads = static_cast<pthread_t*>(std::malloc(static_cast<std::size_t>(wanted) * sizeof(pthread_t)));
  if (threads == nullptr) return 0;
  int made = 0;
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0) {
    std::free(threads);
    return 0;
  }
  if (std::size_t const bytes = team_stack_bytes(); bytes > 0) pthread_attr_setstacksize(&attributes, bytes);
  // These threads must not receive the host's signals.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  std::atomic<bool> gate{false};
  while (made < wanted && pthread_create(threads + made, &attributes, wait_for, &gate) == 0) ++made;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  gate = true;
  gate.notify_all();
  for (int i = 0; i < made; ++i) pthread_join(threads[i], nullptr);
  std::free(threads);
  pthread_attr_destroy(&attributes);
  return made;
}

/// GCC's runtime stores each new thread's work description on the stack of the thread that starts it.
int that_the_stack_holds(int wanted) noexcept {
  constexpr int few = 64;
  constexpr std::ptrdiff_t bytes_a_thread = 256, for_the_call = 65536;
  if (wanted <= few) return wanted;
  pthread_attr_t attributes;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) return few;
  void* lowest = nullptr;
  std::size_t size = 0;
  pthread_attr_getstack(&attributes, &lowest, &size);
  pthread_attr_destroy(&attributes);
  auto const left = static_cast<char const*>(__builtin_frame_address(0)) - static_cast<char const*>(lowest);
  return static_cast<int>(std::clamp<std::ptrdiff_t>((left - for_the_call) / bytes_a_thread, few, wanted));
}

#endif

}  // namespace

bool is_forked() noexcept { return forked; }

int settled_threads(int asked) {
  if (asked < 0 || asked > most_threads) {
    throw InputError("threads: " + std::to_string(asked) + " given, expected 0 (all) to " +
                     std::to_string(most_threads));
  }
#if defined(_OPENMP)
  if (asked == 0) {
    int const usual = omp_get_max_threads();
    return usual <= most_threads ? usual : std::clamp(omp_get_num_procs(), 1, most_threads);
  }
  if (asked > here.last_team && !here.is_alone) {
    int const had = here.last_team + startable(asked - here.last_team);
    if (had < asked) {
      throw DeviceError("threads: " + std::to_string(asked) + " asked for, but the system lets this process start " +
                        std::to_string(had) +
                        " (limits of processes or memory: ulimit -u, ulimit -v, a container's pids.max); ask for as "
                        "many, or for 0: as many as there are");
    }
  }
  return asked;
#else
  return asked > 0 ? asked : 1;
#endif
}

int threads_to_be_had(int wanted) noexcept {
#if defined(_OPENMP)
  if (here.is_alone) return 1;
  // In a parallel region of the caller, the runtime starts no threads.
  if (wanted <= here.last_team || omp_get_active_level() >= omp_get_max_active_levels()) {
    here.last_team = std::min(here.last_team, wanted);
    return wanted;
  }
  auto const now = std::chrono::steady_clock::now();
  if (now < here.next_try) return here.last_team;
  int const had = here.last_team + startable(that_the_stack_holds(wanted - here.last_team));
  // If there are too few, trying before every region would take longer than many regions do.
  if (had < wanted) here.next_try = now + std::chrono::seconds(1);
  return here.last_team = had;
#else
  return wanted;
#endif
}

}  // namespace metasolve::exec

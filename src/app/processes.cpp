// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/app/processes.hpp"

#if defined(METASOLVE_HAS_MPI)
#include "metasolve/mpi.hpp"
#endif

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>

#include "metasolve/error.hpp"

namespace metasolve::app {

namespace {

/// Processes of the job, as a launcher says: Open MPI's mpirun, MPICH's, Slurm's srun. Without one MPI is not begun,
/// which would take a moment, and on a cluster's front end may be forbidden. srun sets its number in an allocation's
/// shell too, where the program may run by itself; there SLURM_STEP_NUM_TASKS is of the step.
int processes_of_job() {
  constexpr std::array variables{"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "MPI_LOCALNRANKS", "SLURM_STEP_NUM_TASKS"};
  for (char const* const variable : variables) {
    if (char const* const text = std::getenv(variable)) return std::atoi(text);
  }
  return 1;
}

}  // namespace

#if defined(METASOLVE_HAS_MPI)

Processes::Processes() {
  if (processes_of_job() <= 1) return;
  int level = MPI_THREAD_SINGLE;
  MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &level);
  has_begun_ = true;
  if (level < MPI_THREAD_FUNNELED) {
    throw DeviceError(
        "this MPI was compiled without threads (MPI_THREAD_SINGLE), and metasolve has some; use an MPI with "
        "MPI_THREAD_FUNNELED");
  }
  auto ranks = mpi_ranks(MPI_COMM_WORLD);
  if (ranks->size() > 1) ranks_ = std::move(ranks);
}

Processes::~Processes() {
  ranks_.reset();
  if (has_begun_) MPI_Finalize();
}

void Processes::end_all(int status) {
  if (has_begun_) MPI_Abort(MPI_COMM_WORLD, status);
}

std::string mpi_version() {
  std::array<char, MPI_MAX_LIBRARY_VERSION_STRING> text{};
  int length = 0;
  MPI_Get_library_version(text.data(), &length);
  std::string const version(text.data(), static_cast<std::size_t>(length));
  return version.substr(0, version.find_first_of("\n,"));
}

#else

Processes::Processes() {
  if (processes_of_job() <= 1) return;
  throw InputError("started as " + std::to_string(processes_of_job()) +
                   " processes, but this metasolve was built without MPI; configure it again where an MPI is installed "
                   "(Debian: libopenmpi-dev), or start one process");
}
Processes::~Processes() = default;
void Processes::end_all(int) {}
std::string mpi_version() { return {}; }

#endif

std::string Processes::prefix() const {
  return ranks_ ? "rank " + std::to_string(ranks_->rank()) + ": " : std::string();
}

namespace {
Processes* begun = nullptr;
}

Processes& this_process() {
  static Processes processes;
  begun = &processes;
  return processes;
}
Processes* begun_process() { return begun; }

bool is_shared_command(int argc, char const* const* argv) {
  constexpr std::array<std::string_view, 5> shared{"train", "evaluate", "solve", "integrate", "reproduce"};
  for (int i = 1; i < argc; ++i) {
    std::string_view const word = argv[i];
    if (word == "--help" || word == "-h" || word == "--version") return false;
    if (word.starts_with('-')) continue;
    return std::ranges::find(shared, word) != shared.end() &&
           std::find_if(argv + i, argv + argc, [](std::string_view w) { return w == "--help" || w == "-h"; }) ==
               argv + argc;
  }
  return false;
}

}  // namespace metasolve::app

// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <csignal>
#include <random>

#include "metasolve/error.hpp"
#include "tests/programs/pool_support.hpp"
#include "tests/support/command.hpp"

namespace metasolve::test::pool_faults_test {

using programs::ProgramPool;

enum What { fine, crash, shot, hang, garbage, endless, other_id, too_few, negative, array, two_lines, kinds };

/// A program of the shell, which starts in a millisecond: its tasks are {"what":W,"omega":O}.
std::string faulty_program(TemporaryFolder const& folder) {
  auto const path = folder.write("faulty.sh", R"(while read -r line; do
  id=${line#*\"id\":}; id=${id%%,*}
  rest=${line#*\"tasks\":[}
  counts= end= more=
  while case $rest in *what*) true;; *) false;; esac; do
    rest=${rest#*\"what\":}; what=${rest%%[.,]*}
    rest=${rest#*\"omega\":}; omega=${rest%%[.\}]*}
    counts=$counts${counts:+,}$omega
    case $what in
      1) exit 3;;
      2) kill -KILL $$;;
      3) exec sleep 60;;
      4) echo 'Solver says: {oops'; continue 2;;
      5) while :; do printf '%01000d' 0; done;;
      6) id=$((id + 1));;
      7) counts=;;
      8) counts=$counts,-1;;
      9) printf '[1]\n'; continue 2;;
      10) more='
and more';;
    esac
  done
  echo "{\"id\":$id,\"iterations\":[$counts]}$more"
done
)");
  return "exec sh " + path.string();
}

std::int32_t expected_status(int what) { return what == fine ? 0 : what == hang ? 1 : 3; }

/// Solves tasks of these kinds and expects exactly those at fault to be marked.
void expect_marked(ProgramPool& pool, std::vector<double> const& what) {
  ProbeBatch batch(static_cast<std::int64_t>(what.size()), what, counted(what.size()));
  batch.probes.max_iterations = 1'000'000;
  pool.solve(batch.probes);
  for (std::size_t i = 0; i < what.size(); ++i) {
    int const kind = static_cast<int>(what[i]);
    ASSERT_EQ(batch.status[i], expected_status(kind)) << "task " << i << " of kind " << kind;
    ASSERT_EQ(batch.iterations[i], kind == fine ? static_cast<std::int32_t>(i) : kind == hang ? 1'000'000 : 0) << i;
  }
}

/// Or waits for its new parent to notice.
bool is_gone(int process) {
  auto const state = TemporaryFolder::read("/proc/" + std::to_string(process) + "/stat");
  return state.empty() || state.find(") Z ") != state.npos || state.find(") X ") != state.npos;
}

TEST(PoolFaults, EachKindIsItsTasksAlone) {
  TemporaryFolder const folder;
  io::NoticesTo const nobody(nullptr);
  auto settings = one_column(faulty_program(folder));
  settings.time_limit = 0.2;
  for (int kind = crash; kind < kinds; ++kind) {
    ProgramPool pool(settings);
    std::vector<double> what(12, fine);
    what[7] = kind;
    expect_marked(pool, what);
    auto const counts = pool.counts();
    EXPECT_EQ(counts.crashes + counts.time_limits + counts.bad_answers, 1) << kind;
    EXPECT_EQ(counts.time_limits, kind == hang ? 1 : 0);
    EXPECT_EQ(counts.crashes, kind == crash || kind == shot ? 1 : 0);
  }
}

TEST(PoolFaults, AThousandAreSurvivedAndNothingIsLeft) {
  TemporaryFolder const folder;
  io::NoticesTo const nobody(nullptr);
  auto settings = one_column(faulty_program(folder));
  settings.time_limit = 0.25;
  settings.chunk = 2;
  auto const before = open_descriptors();
  std::mt19937 random(1);
  std::int64_t faults = 0, hangs = 0;
  {
    ProgramPool pool(settings);
    expect_marked(pool, std::vector<double>(4, fine));
    while (faults < 1000) {
      std::vector<double> what;
      for (int i = 0; i < 64; ++i) {
        bool const fails = random() % 3 == 0;
        auto kind = fails ? 1 + random() % (kinds - 1) : 0;
        if (kind == hang && random() % 10 != 0) kind = crash;  // hangs take the time limit
        what.push_back(static_cast<double>(kind));
        faults += kind != fine ? 1 : 0;
        hangs += kind == hang ? 1 : 0;
      }
      expect_marked(pool, what);
      if (HasFatalFailure()) return;
    }
    auto const counts = pool.counts();
    EXPECT_EQ(counts.time_limits, hangs);
    EXPECT_EQ(counts.crashes + counts.bad_answers, faults - hangs);
    EXPECT_LE(open_descriptors(), before + 2 * 3);
  }
  EXPECT_EQ(open_descriptors(), before);
  EXPECT_TRUE(::waitpid(-1, nullptr, WNOHANG) < 0 && errno == ECHILD) << "a process is left";
}

TEST(PoolFaults, ALateCrashIsNotBlamedOnTheNextTask) {
  TemporaryFolder const folder;
  io::NoticesTo const nobody(nullptr);
  auto settings = one_column(python_program(folder, "  return int(what)",
                                            "  if any(t['what'] == 3 for t in request['tasks']):\n"
                                            "    print(json.dumps(answer), flush=True); os._exit(1)"));
  settings.processes = 1;
  settings.chunk = 1;
  ProgramPool pool(settings);
  ProbeBatch batch(6, counted(6), counted(6));
  pool.solve(batch.probes);
  EXPECT_EQ(batch.status, std::vector<std::int32_t>(6, 0));
  EXPECT_EQ(batch.iterations, (std::vector<std::int32_t>{0, 1, 2, 3, 4, 5}));
}

TEST(PoolFaults, ChildrenOfAProgramEndWithIt) {
  TemporaryFolder const folder;
  io::NoticesTo const nobody(nullptr);
  auto const note = folder / "pid";
  auto settings = one_column(python_program(
      folder, "  if what == 1:\n    os.system('sleep 60 & echo $! > " + note.string() + "; wait')\n  return 0"));
  settings.time_limit = 0.3;
  ProgramPool pool(settings);
  ProbeBatch batch(3, {0, 1, 0}, counted(3));
  pool.solve(batch.probes);
  EXPECT_EQ(batch.status, (std::vector<std::int32_t>{0, 1, 0}));
  auto const child = std::stoi(TemporaryFolder::read(note));
  EXPECT_TRUE(eventually([&] { return is_gone(child); }));
}

TEST(PoolFaults, AProgramEndsWithAKilledHost) {
  TemporaryFolder const folder;
  auto const note = folder / "pid";
  pid_t const host = ::fork();
  if (host == 0) {
    ProgramPool pool(one_column("echo $$ > " + note.string() + ".part; mv " + note.string() + ".part " + note.string() +
                                "; exec sleep 60"));
    ProbeBatch batch(1, {0}, {0});
    pool.solve(batch.probes);
    ::_exit(0);
  }
  ASSERT_TRUE(eventually([&] { return std::filesystem::exists(note); }));
  auto const program = std::stoi(TemporaryFolder::read(note));
  ::kill(host, SIGKILL);
  ::waitpid(host, nullptr, 0);
  EXPECT_TRUE(eventually([&] { return is_gone(program); }));
}

TEST(PoolFaults, AProgramHoldsNoPipeOfAnother) {
  TemporaryFolder const folder;
  auto settings =
      one_column(python_program(folder,
                                "  time.sleep(0.02)\n  fds = ['/proc/self/fd/' + n for n in "
                                "os.listdir('/proc/self/fd')]\n"
                                "  return sum(os.path.exists(fd) and 'pipe:' in os.readlink(fd) for fd in fds)"));
  settings.processes = 4;
  settings.chunk = 1;
  ProgramPool pool(settings);
  ProbeBatch batch(16, counted(16), counted(16));
  pool.solve(batch.probes);
  EXPECT_EQ(pool.counts().starts, 4);
  EXPECT_EQ(batch.iterations, std::vector<std::int32_t>(16, batch.iterations[0]));
}

TEST(PoolFaults, AChattyProgramIsHeardInParts) {
  TemporaryFolder const folder;
  ProgramPool pool(one_column(python_program(folder, "  sys.stderr.write('x' * 1000000); return 5")));
  ProbeBatch batch(8, counted(8), counted(8));
  pool.solve(batch.probes);
  EXPECT_EQ(batch.iterations, std::vector<std::int32_t>(8, 5));
}

TEST(PoolFaults, TheFirstIsTold) {
  TemporaryFolder const folder;
  std::vector<std::string> told;
  io::NoticesTo const notices([&](std::string const& text) { told.push_back(text); });
  auto settings = one_column(python_program(folder, "  if what: sys.exit('singular at ' + str(omega))\n  return 5"));
  ProgramPool pool(settings);
  ProbeBatch batch(3, {0, 1, 1}, {0, 0.5, 0.5});
  pool.solve(batch.probes);
  ASSERT_EQ(told.size(), 1U);
  for (auto const* const part : {"what = 1, omega = 0.5", "exited with status 1", "singular at 0.5"}) {
    EXPECT_NE(told[0].find(part), std::string::npos) << told[0];
  }
}

/// Counts SIGPIPE.
int pipes = 0;

TEST(PoolFaults, TheHostsSigpipeIsLeftAlone) {
  TemporaryFolder const folder;
  io::NoticesTo const nobody(nullptr);
  auto* const before = std::signal(SIGPIPE, [](int) { ++pipes; });
  // It closes its input when it has answered one request, and so the next one cannot be written.
  auto settings = one_column(
      python_program(folder, "  return 5",
                     "  if request['tasks']:\n    os.close(0); print(json.dumps(answer), flush=True); time.sleep(60)"));
  settings.time_limit = 0.2;
  settings.processes = 1;
  settings.chunk = 1;
  ProgramPool pool(settings);
  ProbeBatch batch(2, counted(2), counted(2));
  pool.solve(batch.probes);
  EXPECT_NE(std::signal(SIGPIPE, before), SIG_DFL);
  EXPECT_EQ(pipes, 0);
  EXPECT_EQ(batch.iterations[0], 5);
}

}  // namespace metasolve::test::pool_faults_test

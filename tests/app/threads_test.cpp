// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <limits>

#include "metasolve/detail/exec/cpu/threads.hpp"
#include "metasolve/error.hpp"
#include "metasolve/jacobi_solver.hpp"
#include "tests/support/c_api_handles.hpp"
#include "tests/support/command.hpp"
#include "tests/support/expect_message.hpp"

/// Threads that cannot be created, or that a fork removes: a message or fewer threads, never a crash or a call that
/// does not return.
namespace metasolve::threads_test {
namespace {

constexpr std::int64_t tasks = 600;
constexpr int unknowns = 16;

std::vector<double> solved(JacobiSolver<double>& solver) {
  std::vector<double> rhs(tasks * unknowns), solution(tasks * unknowns);
  for (std::size_t i = 0; i < rhs.size(); ++i) rhs[i] = 1.0 + static_cast<double>(i % 7);
  solver.solve({.count = tasks, .rhs = BatchView<double const>::array_of_structs(rhs.data(), unknowns)},
               {.tolerance = 1e-6, .max_iterations = 2000},
               {.solution = BatchView<double>::array_of_structs(solution.data(), unknowns)});
  return solution;
}
JacobiSolver<double> solver_on(int threads) {
  return JacobiSolver<double>::poisson(Executor::cpu(threads), unknowns, Measure::relative_residual,
                                       {.capacity = tasks});
}

/// Returns the result of `check` in a forked child; a child that hangs is killed.
template <class Check>
bool in_child(Check&& check) {
  pid_t const child = ::fork();
  if (child == 0) {
    ::alarm(30);
    ::_exit(check() ? 0 : 1);
  }
  int status = -1;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_FALSE(WIFSIGNALED(status)) << "killed by signal " << WTERMSIG(status);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

TEST(Threads, AreBounded) {
  for (int const threads : {-1, 4097, 100000, std::numeric_limits<int>::max()}) {
    test::expect_message<InputError>([&] { Executor::cpu(threads); }, {std::to_string(threads), "0 (all) to 4096"});
    metasolve_executor* executor = nullptr;
    test::expect_failure(metasolve_executor_open_cpu(threads, &executor), METASOLVE_CODE_INVALID_INPUT, "4096");
    EXPECT_EQ(executor, nullptr);
  }
}

TEST(Threads, AChildOfForkSolvesAlone) {
  EXPECT_TRUE(in_child([] { return exec::is_forked() && exec::threads_to_be_had(2) == 2; })) << "nobody was lost";
  EXPECT_FALSE(exec::is_forked());
  auto solver = solver_on(2);
  auto const here = solved(solver);  // from now on a second thread waits for work
  EXPECT_TRUE(in_child([&] { return solved(solver) == here; })) << "the parent's solver";
  EXPECT_TRUE(in_child([&] {
    auto own = solver_on(2);
    return solved(own) == here && solved(solver) == here;
  })) << "one of the child's own";
#if defined(_OPENMP)
  EXPECT_TRUE(in_child([&] { return exec::threads_to_be_had(2) == 1; }));
#endif
  EXPECT_EQ(solved(solver), here) << "the parent goes on";
}

class ThreadsOfTheCommand : public ::testing::Test {
 protected:
  test::CommandResult solve(std::vector<std::string> const& environment, std::vector<std::string> const& more) {
    std::vector<std::string> all{"/usr/bin/env", "OMP_NUM_THREADS=2"};
    all.insert(all.end(), environment.begin(), environment.end());
    for (auto const& argument : test::metasolve_arguments(
             {"solve", "--tasks", METASOLVE_SOURCE_DIR "/tests/data/poisson.csv", "--device", "cpu", "--out", out()})) {
      all.push_back(argument);
    }
    all.insert(all.end(), more.begin(), more.end());
    return test::Command(all).wait();
  }
  [[nodiscard]] std::string out() const { return (folder_ / "out.csv").string(); }
  [[nodiscard]] std::string result() const { return test::TemporaryFolder::read(out()); }
  test::TemporaryFolder folder_;
};

/// No address space can hold such a stack: the system refuses to create a thread.
constexpr char const* no_thread = "OMP_STACKSIZE=1000000G";

TEST_F(ThreadsOfTheCommand, AskedForByTheEnvironmentAreBounded) {
  ASSERT_EQ(solve({}, {}).status, 0);
  auto const usual = result();
  auto const many = solve({"OMP_NUM_THREADS=100000"}, {});
  EXPECT_EQ(many.status, 0) << many.err;
  EXPECT_EQ(result(), usual);
}

#if defined(_OPENMP)
TEST_F(ThreadsOfTheCommand, ThatCannotBeHadAreDoneWithout) {
  ASSERT_EQ(solve({}, {}).status, 0);
  auto const usual = result();
  auto const alone = solve({no_thread}, {});
  EXPECT_EQ(alone.status, 0) << alone.err;
  EXPECT_EQ(result(), usual);
  auto const asked = solve({no_thread}, {"--threads", "3"});
  EXPECT_EQ(asked.status, 2) << asked.err;
  EXPECT_NE(asked.err.find("3 asked for, but the system lets this process start 1"), std::string::npos) << asked.err;
}
#endif

}  // namespace
}  // namespace metasolve::threads_test

// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>

#include "metasolve/detail/io/clock.hpp"
#include "tests/programs/pool_support.hpp"

namespace metasolve::test::pool_speed_test {

using programs::ProgramPool;

/// The shortest of some batches of 64 tasks, in milliseconds, after one to start the processes.
double milliseconds(programs::ProgramSettings const& settings, int batches) {
  ProgramPool pool(settings);
  double best = 1e9;
  for (int i = 0; i <= batches; ++i) {
    ProbeBatch batch(64, counted(64), counted(64));
    auto const start = io::Clock::now();
    pool.solve(batch.probes);
    if (i > 0) best = std::min(best, 1e3 * io::seconds_since(start));
    EXPECT_EQ(std::ranges::count(batch.status, 0), 64);
  }
  return best;
}

TEST(PoolSpeed, ABatchOf64CostsLittle) {
  TemporaryFolder const folder;
  double const cost = milliseconds(one_column(python_program(folder, "  return 1")), 20);
  std::cout << "overhead of a batch of 64: " << cost << " ms\n";
  EXPECT_TRUE(cost < 200) << cost;  // 2 on an idle machine
}

TEST(PoolSpeed, TwoProcessesAreTwiceAsFast) {
  TemporaryFolder const folder;
  for (bool const computes : {false, true}) {
    auto settings = one_column(
        python_program(folder, computes ? "  return sum(range(200000)) % 7" : "  time.sleep(0.005); return 1"));
    settings.processes = 1;
    double const one = milliseconds(settings, 3);
    settings.processes = 2;
    double const two = milliseconds(settings, 3);
    std::cout << (computes ? "computing: " : "sleeping: ") << one / two << " times one process (" << one << ", " << two
              << " ms)\n";
    // Computing also needs two idle cores.
    EXPECT_TRUE(computes || one > 1.5 * two) << one << " " << two;
  }
}

}  // namespace metasolve::test::pool_speed_test

// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>

#include "metasolve/error.hpp"
#include "tests/programs/pool_support.hpp"
#include "tests/support/expect_message.hpp"

namespace metasolve::test::json_program_test {

using programs::ProgramPool;

TEST(JsonProgram, AnswersEachTaskInItsPlaceWhateverTheChunks) {
  TemporaryFolder const folder;
  auto settings = one_column(python_program(folder, "  return int(10 * what + omega)"));
  for (std::int64_t const chunk : {0, 1, 3, 100}) {
    settings.chunk = chunk;
    ProgramPool pool(settings);
    std::vector<double> what(17, 2);
    for (std::size_t i = 0; i < what.size(); ++i) what[i] = static_cast<double>(i % 5);
    ProbeBatch batch(17, what, counted(17));
    pool.solve(batch.probes);
    for (std::size_t i = 0; i < what.size(); ++i) {
      EXPECT_EQ(batch.status[i], 0);
      EXPECT_EQ(batch.iterations[i], 10 * (i % 5) + i);
    }
    EXPECT_LE(pool.counts().starts, 2);
  }
}

TEST(JsonProgram, StaysAliveBetweenBatches) {
  TemporaryFolder const folder;
  ProgramPool pool(one_column(python_program(folder, "  return 1")));
  for (int i = 0; i < 5; ++i) {
    ProbeBatch batch(8, counted(8), counted(8));
    pool.solve(batch.probes);
    EXPECT_EQ(batch.iterations, std::vector<std::int32_t>(8, 1));
  }
  EXPECT_EQ(pool.counts().starts, 2);
}

TEST(JsonProgram, IsSentAllDigitsAndTheNamesOfOptions) {
  TemporaryFolder const folder;
  auto const echo = folder / "requests";
  auto settings = one_column(
      "tee " + echo.string() +
      " | sed -u 's/.*\"id\":\\([0-9]*\\).*\"tasks\":\\[\\(.*\\)\\].*/\\1 \\2/; "
      "s/^\\([0-9]*\\) $/{\"id\":\\1,\"iterations\":[]}/; s/^\\([0-9]*\\) .*/{\"id\":\\1,\"iterations\":[5]}/'");
  settings.processes = 1;
  settings.parameters.push_back({"restart", 5, 50, ParameterKind::integer, 30});
  settings.parameters.push_back({"pc", 0, 1, ParameterKind::choice, 0, 1, {"icc", "jacobi"}});
  double const third = 1.0 / 3;
  {
    ProgramPool pool(settings);
    ProbeBatch batch(1, {third}, {1e-300, 12.4, 1});
    pool.solve(batch.probes);
    EXPECT_EQ(batch.iterations[0], 5);
  }
  auto const sent = TemporaryFolder::read(echo);
  EXPECT_EQ(sent,
            "{\"id\":0,\"tolerance\":1e-06,\"max_iterations\":100,\"tasks\":[]}\n"
            "{\"id\":1,\"tolerance\":1e-06,\"max_iterations\":100,\"tasks\":[{\"what\":0.3333333333333333,\"omega\":"
            "1e-300,\"restart\":12,\"pc\":\"jacobi\"}]}\n");
}

TEST(JsonProgram, SaysStatusByNameOrNumber) {
  TemporaryFolder const folder;
  ProgramPool pool(
      one_column(python_program(folder, "  return None if what == 5 else int(what)",
                                "  names = ['converged', 1, 'not_finite', 'breakdown', 4, None, None]\n"
                                "  answer['status'] = [names[int(task['what'])] for task in request['tasks']]")));
  ProbeBatch batch(7, {0, 1, 2, 3, 4, 5, 6}, counted(7));
  pool.solve(batch.probes);
  EXPECT_EQ(batch.status, (std::vector<std::int32_t>{0, 1, 2, 3, 4, 3, 0}));
}

TEST(JsonProgram, MoreIterationsThanTheLimitAreTheLimit) {
  TemporaryFolder const folder;
  ProgramPool pool(one_column(python_program(folder, "  return 101 if what else 100")));
  ProbeBatch batch(2, {0, 1}, counted(2));
  pool.solve(batch.probes);
  EXPECT_EQ(batch.status, (std::vector<std::int32_t>{0, 1}));
}

TEST(JsonProgram, AnswersWithHistories) {
  TemporaryFolder const folder;
  auto settings =
      one_column(python_program(folder, "  return 0",
                                "  lists = [[1, 0.1, 0], [1, float('nan'), 2], [float('inf')], [2] * 5, [2] * 4]\n"
                                "  answer['history'] = [lists[int(task['what'])] for task in request['tasks']]"));
  settings.cost = BlackBoxCost::history;
  ProgramPool pool(settings);
  ProbeBatch batch(5, counted(5), counted(5));
  batch.probes.max_iterations = 3;
  batch.with_history();
  pool.solve(batch.probes);
  EXPECT_EQ(batch.status, (std::vector<std::int32_t>{0, 2, 2, 1, 1}));
  EXPECT_EQ(batch.iterations, (std::vector<std::int32_t>{2, 0, 0, 3, 3}));
  EXPECT_EQ(batch.history[1], 0.1);
  EXPECT_EQ(batch.history[4], 1);
  for (std::size_t t = 0; t < 5; ++t) {
    for (int k = 0; k <= batch.iterations[t]; ++k) {
      EXPECT_TRUE(batch.history[4 * t + static_cast<std::size_t>(k)] >= 0) << t << " " << k;
    }
  }
}

TEST(JsonProgram, IsSentFiniteNumbersAlone) {
  TemporaryFolder const folder;
  double const nan = std::nan("");
  ProgramPool pool(one_column(python_program(folder, "  return int(10 * what + omega)")));
  ProbeBatch batch(6, {0, nan, 2, 3, 4, INFINITY}, {0, 1, 2, nan, 4, 5});
  pool.solve(batch.probes);
  EXPECT_EQ(batch.status, (std::vector<std::int32_t>{0, 2, 0, 2, 0, 2}));
  EXPECT_EQ(batch.iterations, (std::vector<std::int32_t>{0, 0, 22, 0, 44, 0}));
}

TEST(JsonProgram, SaysItsTimeOrIsTimed) {
  TemporaryFolder const folder;
  auto settings = one_column(
      python_program(folder, "  time.sleep(0.02)",
                     "  answer = {'id': request['id'], 'seconds': [t['what'] or None for t in request['tasks']]}"));
  settings.cost = BlackBoxCost::seconds;
  settings.chunk = 1;
  ProgramPool pool(settings);
  ProbeBatch batch(2, {0.25, 0}, counted(2));
  batch.with_seconds();
  pool.solve(batch.probes);
  EXPECT_EQ(batch.seconds[0], 0.25);
  EXPECT_TRUE(batch.seconds[1] >= 0.02 && batch.seconds[1] < 5) << batch.seconds[1];
}

TEST(JsonProgram, ThatNeverWorksIsAMistakeOfTheUser) {
  TemporaryFolder const folder;
  auto const refused = [](std::string const& command, std::initializer_list<std::string> parts) {
    auto settings = one_column(command);
    settings.start_limit = 5;
    ProgramPool pool(settings);
    ProbeBatch batch(4, counted(4), counted(4));
    expect_message<InputError>([&] { pool.solve(batch.probes); }, parts);
  };
  refused("metasolve-no-such-program", {"problem.command", "exited with status 127", "not found"});
  refused("echo Loading mesh; exec sleep 60", {"a line that is not JSON: \"Loading mesh\""});
  refused("echo no license >&2; exit 3", {"exited with status 3", "no license"});
  refused("kill -9 $$", {"was ended by signal 9", "wrote nothing"});
  refused("exec >&-; exec sleep 60", {"closed its standard output"});
  refused("cat", {"\"iterations\""});
  refused(python_program(folder, "  raise Exception('out of ideas')"), {"exited with status 1", "out of ideas"});
}

TEST(JsonProgram, ThatDoesNotAnswerItsFirstRequestIsAMistakeOfTheUser) {
  auto settings = one_column("exec sleep 60");
  settings.start_limit = 0.1;
  ProgramPool pool(settings);
  ProbeBatch batch(4, counted(4), counted(4));
  expect_message<InputError>([&] { pool.solve(batch.probes); }, {"first request, of no tasks, within 0.1 s"});
}

}  // namespace metasolve::test::json_program_test

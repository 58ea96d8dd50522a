// SPDX-License-Identifier: Apache-2.0
#include <numeric>

#include "metasolve/detail/io/csv.hpp"
#include "tests/support/robertson_command.hpp"

/// The commands with accelerated sweeps, as a user calls them.
namespace metasolve::accelerated_cli_test {
namespace {

using namespace test;

TEST_F(RobertsonCli, AcceleratedSweepsTrainEvaluateAndSolve) {
  Words const settings{"solver.acceleration=anderson", "solver.relaxation=1", "solver.learn=ini"};
  auto const run = trained("accelerated", settings);
  auto const figures = json_of({"evaluate", run, "--checkpoint", "last"})["tolerances"][0];
  EXPECT_EQ(figures["baseline"]["status"]["converged"], 300);
  EXPECT_LT(figures["baseline"]["mean"], 8);
  EXPECT_NE(figures["meta"]["mean"], figures["baseline"]["mean"]);
  auto const tuned = json_of(Words{"tune", robertson_config, "--from", "0.9", "--to", "1.1", "--spacing", "0.1"} +
                             sets(settings) + little);
  EXPECT_LT(tuned["best"]["mean_iterations"], 8);

  Words const last{"--model", run + "/last.safetensors"};
  auto const written = solved(reference, last + Words{"--threads", "1"});
  EXPECT_EQ(solved(reference, last + Words{"--threads", "2"}), written);
  auto const sum_of_counts = [&] {
    auto const counts = io::read_columns(at("out.csv"), {"iterations"}).values;
    return std::accumulate(counts.begin(), counts.end(), 0.0);
  };
  auto const accelerated = sum_of_counts();
  solved(reference, {});
  EXPECT_LT(4 * accelerated, sum_of_counts());

  auto const methods = json_of(Words{"integrate", "--sets", "3"} + last)["methods"];
  EXPECT_LT(6 * methods[3]["iterations"].get<int>(), methods[0]["iterations"].get<int>());
}

}  // namespace
}  // namespace metasolve::accelerated_cli_test

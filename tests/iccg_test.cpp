// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <sstream>

#include "beam_problem.hpp"
#include "executors.hpp"
#include "src/exec/cpu_exec.hpp"

/// ICCG(alpha) forward: counts of another program, each executor.
namespace metasolve {
namespace {

using kernels::Status;
using namespace test;

struct ReferenceRow {
  int task = 0;
  double alpha = 0;
  int iterations = 0;
};

/// Rows of one ordering and rule of iccg_counts.csv.
std::vector<ReferenceRow> reference_rows(std::string const& ordering, std::string const& rule) {
  std::ifstream file(beam_folder() / "iccg_counts.csv");
  std::string line;
  std::getline(file, line);
  std::vector<ReferenceRow> rows;
  while (std::getline(file, line)) {
    std::stringstream cells(line);
    std::string task, in, by, alpha, iterations;
    std::getline(cells, task, ',');
    std::getline(cells, in, ',');
    std::getline(cells, by, ',');
    std::getline(cells, alpha, ',');
    std::getline(cells, iterations, ',');
    if (in == ordering && by == rule) rows.push_back({std::stoi(task), std::stod(alpha), std::stoi(iterations)});
  }
  return rows;
}

class IccgOn : public OnExecutors {};

TEST(Iccg, CountsCpuDirect) {
  exec::CpuExec backend(2);
  for (std::string const ordering : {"file", "rcm"}) {
    Beams const beams(ordering == "rcm");
    for (auto const& [rule, fill] : std::vector<std::pair<std::string, problems::FillRule>>{
             {"level 0", {0, {}}}, {"level 1", {1, {}}}, {"level 2", {2, {}}}, {"fill 5", {0, 5}}}) {
      BeamSystem const system(backend, beams, fill);
      auto const solver = system.iccg();
      auto const rows = reference_rows(ordering, rule);
      ASSERT_EQ(rows.size(), 32u);
      std::vector<double> theta;
      std::vector<std::int32_t> tasks;
      for (auto const& r : rows) theta.push_back(r.alpha), tasks.push_back(r.task);
      RunSettings<double> s{{1e-6}, {243}, {}, 1.0, 64, tasks, {}};
      auto const result = run_lockstep<kernels::Pack<double>>(solver, theta, 32, s, false);
      int equal = 0;
      for (std::size_t i = 0; i < rows.size(); ++i) {
        auto const expected = rows[i].iterations;
        if (expected < 0) {
          EXPECT_EQ(result.status[i], static_cast<int>(Status::breakdown)) << ordering << " " << rule << " " << i;
        } else {
          EXPECT_LE(std::abs(result.iterations[i] - expected), std::max(2.0, 0.03 * expected))
              << ordering << " " << rule << " task " << rows[i].task << " alpha " << rows[i].alpha;
        }
        if (expected >= 0) std::cout << "ROW " << ordering << "," << rule << "," << rows[i].task << "," << rows[i].alpha << "," << expected << "," << result.iterations[i] << "\n";
        equal += (expected < 0 || result.iterations[i] == expected) ? 1 : 0;
      }
      if(0) std::cout << ordering << " " << rule << ": " << equal << " of 32 equal\n";
    }
  }
}

}  // namespace
}  // namespace metasolve

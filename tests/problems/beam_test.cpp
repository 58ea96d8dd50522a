// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "metasolve/detail/exec/cpu/cpu_exec.hpp"
#include "metasolve/detail/problems/beam_mesh.hpp"
#include "metasolve/detail/problems/elasticity.hpp"
#include "metasolve/detail/problems/registry.hpp"
#include "metasolve/detail/problems/shift_problem.hpp"
#include "metasolve/detail/train/evaluate.hpp"
#include "tests/support/beam_problem.hpp"
#include "tests/support/executors.hpp"

/// Clamped beams: assembly, features, and ICCG on them through the engine.
namespace metasolve::beam_test {
namespace {

using namespace test;
using kernels::BeamColumns;
using problems::BeamMesh;
using problems::BeamStencil;
using sparse::OrderingKind;

/// Matrices and right-hand sides of beams, assembled on the host.
struct Assembled {
  BeamStencil stencil;
  std::vector<double> values, rhs;

  Assembled(BeamMesh const& mesh, sparse::OrderingKind ordering, std::vector<double> const& beams)
      : stencil(mesh, ordering) {
    exec::CpuExec ex(1);
    problems::BeamStencilData const data(ex, stencil);
    auto const view = data.view();
    auto const count = static_cast<std::int64_t>(beams.size()) / BeamColumns::count;
    values.resize(static_cast<std::size_t>(count * view.pattern.values()));
    rhs.resize(static_cast<std::size_t>(count * view.pattern.unknowns));
    ex.launch(count, kernels::assembled_columns(view),
              kernels::AssembleBeams<double>{view, beams.data(), values.data(), rhs.data()});
  }
  /// Entry between two unknowns of the mesh.
  [[nodiscard]] double entry(std::int64_t beam, int i, int j) const {
    auto const& s = stencil.structure;
    auto const place = [&](int unknown) {
      return static_cast<std::int32_t>(std::ranges::find(stencil.order, unknown) - stencil.order.begin());
    };
    auto const first = beam * (s.entries() + s.unknowns);
    if (i == j) return values[static_cast<std::size_t>(first + s.entries() + place(i))];
    auto const e = s.find(place(i), place(j));
    return e < 0 ? 0 : values[static_cast<std::size_t>(first + e)];
  }
};

/// tests/data/beam, from FEniCS.
TEST(BeamAssembly, IsThatOfAnotherProgram) {
  Beams const reference(false);
  auto const params = io::read_columns(beam_folder() / "params.csv", {"W", "lambda", "mu", "rho"});
  auto const dofs = io::read_columns(beam_folder() / "dofs.csv", {"x", "y", "z", "component"});
  Assembled const ours({}, sparse::OrderingKind::rcm, params.values);
  std::vector<int> unknown;  // of the mesh, by the other program's numbers
  for (int i = 0; i < Beams::unknowns; ++i) {
    double const* const place = dofs.values.data() + 4 * i;
    for (int node = 0; node < ours.stencil.mesh.nodes(); ++node) {
      auto const c = ours.stencil.mesh.coordinates(node);
      if (std::abs(c[0] - place[0]) + std::abs(c[1] - place[1]) + std::abs(c[2] - place[2]) < 1e-9) {
        unknown.push_back(3 * node + static_cast<int>(place[3]));
      }
    }
  }
  ASSERT_EQ(unknown.size(), static_cast<std::size_t>(Beams::unknowns));
  auto const& s = reference.structure;
  std::int64_t const size = s.entries() + Beams::unknowns;
  for (std::int64_t k = 0; k < Beams::count; ++k) {
    double const* const a = reference.values.data() + k * size;
    double largest = 0;
    for (std::int64_t e = 0; e < size; ++e) largest = std::max(largest, std::abs(a[e]));
    for (int j = 0; j < Beams::unknowns; ++j) {
      auto const mine = unknown[static_cast<std::size_t>(j)];
      EXPECT_NEAR(ours.entry(k, mine, mine) / a[s.entries() + j], 1, 1e-12);
      for (auto e = s.col_ptrs[static_cast<std::size_t>(j)]; e < s.col_ptrs[static_cast<std::size_t>(j) + 1]; ++e) {
        ASSERT_NEAR(ours.entry(k, unknown[static_cast<std::size_t>(s.row_idxs[static_cast<std::size_t>(e)])], mine),
                    a[e], 1e-12 * largest);
      }
    }
    double rhs = 0;
    for (int i = 0; i < Beams::unknowns; ++i) {
      rhs = std::max(rhs, std::abs(reference.rhs[static_cast<std::size_t>(k * Beams::unknowns + i)]));
    }
    for (int i = 0; i < Beams::unknowns; ++i) {
      auto const at =
          std::ranges::find(ours.stencil.order, unknown[static_cast<std::size_t>(i)]) - ours.stencil.order.begin();
      EXPECT_NEAR(ours.rhs[static_cast<std::size_t>(k * Beams::unknowns + at)],
                  reference.rhs[static_cast<std::size_t>(k * Beams::unknowns + i)], 1e-12 * rhs);
    }
  }
}

/// On any box of cells: rigid translations and rotations of a free part produce no force, and gravity is the weight.
class BeamMeshes : public ::testing::TestWithParam<std::array<int, 3>> {};
TEST_P(BeamMeshes, KnowRigidMotionsAndTheirWeight) {
  BeamMesh const mesh{GetParam()};
  double const width = 0.2, rho = 3;
  Assembled const beam(mesh, sparse::OrderingKind::natural, {width, 1.5, 0.7, rho});
  int const across = mesh.cells[0] + 1;
  std::vector<std::array<double, 3>> place;
  for (int node = 0; node < mesh.nodes(); ++node) {
    auto const c = mesh.coordinates(node);
    place.push_back({c[0], c[1] * width, c[2] * width});
  }
  double weight = 0, largest = 0;
  for (double const v : beam.values) largest = std::max(largest, std::abs(v));
  for (int node = 0; node < mesh.nodes(); ++node) {
    if (node % across < 2) continue;  // clamped, or adjacent to a clamped node
    for (int a = 0; a < 3; ++a) {
      double shift = 0, turn = 0;
      for (int other = 0; other < mesh.nodes(); ++other) {
        auto const& x = place[static_cast<std::size_t>(other)];
        shift += beam.entry(0, 3 * node + a, 3 * other + 1);
        turn += beam.entry(0, 3 * node + a, 3 * other) * -x[1] + beam.entry(0, 3 * node + a, 3 * other + 1) * x[0];
      }
      EXPECT_NEAR(shift, 0, 1e-12 * largest);
      EXPECT_NEAR(turn, 0, 1e-12 * largest);
    }
  }
  for (double const f : beam.rhs) weight -= f;
  // Minus the load on the clamped nodes.
  double const whole = rho * 0.4 * width * width * width * width;
  EXPECT_LT(weight, whole);
  EXPECT_GT(weight, whole * (1 - 1.0 / mesh.cells[0]));
}
INSTANTIATE_TEST_SUITE_P(Boxes, BeamMeshes,
                         ::testing::Values(std::array{2, 1, 1}, std::array{8, 2, 2}, std::array{3, 2, 4}));

TEST(BeamTasks, AreDrawnFromThePapersRanges) {
  auto const stencil = std::make_shared<BeamStencil const>(BeamMesh{{2, 1, 1}}, sparse::OrderingKind::natural);
  auto const tasks = problems::sampled_beams(stencil, {}, 4000, 3, random::Stream::train_tasks);
  std::vector<double> beams(4000 * BeamColumns::count), again(4);
  tasks.fill(0, 4000, beams.data());
  tasks.fill(1234, 1, again.data());
  for (std::size_t c = 0; c < 4; ++c) {
    double const low = c == 0 ? 0.003 : 0.1, high = 100 * low;
    double mean = 0;
    for (std::size_t t = 0; t < 4000; ++t) {
      double const x = beams[4 * t + c];
      EXPECT_TRUE(x >= low && x <= high);
      mean += std::log(x / low) / std::log(100.0) / 4000;
    }
    EXPECT_NEAR(mean, 0.5, 0.03);
    EXPECT_EQ(again[c], beams[4 * 1234 + c]);
  }
}

class BeamsOn : public OnExecutors {};
METASOLVE_ON_EXECUTORS(BeamsOn);

/// Through the engine, on each executor: equal to the bodies alone, up to rounding effects.
TEST_P(BeamsOn, AreSolvedWithAConstantShift) {
  constexpr std::int64_t beams = 60;
  config::RunConfig c;
  c.problem.name = "elasticity";
  c.problem.test_tasks = beams;
  c.of<problems::ShiftSettings>().shift = 0.05;
  auto const splits = problems::problem_of(c).tasks(c);
  auto const features = train::feature_scale(c, splits.train);
  for (auto const& f : {features.shift, features.scale}) EXPECT_EQ(f.size(), 7U);
  auto const evaluator = engine::make_evaluator(executor(), train::learner_options(c, features), splits.test);
  train::solve_all(*evaluator, engine::Parameters::given, {1e-6, 243}, beams);
  auto const outcomes = evaluator->outcomes();
  double mean = 0;
  for (std::size_t t = 0; t < beams; ++t) {
    EXPECT_LE(outcomes.status[t], static_cast<int>(kernels::Status::iteration_limit));
    mean += static_cast<double>(outcomes.iterations[t]) / beams;
  }
  EXPECT_NEAR(mean, 122, 16);  // 122.2 over 1000 beams; 60 of them scatter by 9
}

}  // namespace
}  // namespace metasolve::beam_test

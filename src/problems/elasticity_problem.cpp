// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "metasolve/compiled/problem_list.hpp"
#include "metasolve/detail/config/field_makers.hpp"
#include "metasolve/detail/problems/elasticity.hpp"
#include "metasolve/detail/problems/shift_problem.hpp"
#include "metasolve/error.hpp"

namespace metasolve::problems {

namespace {

/// Clamped beams by conjugate gradients with incomplete Cholesky or SSOR (paper, section 4.2 and appendix C.3).
class ElasticityProblem final : public ShiftProblem {
 public:
  [[nodiscard]] std::string const& name() const override {
    static std::string const name = "elasticity";
    return name;
  }
  [[nodiscard]] std::vector<config::Field> keys() const override {
    using namespace config::make_field;
    auto keys = ShiftProblem::keys();
    keys.insert(keys.begin(),
                list(OwnPlace{&ElasticitySettings::cells}, Length{3, 3}, config::IntegerRange{1, 64},
                     {"problem.cells", "cells", "boxes along, across and up the beam, each of six tetrahedra"}));
    return keys;
  }

  [[nodiscard]] Splits tasks(config::RunConfig const& c) const override {
    require_parameter(c);
    auto const& p = c.problem;
    BeamMesh mesh;
    std::copy_n(c.of<ElasticitySettings>().cells.begin(), 3, mesh.cells.begin());
    auto const stencil = std::make_shared<BeamStencil const>(mesh, c.of<ShiftSettings>().ordering);
    auto const draw = [&](std::int64_t count, random::Stream stream) {
      return sampled_beams(stencil, iccg_settings(c), count, c.training.seed, stream);
    };
    return {draw(p.train_tasks, random::Stream::train_tasks),
            draw(p.validation_tasks, random::Stream::validation_tasks), draw(p.test_tasks, random::Stream::test_tasks)};
  }
  /// Only the beams' parameters are generated on the host.
  [[nodiscard]] std::uint64_t host_bytes(config::RunConfig const& c) const override {
    return kernels::BeamColumns::count * sizeof(double) * static_cast<std::uint64_t>(c.problem.train_tasks);
  }
  [[nodiscard]] SolveInput read(SolveRequest const&) const override {
    throw InputError(
        "--problem: beams are assembled from their numbers; solve with --problem spd, or evaluate a model");
  }

 private:
  /// In the order of kernels::BeamFeatures.
  [[nodiscard]] std::vector<model::Feature> feature_list() const override {
    return {{"log of the width"},
            {"log of lambda"},
            {"log of mu"},
            {"log of rho"},
            {"log of the 1-norm of A"},
            {"log of its infinity norm"},
            {"log of its Frobenius norm"}};
  }
  /// Paper, appendix C.3: alpha = sigmoid(z).
  [[nodiscard]] double highest_shift(config::RunConfig const&) const override { return 1; }
};

}  // namespace

Problem const& elasticity_problem() {
  static ElasticityProblem const problem;
  return problem;
}

}  // namespace metasolve::problems

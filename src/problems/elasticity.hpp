// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/detail/problems/beam_mesh.hpp"
#include "metasolve/detail/problems/iccg_settings.hpp"
#include "metasolve/detail/random/philox.hpp"

namespace metasolve::problems {

/// Part of a configuration (RunConfig::of).
struct ElasticitySettings {
  std::vector<int> cells = {8, 2, 2};
  bool operator==(ElasticitySettings const&) const = default;
};

/// Clamped beams of one mesh, whose matrices are assembled on the device. Rows: kernels::BeamColumns.
class BeamKind final : public IccgKind {
 public:
  BeamKind(std::shared_ptr<BeamStencil const> beams, IccgSettings settings)
      : IccgKind(std::move(settings)), stencil(std::move(beams)) {}

  [[nodiscard]] std::int64_t width() const override { return kernels::BeamColumns::count; }
  [[nodiscard]] std::vector<std::string> column_names() const override { return {"width", "lambda", "mu", "rho"}; }
  [[nodiscard]] engine::TaskGroup<double> bind(exec::Backend& exec, engine::Tasks const& tasks,
                                               engine::StageLimits const& limits) const override;
  void features_of(double const* rows, std::int64_t n, double* features) const override;

  std::shared_ptr<BeamStencil const> const stencil;

 private:
  [[nodiscard]] sparse::SymmetricStructure const& systems() const override { return stencil->structure; }
  [[nodiscard]] std::shared_ptr<engine::TaskKind const> with(IccgSettings settings) const override {
    return std::make_shared<BeamKind>(stencil, std::move(settings));
  }
};

/// The paper's beams (section 4.2, appendix C.3): W log-uniform on [0.003, 0.3], lambda, mu and rho on [0.1, 10].
engine::Tasks sampled_beams(std::shared_ptr<BeamStencil const> stencil, IccgSettings settings, std::int64_t count,
                            std::uint64_t seed, random::Stream stream);

}  // namespace metasolve::problems

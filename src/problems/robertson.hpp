// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string>
#include <vector>

#include "metasolve/detail/config/choices.hpp"
#include "metasolve/detail/problems/row_description.hpp"
#include "metasolve/detail/random/philox.hpp"
#include "metasolve/kernels/problems/systems/robertson.hpp"

namespace metasolve::problems {

enum class Learned { guess, relaxation, both };
/// Of Newton-SOR; anderson: kernels/solvers/anderson_sor.hpp.
enum class Acceleration { none, anderson };

/// Part of a configuration (RunConfig::of).
struct RobertsonSettings {
  int steps = 100;
  double last_time = 1e4;
  Learned learned = Learned::both;  ///< key: solver.learn
  double relaxation = 1.37;
  bool clamp = true;
  Acceleration acceleration = Acceleration::none;
  double relaxation_bias = -1.0;  ///< initial bias of the relaxation factor's output
  bool operator==(RobertsonSettings const&) const = default;
};

/// The paper's implicit Euler steps of Robertson's reaction (section 4.1, appendix C.2): c1, c2, c3 log-uniform on
/// [1e-4, 1], [1e5, 1e9], [1e2, 1e6]; from y = (1, 0, 0) through `steps` times spaced log-uniformly from 1e-6 to
/// last_time, all shifted by -1e-6 so that the first is 0. Task set * steps + n is step n of a set. (The last time in
/// the text, 1e3, does not reproduce its figures; 1e4 does.)
struct RobertsonDistribution {
  int steps = 100;
  double last_time = 1e4;
  double relaxation = 1.37;
  bool clamps = true;
  Acceleration acceleration = Acceleration::none;  ///< of the tasks' solver; the trajectories do not depend on it

  [[nodiscard]] double time(int step) const;
  [[nodiscard]] static std::array<double, 3> rate_constants(std::uint64_t seed, random::Stream stream,
                                                            std::int64_t set);
};

/// Stores trajectories between runs. The file of a distribution, seed, stream and length contains them and the text
/// that identifies their origin; a file that does not match its name is regenerated.
struct TrajectoryCache {
  std::string folder;                                   ///< empty: no cache
  std::function<void(std::string const&)> notice = {};  ///< one line describing a problem; may be empty

  /// In io::cache_folder. Notices as io::notices_of_this_thread.
  static TrajectoryCache from_environment();
};

/// y_prev of each task of `sets` sets, [sets][steps][3], each step solved to 1e-12 by the engine on the CPU.
/// @throws InputError a step did not converge: it is too long
std::vector<double> robertson_trajectories(RobertsonDistribution const& distribution, std::int64_t sets,
                                           std::uint64_t seed, random::Stream stream);

/// Rows as in kernels::ImplicitEuler, with the guess y_prev.
std::shared_ptr<RowDescription const> robertson_description(Acceleration acceleration = Acceleration::none);

/// These tasks by Newton's method with elimination, from y_prev, with full steps.
engine::Tasks robertson_by_newton(engine::Tasks tasks, bool clamps);

/// Tasks whose trajectories are read from the cache, or generated, on first access.
engine::Tasks sampled_robertson(RobertsonDistribution const& distribution, std::int64_t count, std::uint64_t seed,
                                random::Stream stream, TrajectoryCache const& cache);

/// The caller's tasks: rows [count][c1, c2, c3, h, y1, y2, y3]. clamps: keeps iterates within [-1, 2]. @throws
/// InputError a number that is not finite, c or h not positive, y outside the clamp; row_name(row) names it
engine::Tasks given_robertson(std::vector<double> const& rows, double relaxation, bool clamps,
                              std::function<std::string(std::int64_t)> const& row_name,
                              Acceleration acceleration = Acceleration::none);

}  // namespace metasolve::problems

namespace metasolve::io {

template <>
struct ChoiceNames<problems::Learned> {
  static constexpr ChoiceTable<problems::Learned, 3> table{
      {{problems::Learned::guess, "ini"}, {problems::Learned::relaxation, "relax"}, {problems::Learned::both, "both"}}};
};
template <>
struct ChoiceNames<problems::Acceleration> {
  static constexpr ChoiceTable<problems::Acceleration, 2> table{
      {{problems::Acceleration::none, "none"}, {problems::Acceleration::anderson, "anderson"}}};
};

}  // namespace metasolve::io

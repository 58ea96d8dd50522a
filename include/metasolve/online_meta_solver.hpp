// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "metasolve/executor.hpp"
#include "metasolve/meta_solver.hpp"
#include "metasolve/online_report.hpp"
#include "metasolve/types.hpp"

namespace metasolve {

class Ranks;
namespace online {
class Learner;
}

/// A meta-solver that learns while the program runs, without a training set. For each task of a call it chooses the
/// solver's parameters from features that the caller has anyway, such as a time step or a coefficient; and it learns
/// from what the solve cost, as a contextual bandit (docs/online.md: method, sources, what is guaranteed).
///
/// With a solver, in its call:
///
///   OnlineMetaSolver online(executor, {.parameters = {{.name = "omega", .low = 1, .high = 1.95, .constant = 1.5}},
///                                      .features = {{.name = "diffusion", .low = 1, .high = 1000,
///                                                    .is_logarithmic = true}},
///                                      .capacity = capacity});
///   solver.solve(tasks, stopping, results, {.online = {&online, features}});
///
/// or around anything that has a cost: `choose`, solve, `learn`.
///
/// A call does not allocate or synchronize, uses only the executor's stream, and can be captured in a graph. What is
/// chosen depends on the seed, the calls so far and their costs, and a task's position and features alone: where
/// counts are the cost, a run repeats to the bit. Use it, its executor and its solvers from one host thread at a time;
/// what several learn side by side can be merged.
class OnlineMetaSolver {
 public:
  /// One number that is chosen.
  struct Parameter {
    /// As the solver calls it: "omega", "shift", "relaxation", "restart", "guess_scale", "rho", "alpha"
    /// (docs/online.md), or a column of a problem of your own. Any other for choose and learn alone.
    std::string name;
    double low = 0, high = 0;     ///< its range, both ends included
    double constant = 0;          ///< what would be used without learning, in the range: gains are measured against it
    bool is_logarithmic = false;  ///< values lie evenly in the logarithm; low > 0
    int values = 16;              ///< of the grid, 2 to 32; of all parameters together at most 256
    /// An iteration costs 1 + the sum over all parameters of iteration_cost * value, which must be above 0: for
    /// parameters that make iterations dearer, such as a restart length.
    double iteration_cost = 0;
  };
  /// One number of a task on which its best parameters depend.
  struct Feature {
    std::string name;
    double low = 0, high = 0;     ///< its range; values beyond count as the nearer end
    bool is_logarithmic = false;  ///< its logarithm matters; low > 0
    int bins = 0;  ///< parts of the range with estimates of their own, of all features together at most 256; 0: 10 for
                   ///< one feature, 8 each for two, 4 for three, 2 for more, fewer with a grid of many points
  };
  /// Where the parameters come from.
  enum class Estimator : std::int32_t {
    bins,           ///< the mean cost of each bin at each point of the grid, smoothed over neighbours
    least_squares,  ///< log cost, quadratic in parameters and features, by recursive least squares
    network,        ///< a small network of the features, improved by score-function steps (Williams, 1992)
  };
  /// How parameters are tried. Not of Estimator::network, which adds normal noise.
  enum class Exploration : std::int32_t {
    confidence,  ///< the lowest cost within confidence bounds (Auer, Cesa-Bianchi and Fischer, 2002)
    thompson,    ///< each with the probability that it is the best (Thompson, 1933)
  };
  /// What is chosen, from what, and how.
  struct Options {
    std::vector<Parameter> parameters = {};  ///< 1 to 3
    std::vector<Feature> features = {};      ///< 0 to 6
    std::int64_t capacity = 0;               ///< maximum tasks per call, at least 1
    Estimator estimator = Estimator::bins;
    Exploration exploration = Exploration::confidence;
    std::int64_t memory = 4000;  ///< tasks after which an observation counts 1/e; 0: nothing is forgotten
    /// Of the tasks, at most this share is solved with the constants to know what is gained, less where they cost much
    /// more; 0 to 1.
    double constant_share = 1.0 / 64;
    double first_limit = 3;   ///< a first attempt ends at this many times the least expected cost plus two standard
                              ///< deviations of one; at least 1
    double most_loss = 0.05;  ///< of the constant's cost over any 500 tasks: exploration stops where it would lose more
    std::uint64_t seed = 1;
    /// Of costs given to `learn`: they are rounded to multiples of it, and at most 2^62 / capacity of them, and 2^50.
    /// The default suits seconds; for nanoseconds or operations take 1. Counts of a solver are whole.
    double cost_unit = 1e-9;
    /// Estimator::network: a trained meta-solver to begin with, of exactly these parameters and features, in its order
    /// (metasolve inspect); they have its ranges. None: 16 hidden units that choose the constants.
    std::optional<MetaSolver> prior = {};
  };

  /// @throws InputError an option out of range (names it); DeviceError; std::bad_alloc
  OnlineMetaSolver(Executor const& executor, Options const& options);
  /// What `save` wrote, for the same parameters and features. capacity: 0: as it was.
  /// @throws InputError not such a file, or damaged; DeviceError; std::bad_alloc
  static OnlineMetaSolver load(Executor const& executor, std::filesystem::path const& file, std::int64_t capacity = 0);

  /// What another one has learned, on this executor. capacity: 0: as it was. Synchronizes.
  OnlineMetaSolver(Executor const& executor, OnlineMetaSolver const& other, std::int64_t capacity);

  /// Can be moved, not copied.
  OnlineMetaSolver(OnlineMetaSolver&&) noexcept;
  OnlineMetaSolver& operator=(OnlineMetaSolver&&) noexcept;
  ~OnlineMetaSolver();

  [[nodiscard]] Options const& options() const noexcept;  ///< with nothing automatic

  /// Chooses parameters for a call's tasks. features: [count][features], null if there are none; a task with one that
  /// is not finite gets the constants, and nothing is learned from it. Returns theta [count][parameters] in the
  /// executor's memory, valid until the next call. @throws InputError count beyond the capacity, features missing or
  /// not accessible
  BatchView<double const> choose(std::int64_t count, BatchView<double const> const& features = {});
  /// From the costs of the tasks of the last `choose` (Options::cost_unit). Lower is better; negative or not finite:
  /// the task failed. @throws InputError no `choose` since the last one, cost not accessible, or it has learned from a
  /// solver's counts
  void learn(Column<double> const& cost);

  /// What has been learned. Synchronizes.
  [[nodiscard]] OnlineReport report() const;

  /// Writes what has been learned, some 10 KB. Synchronizes. @throws OutputError
  void save(std::filesystem::path const& file) const;

  /// What was learned since the last `merge`, or since the beginning: sums, which may be added to those of others with
  /// the same options, for example by MPI_Allreduce. Of Estimator::network the weights, which are averaged.
  /// Synchronizes.
  [[nodiscard]] std::vector<double> learned() const;
  /// sum: of `learned` of all, this one included. Afterwards all know the same. Synchronizes.
  /// @throws InputError another length, or not finite
  void merge(std::span<double const> sum);
  /// The same with what all ranks have learned, summed in the order of ranks. Collective.
  void merge(Ranks& ranks);

  /// For the library's internal use.
  [[nodiscard]] online::Learner& learner() const noexcept;

 private:
  class Implementation;
  explicit OnlineMetaSolver(std::unique_ptr<Implementation> implementation);
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace metasolve

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "metasolve/detail/train/checkpoint.hpp"
#include "metasolve/detail/train/quick_tuning.hpp"

/// What a meta-solver is compared with besides the tasks' own parameters.
namespace metasolve::train {

/// The best constant value of the problem's parameter.
struct TunedConstant {
  double value = 0;
  std::string name;                       ///< for display: "shift 0.01"
  std::optional<FastestConstant> search;  ///< on validation tasks; empty: training found it
  bool is_own = false;                    ///< it is the tasks' own parameter
};

/// How a constant is found.
enum class ConstantSearch {
  by_time,  ///< the fastest of a short search on validation tasks; where tasks are costly, as `none`
  none,     ///< the one that training found
};

/// Empty: none is known. @throws InputError, DeviceError, std::bad_alloc
std::optional<TunedConstant> best_known_constant(Executor const& executor, Checkpoint const& checkpoint,
                                                 ConstantSearch search);

/// Evaluators of the test tasks. Null: none.
struct Alternatives {
  std::optional<TunedConstant> constant;
  std::unique_ptr<engine::Evaluator> tuned;  ///< with that constant, unless it is the tasks' own
  std::unique_ptr<engine::Evaluator> direct;
  std::string direct_name;
  /// Of a choice: each variant for all tasks, with the fastest value of its parameter.
  struct Fixed {
    std::string name;
    bool is_direct = false;
    std::unique_ptr<engine::Evaluator> evaluator;
  };
  std::vector<Fixed> fixed;
};
Alternatives alternatives_to(Executor const& executor, Checkpoint const& checkpoint,
                             engine::LearnerOptions const& options, engine::Tasks const& test, ConstantSearch search);

}  // namespace metasolve::train

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "metasolve/detail/exec/backend.hpp"
#include "metasolve/detail/exec/collective.hpp"
#include "metasolve/ranks.hpp"

namespace metasolve::exec {

/// The ranks of an executor, and its exchanges with theirs. The executor must outlive it.
class RankGroup {
 public:
  RankGroup(Backend& backend, std::shared_ptr<Ranks> ranks) : backend_(backend), ranks_(std::move(ranks)) {}
  [[nodiscard]] Ranks& ranks() const { return *ranks_; }
  Collective& collective() {
    if (!collective_) collective_ = backend_.collective(*ranks_);
    return *collective_;
  }

 private:
  Backend& backend_;
  std::shared_ptr<Ranks> ranks_;
  std::unique_ptr<Collective> collective_;
};

}  // namespace metasolve::exec

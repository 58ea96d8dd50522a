// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/training.hpp"
#include "src/train/problem_setup.hpp"

/// Problems that a program brings (problems/foreign_tasks.hpp), as training sees them.
namespace metasolve::train {

/// From now on `problem` is known in this process by its name. The first of a name stays. Any thread.
void register_problem(problems::ForeignProblem const& problem);

/// @throws InputError the name is not that type's: unknown, the library's own, or of another problem before it
void require_foreign_setup(std::string const& name, std::type_index type);

/// Null: there is none. What comes back lives as long as the process. Any thread.
ProblemSetup const* find_foreign_setup(std::string const& name);

/// While it lives the problem's tasks and solver are these. @throws InputError another training of the problem is under
/// way
class ForeignData {
 public:
  ForeignData(std::string const& name, api::ForeignRun run);
  ForeignData(ForeignData const&) = delete;
  ForeignData& operator=(ForeignData const&) = delete;
  ~ForeignData();

 private:
  std::string name_;
};

}  // namespace metasolve::train

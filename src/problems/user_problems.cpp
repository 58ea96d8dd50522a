// SPDX-License-Identifier: Apache-2.0
#include <map>

#include "metasolve/error.hpp"
#include "src/problems/registry.hpp"
#include "src/problems/row_problem.hpp"

namespace metasolve::problems {

namespace {

/// What programs have registered, by name: the first of each stays, and where it is.
struct UserProblems {
  std::mutex mutex;
  std::map<std::string, UserProblem> all;

  static UserProblems& instance() {
    static UserProblems problems;
    return problems;
  }
};

}  // namespace

void register_problem(RowDescription description) {
  auto& users = UserProblems::instance();
  UserProblem const* added = nullptr;
  {
    std::lock_guard const lock(users.mutex);
    auto const name = description.name;
    auto const [place, is_new] = users.all.try_emplace(name, std::move(description));
    if (is_new) added = &place->second;
  }
  if (added != nullptr) add_problem(*added);
}

UserProblem const& user_problem(std::string const& name, std::type_index type) {
  UserProblem const* found = nullptr;
  {
    auto& users = UserProblems::instance();
    std::lock_guard const lock(users.mutex);
    auto const place = users.all.find(name);
    if (place != users.all.end()) found = &place->second;
  }
  if (found == nullptr) {
    throw InputError("train: problem \"" + name + "\" is not known in this program; ProblemSolver makes it known");
  }
  if (found->description().type != type) {
    throw InputError("train: two problems of this program are named \"" + name + "\"; give one another name");
  }
  if (find_problem(name) != found) {
    throw InputError("train: problem \"" + name + "\" has the name of one of the library's own; give it another");
  }
  return *found;
}

}  // namespace metasolve::problems

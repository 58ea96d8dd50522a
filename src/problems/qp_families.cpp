// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/problems/qp_families.hpp"

#include <algorithm>

#include "metasolve/detail/config/field_makers.hpp"
#include "metasolve/detail/problems/qp_classes.hpp"
#include "metasolve/detail/problems/qp_folder.hpp"
#include "metasolve/detail/problems/qp_quadcopter.hpp"
#include "metasolve/error.hpp"

namespace metasolve::problems {

namespace {

struct KnownFamily {
  char const* name;
  int size, least, most;  ///< most: beyond it a task's factor takes too much memory
  QpFamily (*make)(QpSettings const& settings);
};

template <QpFamily (*make)(int, std::uint64_t)>
QpFamily of_size(QpSettings const& s) {
  return make(s.size, s.pattern_seed);
}

constexpr KnownFamily known_families[] = {
    {"quadcopter", 10, 1, 100, [](QpSettings const& s) { return quadcopter_family(false, s.size); }},
    {"quadcopter_condensed", 10, 1, 100, [](QpSettings const& s) { return quadcopter_family(true, s.size); }},
    {"control", 8, 2, 100, of_size<control_family>},
    {"lasso", 10, 2, 1000, of_size<lasso_family>},
    {"huber", 8, 2, 1000, of_size<huber_family>},
    {"svm", 10, 2, 1000, of_size<svm_family>},
    {"portfolio", 2, 1, 100, of_size<portfolio_family>},
    {"random", 20, 2, 1000, of_size<random_family>},
    {"equality", 60, 2, 1000, of_size<equality_family>},
};

std::string listed_families() {
  std::string list;
  for (auto const& known : known_families) list += (list.empty() ? "\"" : ", \"") + std::string(known.name) + '"';
  return list;
}

KnownFamily const& find_family(std::string const& name) {
  auto const* const found =
      std::ranges::find(known_families, name, [](auto const& known) { return std::string(known.name); });
  if (found != std::end(known_families)) return *found;
  throw InputError("problem.family: given \"" + name + "\", expected one of " + listed_families());
}

}  // namespace

std::vector<std::string> const& qp_family_names() {
  static std::vector<std::string> const names = [] {
    std::vector<std::string> result;
    for (auto const& known : known_families) result.emplace_back(known.name);
    return result;
  }();
  return names;
}

int usual_size(std::string const& name) { return find_family(name).size; }

QpFamily family_of(QpSettings const& given, std::int64_t memory) {
  if (!given.folder.empty()) return folder_family(given.folder, memory);
  auto const& known = find_family(given.of);
  QpSettings settings = given;
  if (settings.size == 0) settings.size = known.size;
  if (settings.size >= known.least && settings.size <= known.most) return known.make(settings);
  throw InputError("problem.size: is " + std::to_string(settings.size) + "; the family \"" + given.of + "\" takes " +
                   std::to_string(known.least) + " to " + std::to_string(known.most));
}

std::vector<config::Field> qp_family_keys() {
  using namespace config::make_field;
  using F = QpSettings;
  auto const read = [](json const& value) -> std::optional<std::string> {
    if (!value.is_string()) return std::nullopt;
    auto const& names = qp_family_names();
    auto const found = std::ranges::find(names, value.get_ref<std::string const&>());
    return found == names.end() ? std::nullopt : std::optional(*found);
  };
  return {fixed(make(OwnPlace{&F::of}, {"problem.family", "", "family of the programs"}, "choice",
                     "one of " + listed_families(), read, as_is)),
          fixed(integer(OwnPlace{&F::size}, {0, 1000},
                        {"problem.size", "",
                         "of the family: horizon of the quadcopter, states, features, factors or unknowns; 0: usual"})),
          fixed(integer(OwnPlace{&F::pattern_seed}, {0, max_int}, {"problem.pattern_seed", "", "of a random pattern"})),
          path(OwnPlace{&F::folder},
               {"problem.qp_folder", "",
                "folder of programs (.npz or .csv) in place of a family; relative to the configuration's"})};
}

}  // namespace metasolve::problems

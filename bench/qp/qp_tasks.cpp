// SPDX-License-Identifier: Apache-2.0
/// qp_tasks FAMILY SIZE COUNT SEED FOLDER: the first COUNT test tasks of a family of quadratic programs, for other
/// programs to read (bench/qp/families.py). Writes FOLDER/{family.json, rows.npy, p.npy, a.npy, weights.npy}: the
/// layout of rows; [COUNT][width] as problems::QpFamily says; row pointers, then column indices, then values of P
/// (lower triangle) and A; [m][2] weight and penalty of each row of A in training. SIZE 0: the family's default.
#include <algorithm>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "metasolve/detail/io/atomic_file.hpp"
#include "metasolve/detail/io/npy.hpp"
#include "metasolve/detail/problems/qp_families.hpp"
#include "metasolve/detail/problems/qp_kind.hpp"
#include "metasolve/detail/random/philox.hpp"

namespace {

using namespace metasolve;

void write(std::filesystem::path const& file, std::vector<double> const& values,
           std::vector<std::int64_t> const& shape) {
  io::write_file_atomically(file, io::npy_text(values, shape));
}

void write_matrix(std::filesystem::path const& file, problems::CsrPattern const& pattern,
                  std::vector<double> const& values) {
  std::vector<double> all(pattern.row_ptrs.begin(), pattern.row_ptrs.end());
  all.insert(all.end(), pattern.col_idxs.begin(), pattern.col_idxs.end());
  all.insert(all.end(), values.begin(), values.end());
  write(file, all, {static_cast<std::int64_t>(all.size())});
}

void write_tasks(problems::QpSettings const& settings, std::int64_t count, std::uint64_t seed,
                 std::filesystem::path const& folder) {
  auto const family = problems::family_of(settings);
  auto const width = family.width();
  std::vector<double> rows(static_cast<std::size_t>(count * width));
  for (std::int64_t i = 0; i < count; ++i)
    family.sample(seed, static_cast<int>(random::Stream::test_tasks), i, &rows[static_cast<std::size_t>(i * width)]);
  problems::QpKind const kind(std::make_shared<problems::QpFamily const>(family), {});
  // As a network takes them.
  std::vector<double> features(static_cast<std::size_t>(count * family.features()));
  kind.features_of(rows.data(), count, features.data());
  for (std::int64_t i = 0; i < count; ++i)
    std::copy_n(features.begin() + i * family.features(), family.features(), rows.begin() + i * width);
  std::filesystem::create_directories(folder);
  write(folder / "rows.npy", rows, {count, width});
  write_matrix(folder / "p.npy", family.p, family.p_values);
  write_matrix(folder / "a.npy", family.a, family.a_values);
  std::vector<double> weights;
  for (std::size_t i = 0; i < kind.weight.size(); ++i) {
    weights.push_back(kind.weight[i]);
    weights.push_back(kind.group_of_row[i]);
  }
  write(folder / "weights.npy", weights, {family.rows(), 2});
  nlohmann::ordered_json const layout{{"family", family.name},           {"variables", family.variables()},
                                      {"rows", family.rows()},           {"features", family.feature_names},
                                      {"has_scales", family.has_scales}, {"matrices_differ", family.matrices_differ},
                                      {"p_entries", family.p.entries()}, {"a_entries", family.a.entries()}};
  io::write_file_atomically(folder / "family.json", layout.dump(1) + '\n');
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 6) {
    std::cerr << "qp_tasks FAMILY SIZE COUNT SEED FOLDER\n";
    return 2;
  }
  try {
    write_tasks({.of = arguments[1], .size = std::atoi(arguments[2])}, std::atoll(arguments[3]),
                static_cast<std::uint64_t>(std::atoll(arguments[4])), arguments[5]);
  } catch (std::exception const& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
  return 0;
}

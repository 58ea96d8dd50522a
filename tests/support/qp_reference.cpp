// SPDX-License-Identifier: Apache-2.0
#include "tests/support/qp_reference.hpp"

#include <algorithm>
#include <cmath>

#include "metasolve/detail/io/npy.hpp"
#include "metasolve/detail/matrices/zip_file.hpp"

namespace metasolve::test {
namespace {

constexpr std::int64_t most_bytes = 1 << 24;

std::vector<std::int32_t> indices_in(matrices::ZipFile const& file, std::string const& name) {
  auto const array = io::parse_npy(file.read(name), file.name(name));
  return {array.integers.begin(), array.integers.end()};
}

io::NpyArray reals_in(matrices::ZipFile const& file, std::string const& name) {
  return io::parse_npy(file.read(name), file.name(name));
}

ReferenceMatrix matrix_in(matrices::ZipFile const& file, std::string const& name) {
  return {indices_in(file, name + "_indptr"), indices_in(file, name + "_indices"),
          reals_in(file, name + "_data").reals};
}

}  // namespace

std::vector<double> ReferenceMatrix::times(double const* x) const {
  std::vector<double> sums(static_cast<std::size_t>(rows()));
  for (std::size_t i = 0; i < sums.size(); ++i)
    for (auto k = row_ptrs[i]; k < row_ptrs[i + 1]; ++k)
      sums[i] += values[static_cast<std::size_t>(k)] * x[col_idxs[static_cast<std::size_t>(k)]];
  return sums;
}

double QpReference::objective(int task, double const* x_of_task) const {
  auto const px = p.times(x_of_task);
  double sum = 0;
  for (int j = 0; j < n; ++j)
    sum += x_of_task[j] * (px[static_cast<std::size_t>(j)] / 2 + q[static_cast<std::size_t>(task * n + j)]);
  return sum;
}

double QpReference::violation(int task, double const* x_of_task, double const* y_of_task) const {
  auto gradient = p.times(x_of_task);
  auto const ax = a.times(x_of_task);
  for (int j = 0; j < n; ++j) gradient[static_cast<std::size_t>(j)] += q[static_cast<std::size_t>(task * n + j)];
  double largest = 0;
  for (int i = 0; i < m; ++i) {
    auto const row = static_cast<std::size_t>(i);
    auto const place = static_cast<std::size_t>(task * m + i);
    for (auto k = a.row_ptrs[row]; k < a.row_ptrs[row + 1]; ++k)
      gradient[static_cast<std::size_t>(a.col_idxs[static_cast<std::size_t>(k)])] +=
          a.values[static_cast<std::size_t>(k)] * y_of_task[i];
    largest = std::max({largest, l[place] - ax[row], ax[row] - u[place]});
    double const bound = y_of_task[i] > 0 ? u[place] : l[place];
    if (y_of_task[i] != 0)
      largest = std::max(largest, std::abs(y_of_task[i]) * (std::isfinite(bound) ? std::abs(ax[row] - bound) : 1));
  }
  for (double const component : gradient) largest = std::max(largest, std::abs(component));
  return largest;
}

QpReference qp_reference(std::string const& name) {
  matrices::ZipFile const file(METASOLVE_SOURCE_DIR "/tests/data/qp/" + name + ".npz", most_bytes);
  auto const q = reals_in(file, "q"), l = reals_in(file, "l");
  QpReference read;
  read.tasks = static_cast<int>(q.shape.at(0));
  read.n = static_cast<int>(q.shape.at(1));
  read.m = static_cast<int>(l.shape.at(1));
  read.p = matrix_in(file, "P");
  read.a = matrix_in(file, "A");
  read.q = q.reals;
  read.l = l.reals;
  read.u = reals_in(file, "u").reals;
  read.x = reals_in(file, "x").reals;
  read.y = reals_in(file, "y").reals;
  read.status = reals_in(file, "status").integers;
  return read;
}

}  // namespace metasolve::test

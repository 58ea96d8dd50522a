// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <optional>

#include "metasolve/detail/io/safetensors.hpp"
#include "metasolve/detail/problems/pressure.hpp"
#include "metasolve/error.hpp"

namespace metasolve::problems {

namespace {

constexpr std::int64_t most_side = 4096;

[[noreturn]] void refuse_file(std::string const& path, std::string const& what) {
  throw InputError(path + ": " + what);
}

/// The values of a tensor of F64 [tasks][rows][columns]; empty: there is none.
std::span<double const> tensor_values(io::SafetensorsFile const& file, std::string const& name, std::int64_t tasks,
                                      std::int64_t rows, std::int64_t columns) {
  auto const found = std::ranges::find(file.tensors, name, &io::Tensor::name);
  if (found == file.tensors.end()) return {};
  auto const all = file.view<double>(name, {tasks, rows, columns});
  auto const bad = std::ranges::find_if(all, [](double x) { return !std::isfinite(x); });
  if (bad != all.end()) {
    refuse_file(file.origin, name + " of task " + std::to_string((bad - all.begin()) / (rows * columns)) +
                                 " has a number that is not finite");
  }
  bool const may_be_negative = name == "rhs" || name == "guess";
  if (!may_be_negative && std::ranges::any_of(all, [](double x) { return x < 0; })) {
    refuse_file(file.origin, name + " has a negative number");
  }
  return all;
}

}  // namespace

PressureFile read_pressure_file(std::string const& path) {
  auto const file = io::read_safetensors(path);
  auto const& dims = file.at("rhs").shape;
  if (dims.size() != 3 || *std::ranges::min_element(dims) < 1 || dims[1] > most_side || dims[2] > most_side) {
    refuse_file(path, "rhs must be [tasks][rows][columns], of 1 task or more and up to " + std::to_string(most_side) +
                          " rows and columns");
  }
  PressureFile read;
  read.count = dims[0];
  auto& shape = read.shape;
  shape.rows = static_cast<int>(dims[1]), shape.columns = static_cast<int>(dims[2]);
  std::int64_t const rows = dims[1], columns = dims[2];
  auto const rhs = tensor_values(file, "rhs", read.count, rows, columns);
  auto const weights_x = tensor_values(file, "weights_x", read.count, rows, columns - 1);
  auto const weights_y = tensor_values(file, "weights_y", read.count, rows - 1, columns);
  auto const open = tensor_values(file, "open", read.count, rows, columns);
  auto const guess = tensor_values(file, "guess", read.count, rows, columns);
  if (weights_x.empty() != weights_y.empty()) refuse_file(path, "weights_x and weights_y: give both or neither");
  shape.has_weights = !weights_x.empty();
  shape.has_open = !open.empty();
  shape.has_guess = !guess.empty();
  auto rows_of_tasks = std::make_shared<std::vector<double>>();
  rows_of_tasks->reserve(rhs.size() + weights_x.size() + weights_y.size() + open.size() + guess.size());
  for (std::int64_t t = 0; t < read.count; ++t) {
    for (auto const& part : {rhs, weights_x, weights_y, open, guess}) {
      auto const length = static_cast<std::int64_t>(part.size()) / read.count;
      auto const own = part.subspan(static_cast<std::size_t>(t * length), static_cast<std::size_t>(length));
      rows_of_tasks->insert(rows_of_tasks->end(), own.begin(), own.end());
    }
  }
  read.rows = std::move(rows_of_tasks);
  return read;
}

}  // namespace metasolve::problems

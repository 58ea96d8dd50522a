// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/api/arguments.hpp"

#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <string_view>

#include "metasolve/error.hpp"

namespace metasolve::api {

namespace {

/// No memory spans more bytes than this between the first and the last of an argument's numbers; several times as many
/// fit into 64 bits.
constexpr std::int64_t most_bytes = std::int64_t{1} << 60;

/// Whether `groups` numbers or groups of them, `stride` elements apart, span no more than memory can.
bool within_reach(std::int64_t groups, std::int64_t stride, std::int64_t size) {
  if (groups < 2) return true;
  std::int64_t const most = most_bytes / size / (groups - 1);
  return -most <= stride && stride <= most;
}

}  // namespace

void reject(std::string const& what) { throw InputError("solve: " + what); }

void check_count(std::int64_t count, std::int64_t capacity) {
  if (count >= 0 && count <= capacity) return;
  reject("tasks.count is " + std::to_string(count) + ", expected 0 to the capacity, " + std::to_string(capacity));
}

std::string Arguments::Name::string() const {
  return index < 0 ? std::string(text) : std::string(text) + "[" + std::to_string(index) + "]";
}

void Arguments::begin(std::int64_t count) {
  extents_.clear();
  count_ = count;
  if (workspace_.data == nullptr) return;
  auto const at = reinterpret_cast<std::intptr_t>(workspace_.data);
  auto const end = at + static_cast<std::intptr_t>(std::min<std::size_t>(workspace_.bytes, most_bytes));
  extents_.push_back({{"setup.workspace", -1, true}, workspace_.data, {0, 0, 1}, at, end, 0, 0, true});
}

void Arguments::reject_column(Name const& name) { reject(name.string() + " is neither memory nor a finite number"); }

/// Whether two numbers (task, item) coincide: i a = j b, with both factors in range, has a nonzero solution.
bool Arguments::meets_itself(Shape const& shape) const {
  if (count_ < 2 || shape.items < 2) {
    return (count_ > 1 && shape.task_stride == 0) || (shape.items > 1 && shape.item_stride == 0);
  }
  std::int64_t const a = std::abs(shape.task_stride), b = std::abs(shape.item_stride);
  if (a == 0 || b == 0) return true;
  std::int64_t const common = std::gcd(a, b);
  return b / common < count_ && a / common < shape.items;
}

void Arguments::add(Name const& name, void const* data, Shape const& shape, std::int64_t size, std::int64_t alignment,
                    bool writes) {
  if (data == nullptr || shape.items == 0 || (count_ == 0 && !name.is_of_all)) return;
  auto const at = reinterpret_cast<std::intptr_t>(data);
  if (at % alignment != 0) reject(name.string() + " is not aligned to " + std::to_string(alignment) + " bytes");
  std::int64_t const tasks = name.is_of_all ? 1 : count_;
  if (!within_reach(tasks, shape.task_stride, size) || !within_reach(shape.items, shape.item_stride, size)) {
    reject(name.string() + " has strides that lead further than any memory; they are in elements");
  }
  if (writes && !name.is_of_all && meets_itself(shape)) {
    reject(name.string() + " has strides by which tasks would write the same numbers");
  }
  std::intptr_t const over_tasks = (tasks - 1) * shape.task_stride * size;
  std::intptr_t const over_items = (shape.items - 1) * shape.item_stride * size;
  Extent e{name, data, shape, at, at + size, 0, 0, writes};
  e.begin += std::min<std::intptr_t>(over_tasks, 0) + std::min<std::intptr_t>(over_items, 0);
  e.end += std::max<std::intptr_t>(over_tasks, 0) + std::max<std::intptr_t>(over_items, 0);
  auto const* const first = reinterpret_cast<void const*>(e.begin);  // NOLINT(performance-no-int-to-ptr)
  if (char const* const why = backend_.unreachable(first, static_cast<std::size_t>(e.end - e.begin))) {
    reject(name.string() + " " + why);
  }
  // Groups of numbers further apart than their width: the memory between them may belong to others.
  auto const apart = [&](std::int64_t stride, std::int64_t groups, std::intptr_t within) {
    if (groups < 2) return;  // the stride of a single group may be any number
    std::intptr_t const period = std::abs(stride) * size, width = std::abs(within) + size;
    if (period > width) e.period = period, e.width = width;
  };
  apart(shape.task_stride, tasks, over_items);
  apart(shape.item_stride, shape.items, over_tasks);
  extents_.push_back(e);
}

bool Arguments::overlap(Extent const& a, Extent const& b) {
  if (a.end <= b.begin || b.end <= a.begin) return false;
  auto const meet = [](Extent const& of, std::intptr_t begin, std::intptr_t width) {
    std::intptr_t const after = ((begin - of.begin) % of.period + of.period) % of.period;
    return after < of.width || after + width > of.period;
  };
  if (a.period != 0 && a.period == b.period) return meet(a, b.begin, b.width);
  if (a.period != 0 && b.end - b.begin <= a.period) return meet(a, b.begin, b.end - b.begin);
  if (b.period != 0 && a.end - a.begin <= b.period) return meet(b, a.begin, a.end - a.begin);
  return true;
}

bool Arguments::same(Extent const& a, Extent const& b) { return a.data == b.data && a.shape == b.shape; }

void Arguments::finish(char const* shared, std::initializer_list<char const*> by) const {
  for (auto const& out : extents_) {
    if (!out.writes) continue;
    for (auto const& other : extents_) {
      if (&other == &out || !overlap(out, other)) continue;
      auto const is_other = [&](std::string_view input) { return input == other.name.text; };
      if (out.name.text == std::string_view(shared) && std::any_of(by.begin(), by.end(), is_other) &&
          same(out, other)) {
        continue;
      }
      reject(out.name.string() + " overlaps " + other.name.string());
    }
  }
}

}  // namespace metasolve::api

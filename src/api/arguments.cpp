// SPDX-License-Identifier: Apache-2.0
#include "src/api/arguments.hpp"

#include <algorithm>

#include "metasolve/error.hpp"

namespace metasolve::api {

void reject(std::string const& what) { throw InputError("solve: " + what); }

void check_count(std::int64_t count, std::int64_t capacity) {
  if (count >= 0 && count <= capacity) return;
  reject("tasks.count is " + std::to_string(count) + ", expected 0 to the capacity, " + std::to_string(capacity));
}

void Arguments::add(char const* name, void const* data, Shape const& shape, std::int64_t size, std::int64_t alignment,
                    bool writes) {
  if (data == nullptr || count_ == 0) return;
  auto const at = reinterpret_cast<std::intptr_t>(data);
  if (at % alignment != 0) {
    reject(std::string(name) + " is not aligned to " + std::to_string(alignment) + " bytes");
  }
  if (char const* const why = backend_.unreachable(data)) reject(std::string(name) + " " + why);
  std::intptr_t const over_tasks = (count_ - 1) * shape.task_stride * size;
  std::intptr_t const over_items = (shape.items - 1) * shape.item_stride * size;
  bool const has_one = shape.task_stride == 0 && count_ > 1;
  if (writes && ((has_one && std::string(name) != "results.tally") || (shape.item_stride == 0 && shape.items > 1))) {
    reject(std::string(name) + " has a stride of 0: all tasks would write the same numbers");
  }
  Extent e{name, data, shape, at, 0, 0, 0, writes};
  e.begin += std::min<std::intptr_t>(over_tasks, 0) + std::min<std::intptr_t>(over_items, 0);
  e.end = at + std::max<std::intptr_t>(over_tasks, 0) + std::max<std::intptr_t>(over_items, 0) + size;
  // Items close together, tasks further apart: what lies between may be somebody else's.
  std::intptr_t const span = std::abs(over_items) + size, apart = std::abs(shape.task_stride) * size;
  if (count_ > 1 && apart > span) {
    e.period = apart;
    e.width = span;
  }
  extents_.push_back(e);
}

bool Arguments::overlap(Extent const& a, Extent const& b) {
  if (a.end <= b.begin || b.end <= a.begin) return false;
  if (a.period == 0 || a.period != b.period) return true;
  std::intptr_t const after = ((b.begin - a.begin) % a.period + a.period) % a.period;  // from a's numbers to b's
  return after < a.width || after + b.width > a.period;
}

bool Arguments::same(Extent const& a, Extent const& b) { return a.data == b.data && a.shape == b.shape; }

void Arguments::finish(char const* shared, char const* by) const {
  for (auto const& out : extents_) {
    if (!out.writes) continue;
    for (auto const& other : extents_) {
      if (&other == &out || !overlap(out, other)) continue;
      if (shared != nullptr && out.name == std::string_view(shared) && other.name == std::string_view(by) &&
          same(out, other)) {
        continue;
      }
      reject(std::string(out.name) + " overlaps " + other.name);
    }
  }
}

}  // namespace metasolve::api

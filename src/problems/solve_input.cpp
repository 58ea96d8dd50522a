// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/problems/solve_input.hpp"

#include <charconv>
#include <numeric>

#include "metasolve/error.hpp"

namespace metasolve::problems {

namespace {

/// Parses the whole text as a number.
template <class Number>
std::optional<Number> number(std::string const& text) {
  Number value{};
  auto const* const begin = text.data() + (text.size() > 1 && text[0] == '+' && text[1] != '-' ? 1 : 0);
  auto const* const end = text.data() + text.size();
  auto const [stop, error] = std::from_chars(begin, end, value);
  return error == std::errc{} && stop == end ? std::optional(value) : std::nullopt;
}

}  // namespace

std::optional<std::string> SolveRequest::option(std::string const& flag) const {
  auto const found = given.find(flag);
  return found == given.end() ? std::nullopt : std::optional(found->second);
}

std::optional<double> SolveRequest::real(std::string const& flag, config::RealRange const& range) const {
  auto const text = option(flag);
  if (!text) return std::nullopt;
  auto const value = number<double>(*text);
  if (!value || !range.contains(*value)) refuse(flag, *text, "a finite real, " + range.text());
  return value;
}

std::optional<std::int64_t> SolveRequest::integer(std::string const& flag, config::IntegerRange const& range) const {
  auto const text = option(flag);
  if (!text) return std::nullopt;
  auto const value = number<std::int64_t>(*text);
  if (!value || *value < range.low || *value > range.high) refuse(flag, *text, "an integer, " + range.text());
  return value;
}

std::string const& SolveRequest::tasks_file() const {
  if (tasks.empty()) throw InputError("--tasks: not given; expected a file with one task a row");
  return tasks;
}

void SolveRequest::tell_ignored(io::CsvTable const& table) const {
  std::string ignored;
  for (auto const& name : table.ignored) ignored += (ignored.empty() ? "" : ", ") + name;
  if (!ignored.empty() && notice) notice(tasks + ": columns not used: " + ignored);
}

std::function<std::string(std::int64_t)> SolveRequest::row_names() const {
  return [file = tasks](std::int64_t row) {
    return file + ": row " + std::to_string(row + 1) + " (task " + std::to_string(row) + ")";
  };
}

void SolveRequest::refuse(std::string const& flag, std::string const& given, std::string const& expected) {
  throw InputError(flag + ": given " + given + ", expected " + expected);
}

SolveInput all_at_once(config::RunConfig config, engine::Tasks tasks) {
  SolvePart part{std::move(tasks), {}};
  part.numbers.resize(static_cast<std::size_t>(part.tasks.count));
  std::iota(part.numbers.begin(), part.numbers.end(), std::int64_t{0});
  SolveInput input{std::move(config), {}};
  input.parts.push_back(std::move(part));
  return input;
}

}  // namespace metasolve::problems

// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/problems/task_columns.hpp"

#include <algorithm>
#include <cmath>
#include <span>
#include <string_view>

#include "metasolve/detail/config/spelling.hpp"
#include "metasolve/detail/io/text.hpp"
#include "metasolve/error.hpp"

namespace metasolve::problems {

namespace {

std::string_view without_spaces(std::string_view text) {
  constexpr std::string_view spaces = " \t\r\n";
  auto const first = text.find_first_not_of(spaces);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(spaces) - first + 1);
}

/// A function of a declaration. uses: how it is written.
struct Function {
  std::string name, uses;
};

/// "NAME = FUNCTION(argument, ...)", or a name alone.
class Declaration {
 public:
  Declaration(std::string text, std::string key, std::vector<Function> functions)
      : text_(std::move(text)), key_(std::move(key)), functions_(std::move(functions)) {
    auto const equals = text_.find('=');
    name_ = without_spaces(std::string_view(text_).substr(0, equals));
    if (name_.empty() || name_.find_first_of("(){},\"'$\n") != name_.npos) {
      reject("has no name; expected " + expected());
    }
    if (equals == text_.npos) return;
    auto const call = without_spaces(std::string_view(text_).substr(equals + 1));
    auto const open = call.find('(');
    function_ = without_spaces(call.substr(0, open));
    require_function();
    if (open == call.npos || call.back() != ')') reject("has no list in brackets; expected " + used());
    auto rest = call.substr(open + 1, call.size() - open - 2);
    for (bool more = true; more;) {
      auto const comma = rest.find(',');
      arguments_.emplace_back(without_spaces(rest.substr(0, comma)));
      more = comma != rest.npos;
      rest.remove_prefix(more ? comma + 1 : rest.size());
    }
  }

  [[nodiscard]] std::string const& name() const { return name_; }
  [[nodiscard]] std::string const& function() const { return function_; }
  [[nodiscard]] std::vector<std::string> const& arguments() const { return arguments_; }
  [[noreturn]] void reject(std::string const& what) const { throw InputError(key_ + ": \"" + text_ + "\": " + what); }
  /// How this function is written.
  [[nodiscard]] std::string used() const { return std::ranges::find(functions_, function_, &Function::name)->uses; }
  [[nodiscard]] std::string expected() const {
    std::string all;
    for (auto const& f : functions_) all += (all.empty() ? "" : ", ") + f.uses;
    return "NAME = one of " + all;
  }
  /// All arguments as numbers, `least` to `most` of them.
  [[nodiscard]] std::vector<double> numbers(std::size_t least, std::size_t most) const {
    if (arguments_.size() < least || arguments_.size() > most) {
      reject("has " + std::to_string(arguments_.size()) + " values in brackets; expected " + used());
    }
    std::vector<double> values;
    for (auto const& argument : arguments_) {
      if (!io::parse_real(argument, values.emplace_back()) || !std::isfinite(values.back())) {
        reject(io::shown(argument) + " is not a finite number; expected " + used());
      }
    }
    return values;
  }

 private:
  void require_function() const {
    if (std::ranges::count(functions_, function_, &Function::name) > 0) return;
    std::vector<std::string> names;
    for (auto const& f : functions_) names.push_back(f.name);
    auto const guess = config::nearest(function_, names);
    reject("there is no " + io::shown(function_) + (guess.empty() ? "" : ", the nearest is " + guess) + "; expected " +
           expected());
  }

  std::string text_, key_;
  std::vector<Function> functions_;
  std::string name_, function_;
  std::vector<std::string> arguments_;
};

constexpr double largest_integer = 1e9;

void require_range(Declaration const& d, double low, double high) {
  if (!(low < high)) d.reject("expected low < high");
}

void require_integers(Declaration const& d, std::span<double const> values) {
  for (double const value : values) {
    if (value == std::floor(value) && std::abs(value) <= largest_integer) continue;
    d.reject(io::shortest(value) + " is not a whole number of at most 1e9");
  }
}

}  // namespace

TaskColumn task_column(std::string const& text) {
  Declaration const d(text, "problem.columns",
                      {{"uniform", "uniform(low, high)"},
                       {"log_uniform", "log_uniform(low, high)"},
                       {"normal", "normal(mean, deviation)"},
                       {"integers", "integers(low, high)"}});
  TaskColumn column{d.name()};
  if (d.function().empty()) return column;
  auto const values = d.numbers(2, 2);
  column.is_drawn = true;
  column.first = values[0];
  column.second = values[1];
  if (d.function() == "normal") {
    column.distribution = Distribution::normal;
    if (!(column.second > 0)) d.reject("expected a deviation above 0");
    return column;
  }
  require_range(d, column.first, column.second);
  if (d.function() == "log_uniform") {
    column.distribution = Distribution::log_uniform;
    if (!(column.first > 0)) d.reject("expected low > 0");
  } else if (d.function() == "integers") {
    column.distribution = Distribution::integers;
    require_integers(d, values);
  }
  return column;
}

BlackBoxParameter declared_parameter(std::string const& text) {
  Declaration const d(text, "problem.parameters",
                      {{"interval", "interval(low, high[, constant])"},
                       {"logarithmic", "logarithmic(low, high[, constant])"},
                       {"integers", "integers(low, high[, constant])"},
                       {"real", "real(constant, scale)"},
                       {"choice", "choice(option, option, ...)"}});
  if (d.function().empty()) d.reject("has no range; expected " + d.expected());
  BlackBoxParameter p;
  p.name = d.name();
  if (d.function() == "choice") {
    p.kind = ParameterKind::choice;
    p.options = d.arguments();
    p.constant = 0;
    auto sorted = p.options;
    std::ranges::sort(sorted);
    if (sorted.size() < 2 || sorted.front().empty()) d.reject("expected two or more names in brackets");
    if (auto const twice = std::ranges::adjacent_find(sorted); twice != sorted.end()) {
      d.reject("the option " + io::shown(*twice) + " occurs twice; remove one");
    }
    return p;
  }
  if (d.function() == "real") {
    auto const values = d.numbers(2, 2);
    p.kind = ParameterKind::real;
    p.constant = values[0];
    p.scale = values[1];
    if (!(p.scale > 0)) d.reject("expected a scale above 0");
    return p;
  }
  auto const values = d.numbers(2, 3);
  p.low = values[0];
  p.high = values[1];
  require_range(d, p.low, p.high);
  p.constant = p.low + (p.high - p.low) / 2;
  double least = p.low;
  if (d.function() == "logarithmic") {
    p.kind = ParameterKind::logarithmic;
    if (!(p.low > 0)) d.reject("expected low > 0");
    p.constant = std::sqrt(p.low) * std::sqrt(p.high);
    least = 0;
  } else if (d.function() == "integers") {
    p.kind = ParameterKind::integer;
    require_integers(d, values);
    p.constant = std::floor(p.constant);
  }
  if (values.size() == 3) p.constant = values[2];
  if (!(p.constant >= least && p.constant <= p.high)) {
    d.reject("the constant " + io::shortest(p.constant) + " is outside the range");
  }
  return p;
}

void draw_tasks(std::vector<TaskColumn> const& columns, std::uint64_t seed, random::Stream stream, std::int64_t first,
                std::int64_t n, double* rows) {
  for (std::int64_t t = 0; t < n; ++t) {
    random::Draws const draws(seed, stream, static_cast<std::uint64_t>(first + t));
    for (std::size_t c = 0; c < columns.size(); ++c) {
      auto const& column = columns[c];
      double const low = column.first, high = column.second;
      // A normal number uses two draws; so has each column two.
      double const u = draws.uniform(2 * c);
      double value = low + u * (high - low);
      switch (column.distribution) {
        case Distribution::uniform:
          break;
        case Distribution::log_uniform:
          value = std::clamp(std::exp(std::log(low) + u * (std::log(high) - std::log(low))), low, high);
          break;
        case Distribution::normal:
          value = low + high * draws.normal(c);
          break;
        case Distribution::integers:
          value = std::min(high, low + std::floor(u * (high - low + 1)));
          break;
      }
      rows[t * static_cast<std::int64_t>(columns.size()) + static_cast<std::int64_t>(c)] = value;
    }
  }
}

}  // namespace metasolve::problems

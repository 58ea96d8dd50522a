// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string_view>

#include "metasolve/detail/io/json.hpp"
#include "metasolve/detail/io/text.hpp"
#include "metasolve/detail/model/names.hpp"
#include "metasolve/detail/programs/protocol.hpp"

namespace metasolve::programs {

namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 3> not_numbers{"NaN", "Infinity", "-Infinity"};

/// With null for NaN, Infinity and -Infinity, which Python's json writes though JSON has no such numbers.
std::string without_nan(std::string_view text) {
  std::string result;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (in_string && text[i] == '\\' && i + 1 < text.size()) {
      result += text[i++];
    } else if (text[i] == '"') {
      in_string = !in_string;
    } else if (!in_string) {
      auto const rest = text.substr(i);
      auto const* const found =
          std::ranges::find_if(not_numbers, [&](std::string_view word) { return rest.starts_with(word); });
      if (found != not_numbers.end()) {
        result += "null";
        i += found->size() - 1;
        continue;
      }
    }
    result += text[i];
  }
  return result;
}

json parsed(std::string const& line) {
  try {
    return io::parse_json(without_nan(line), "answer");
  } catch (InputError const&) {
    throw BadAnswer("printed a line that is not JSON: " + io::shown(line));
  }
}

/// The member of that name, a list of one entry per task; null: there is none.
json const* list_of(json const& answer, std::string const& name, Request const& request) {
  auto const found = answer.find(name);
  if (found == answer.end() || found->is_null()) return nullptr;
  if (!found->is_array()) throw BadAnswer("answered with \"" + name + "\" that is no list");
  if (static_cast<std::int64_t>(found->size()) != request.count) {
    throw BadAnswer("answered with " + std::to_string(found->size()) + " entries of \"" + name + "\" for " +
                    std::to_string(request.count) + " tasks");
  }
  return &*found;
}

[[noreturn]] void refuse_entry(std::string const& name, json const& given, std::string const& expected) {
  throw BadAnswer("answered with an entry " + io::shown(given.dump(-1, ' ', false, json::error_handler_t::replace)) +
                  " of \"" + name + "\"; expected " + expected);
}

double number_of(json const& entry, std::string const& name) {
  double const value = entry.is_number() ? entry.get<double>() : -1;
  if (!(value >= 0 && std::isfinite(value))) refuse_entry(name, entry, "a number, 0 or more");
  return value;
}

std::int32_t count_of(json const& entry) {
  double const value = number_of(entry, "iterations");
  if (value != std::floor(value) || value > std::numeric_limits<std::int32_t>::max()) {
    refuse_entry("iterations", entry, "a whole number, 0 or more");
  }
  return static_cast<std::int32_t>(value);
}

Status status_of(json const& entry) {
  constexpr auto const& names = model::status_names;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (entry == names[i] || entry == i) return static_cast<Status>(i);
  }
  std::string all;
  for (auto const* const name : names) all += (all.empty() ? "" : ", ") + std::string(name);
  refuse_entry("status", entry, "one of " + all + ", or its number from 0");
}

/// L_0 ... L_K, at most as many iterations as the limit. A measure that is null has become not finite: the solve ends
/// before it.
void read_history(json const& entry, Probes const& batch, Outcome& outcome) {
  if (!entry.is_array() || entry.empty()) refuse_entry("history", entry, "a list of measures: L_0, L_1, ...");
  for (auto const& measure : entry) {
    if (measure.is_null()) {
      outcome.status = Status::not_finite;
      break;
    }
    outcome.history.push_back(number_of(measure, "history"));
  }
  if (outcome.history.empty()) outcome.history.push_back(1);
  auto const most = static_cast<std::size_t>(batch.max_iterations) + 1;
  outcome.history.resize(std::min(outcome.history.size(), most));
  bool const at_limit = outcome.history.size() == most && !(outcome.history.back() <= batch.tolerance);
  if (at_limit && outcome.status == Status::converged) outcome.status = Status::iteration_limit;
  outcome.iterations = static_cast<std::int32_t>(outcome.history.size() - 1);
}

class JsonProtocol final : public Protocol {
 public:
  explicit JsonProtocol(ProgramSettings settings) : settings_(std::move(settings)) {}

  [[nodiscard]] bool stays_alive() const override { return true; }
  [[nodiscard]] std::string command(Request const&) override { return settings_.command; }

  [[nodiscard]] std::string text(Request const& request) const override {
    auto const names = task_names(settings_);
    nlohmann::ordered_json document{{"id", request.number}, {"tolerance", request.batch->tolerance}};
    document[limit_name(settings_.cost)] = nlohmann::ordered_json::parse(limit_word(settings_.cost, *request.batch));
    auto& tasks = document["tasks"] = nlohmann::ordered_json::array();
    for (auto t = request.first; t < request.first + request.count; ++t) {
      nlohmann::ordered_json task;
      for (std::size_t i = 0; i < names.size(); ++i) {
        auto const word = task_word(settings_, *request.batch, t, i);
        task[names[i]] = is_choice(i) ? nlohmann::ordered_json(word) : nlohmann::ordered_json::parse(word);
      }
      tasks.push_back(std::move(task));
    }
    return document.dump() + "\n";
  }

  [[nodiscard]] std::size_t most_bytes(Request const& request) const override {
    constexpr std::size_t line = 65536, task = 512, measure = 32;
    auto const measures = static_cast<std::size_t>(request.batch->max_iterations) + 1;
    auto const each = task + (settings_.cost == BlackBoxCost::history ? measure * measures : 0);
    return line + static_cast<std::size_t>(request.count) * each;
  }

  [[nodiscard]] std::vector<Outcome> outcomes(Request const& request, std::string const& printed) const override {
    auto const answer = parsed(printed);
    if (!answer.is_object()) throw BadAnswer("printed a line that is no object of JSON: " + io::shown(printed));
    auto const id = answer.find("id");
    if (id == answer.end() || *id != request.number) {
      throw BadAnswer(id == answer.end() ? "answered without \"id\", which repeats the request's"
                                         : "answered with the \"id\" of another request");
    }
    auto const* const iterations = list_of(answer, "iterations", request);
    auto const* const status = list_of(answer, "status", request);
    auto const* const history = list_of(answer, "history", request);
    auto const* const seconds = list_of(answer, "seconds", request);
    require(iterations, history, request);
    std::vector<Outcome> outcomes(static_cast<std::size_t>(request.count));
    for (std::size_t t = 0; t < outcomes.size(); ++t) {
      auto& outcome = outcomes[t];
      if (history && settings_.cost == BlackBoxCost::history) {
        read_history((*history)[t], *request.batch, outcome);
      } else if (iterations && !(*iterations)[t].is_null()) {
        outcome.iterations = count_of((*iterations)[t]);
        if (outcome.iterations > request.batch->max_iterations) outcome.status = Status::iteration_limit;
      } else if (iterations) {
        outcome.status = Status::breakdown;
      }
      if (status && !(*status)[t].is_null()) outcome.status = status_of((*status)[t]);
      if (seconds && !(*seconds)[t].is_null()) outcome.seconds = number_of((*seconds)[t], "seconds");
    }
    return outcomes;
  }

 private:
  [[nodiscard]] bool is_choice(std::size_t i) const {
    return i >= settings_.columns.size() &&
           settings_.parameters[i - settings_.columns.size()].kind == ParameterKind::choice;
  }
  void require(json const* iterations, json const* history, Request const& request) const {
    if (request.count == 0) return;
    if (settings_.cost == BlackBoxCost::iterations && !iterations) throw BadAnswer("answered without \"iterations\"");
    if (settings_.cost == BlackBoxCost::history && !history) throw BadAnswer("answered without \"history\"");
  }

  ProgramSettings settings_;
};

}  // namespace

std::unique_ptr<Protocol> json_protocol(ProgramSettings settings) {
  return std::make_unique<JsonProtocol>(std::move(settings));
}

}  // namespace metasolve::programs

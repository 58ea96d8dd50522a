// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <ranges>

#include "metasolve/detail/io/csv.hpp"
#include "metasolve/detail/io/scratch_folder.hpp"
#include "metasolve/detail/io/text.hpp"
#include "metasolve/detail/programs/placeholders.hpp"
#include "metasolve/detail/programs/printed_count.hpp"
#include "metasolve/detail/programs/protocol.hpp"
#include "metasolve/error.hpp"

namespace metasolve::programs {

namespace {

namespace fs = std::filesystem;

/// A folder of its own for the files, removed at the end.
class FileFolder {
 public:
  [[nodiscard]] fs::path file(Request const& request, char const* name) const {
    return folder_.path() / (std::to_string(request.number) + name);
  }

 private:
  io::ScratchFolder folder_{"the files of a program"};
};

std::set<std::string> placeholders_of(ProgramSettings const& settings) {
  auto const names = task_names(settings);
  std::set<std::string> all(names.begin(), names.end());
  all.insert({"in", "out", "tolerance", limit_name(settings.cost)});
  return all;
}

class CsvProtocol final : public Protocol {
 public:
  explicit CsvProtocol(ProgramSettings settings)
      : settings_(std::move(settings)),
        command_(settings_.command, placeholders_of(settings_)),
        count_(settings_.iterations_pattern) {
    if (settings_.cost == BlackBoxCost::history) {
      throw InputError("problem.cost: \"history\" needs problem.protocol = \"json\"; or use \"iterations\"");
    }
    auto const used = command_.used();
    bool const has_numbers =
        std::ranges::any_of(task_names(settings_), [&](auto const& n) { return used.contains(n); });
    if (used.empty()) command_ = {settings_.command + " {in} {out}", {"in", "out"}};
    has_in_ = command_.has("in");
    has_out_ = command_.has("out");
    one_at_a_time_ = has_numbers || !has_out_;
    for (auto const& parameter : settings_.parameters) {
      if (has_in_ || used.contains(parameter.name)) continue;
      throw InputError("problem.command: has neither {in} nor {" + parameter.name +
                       "}, so that the program would not know the parameter; add one of them");
    }
  }

  [[nodiscard]] bool stays_alive() const override { return false; }
  [[nodiscard]] std::int64_t most_tasks() const override { return one_at_a_time_ ? 1 : 0; }
  [[nodiscard]] std::string text(Request const&) const override { return {}; }

  [[nodiscard]] std::string command(Request const& request) override {
    std::map<std::string, std::string> values{{"in", folder_.file(request, "_in.csv").string()},
                                              {"out", folder_.file(request, "_out.csv").string()},
                                              {"tolerance", io::shortest(request.batch->tolerance)},
                                              {limit_name(settings_.cost), limit_word(settings_.cost, *request.batch)}};
    auto const names = task_names(settings_);
    for (std::size_t i = 0; i < names.size(); ++i) {
      values.emplace(names[i], task_word(settings_, *request.batch, request.first, i));
    }
    if (has_in_) write_tasks(request, names);
    return command_.filled(values);
  }

  [[nodiscard]] std::size_t most_bytes(Request const&) const override { return std::size_t{16} << 20; }

  [[nodiscard]] std::vector<Outcome> outcomes(Request const& request, std::string const& printed) const override {
    std::vector<Outcome> outcomes(static_cast<std::size_t>(request.count));
    if (has_out_) {
      read_file(request, outcomes);
    } else if (auto const count = count_.in(printed)) {
      outcomes.front().iterations = *count;
    } else if (settings_.cost == BlackBoxCost::iterations) {
      outcomes.front().status = Status::breakdown;
    }
    for (auto& outcome : outcomes) {
      bool const is_count = settings_.cost != BlackBoxCost::seconds;
      if (is_count && outcome.iterations > request.batch->max_iterations && outcome.status == Status::converged) {
        outcome.status = Status::iteration_limit;
      }
    }
    return outcomes;
  }

  void forget(Request const& request) override {
    std::error_code ignored;
    for (auto const* const name : {"_in.csv", "_out.csv"}) fs::remove(folder_.file(request, name), ignored);
  }

 private:
  void write_tasks(Request const& request, std::vector<std::string> const& names) const {
    auto const path = folder_.file(request, "_in.csv");
    std::ofstream file(path, std::ios::binary);
    for (auto const& name : names) file << name << ',';
    file << "tolerance," << limit_name(settings_.cost) << '\n';
    auto const end = io::shortest(request.batch->tolerance) + "," + limit_word(settings_.cost, *request.batch) + "\n";
    for (auto t = request.first; t < request.first + request.count; ++t) {
      for (std::size_t i = 0; i < names.size(); ++i) file << task_word(settings_, *request.batch, t, i) << ',';
      file << end;
    }
    if (!file.flush()) throw OutputError(path.string() + ": cannot be written; free some space in this folder");
  }

  void read_file(Request const& request, std::vector<Outcome>& outcomes) const {
    auto const path = folder_.file(request, "_out.csv");
    auto const numbers = [&](std::string const& name, double most, auto&& put) {
      auto const table = columns(path, name);
      if (table.rows != request.count) {
        throw BadAnswer("wrote " + std::to_string(table.rows) + " rows for " + std::to_string(request.count) +
                        " tasks");
      }
      for (std::size_t t = 0; t < outcomes.size(); ++t) {
        double const value = table.values[t];
        bool const is_whole = name == "seconds" || value == std::floor(value);
        if (!(value >= 0 && value <= most && is_whole)) {
          throw BadAnswer("wrote " + io::shortest(value) + " in its column \"" + name + "\"; expected " +
                          (name == "seconds" ? "a number" : "a whole number") + " from 0 to " + io::shortest(most));
        }
        put(outcomes[t], value);
      }
    };
    auto const header = present(path);
    auto const has = [&](char const* name) { return std::ranges::count(header, name) > 0; };
    if (settings_.cost != BlackBoxCost::seconds || has("iterations")) {
      numbers("iterations", std::numeric_limits<std::int32_t>::max(),
              [](Outcome& o, double value) { o.iterations = static_cast<std::int32_t>(value); });
    }
    if (has("status")) {
      numbers("status", static_cast<double>(Status::stagnated),
              [](Outcome& o, double value) { o.status = static_cast<Status>(static_cast<std::int32_t>(value)); });
    }
    if (has("seconds")) {
      numbers("seconds", std::numeric_limits<double>::max(), [](Outcome& o, double value) { o.seconds = value; });
    }
  }

  /// One column of the program's file. @throws BadAnswer as for any answer
  static io::CsvTable columns(fs::path const& path, std::string const& name) {
    try {
      return io::read_columns(path, {name});
    } catch (InputError const& error) {
      throw BadAnswer("wrote a file that cannot be read: " + std::string(error.what()));
    }
  }
  static std::vector<std::string> present(fs::path const& path) {
    try {
      return io::read_columns(path, {}).header;
    } catch (InputError const& error) {
      throw BadAnswer("left no file that can be read: " + std::string(error.what()));
    }
  }

  ProgramSettings settings_;
  CommandTemplate command_;
  PrintedCount count_;
  FileFolder folder_;
  bool has_in_ = false, has_out_ = false, one_at_a_time_ = false;
};

}  // namespace

std::unique_ptr<Protocol> csv_protocol(ProgramSettings settings) {
  return std::make_unique<CsvProtocol>(std::move(settings));
}

}  // namespace metasolve::programs

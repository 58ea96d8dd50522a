// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/app/doctor_command.hpp"

#include <algorithm>
#include <ctime>
#include <iostream>

#include "metasolve/detail/app/exit_codes.hpp"
#include "metasolve/detail/app/output.hpp"
#include "metasolve/detail/app/processes.hpp"
#include "metasolve/detail/exec/plugin.hpp"
#include "metasolve/detail/train/manifest.hpp"
#include "metasolve/detail/train/price_cache.hpp"
#include "metasolve/error.hpp"

namespace metasolve::app {

namespace {

using nlohmann::ordered_json;

/// What the device name resolves to here: "use", or "problem".
ordered_json device_choice(CommonOptions const& o) {
  ordered_json choice{{"asked", o.device}};
  try {
    choice["use"] = Executor::open(o.device, std::max(o.threads, 0)).description();
  } catch (Error const& error) {
    choice["problem"] = error.what();
  }
  return choice;
}

/// Report for CUDA in a build without it.
exec::ExecutorReport report_without_cuda() {
  std::string const problem(exec::built_without_cuda);
  ordered_json const facts{{"built", false},  {"toolkit", "not built"}, {"driver", "not asked"},
                           {"built_for", ""}, {"problem", problem},     {"devices", ordered_json::array()}};
  return {{{"CUDA toolkit", "not built"},
           {"CUDA driver", "not asked"},
           {"CUDA architectures", "not built"},
           {"CUDA devices", "none: " + problem}},
          facts.dump()};
}

void print_line(std::string const& name, std::string const& value) {
  std::cout << name << ": " << (value.empty() ? "unknown" : value) << '\n';
}

/// The prices measured on this machine (train/price_cache.hpp).
ordered_json calibration() {
  auto const cache = train::PriceCache::from_environment();
  auto prices = cache.all();
  std::erase_if(prices, [here = train::this_machine()](auto const& p) { return p.key.machine != here; });
  ordered_json facts{{"prices", prices.size()},
                     {"file", cache.file().empty() ? ordered_json(nullptr) : ordered_json(cache.file().string())},
                     {"oldest_days", nullptr}};
  if (prices.empty()) return facts;
  auto const oldest = std::ranges::min(prices, {}, &train::KnownPrice::measured).measured;
  facts["oldest_days"] = static_cast<double>(std::time(nullptr) - oldest) / 86400;
  return facts;
}

std::string calibration_text(ordered_json const& facts) {
  if (facts["file"].is_null()) return "not kept: METASOLVE_CACHE is empty";
  auto const count = facts["prices"].get<std::size_t>();
  auto const file = facts["file"].get<std::string>();
  if (count == 0) return "no prices of this machine in " + file + "; `metasolve calibrate` measures them";
  return std::to_string(count) + (count == 1 ? " price" : " prices") + " of this machine in " + file + ", the oldest " +
         number("%.1f", facts["oldest_days"].get<double>()) + " days old";
}

struct Findings {
  ordered_json facts;
  std::vector<std::pair<std::string, std::string>> lines;  ///< one per executor
};

Findings examine(CommonOptions const& o) {
  Findings found{{{"build", train::build_description()}}, {}};
  auto const add = [&](std::string_view name, exec::ExecutorReport const& report) {
    if (!report.facts.empty()) found.facts[std::string(name)] = ordered_json::parse(report.facts);
    found.lines.insert(found.lines.end(), report.lines.begin(), report.lines.end());
  };
  for (auto const* plugin : exec::executor_plugins()) add(plugin->name, plugin->report());
  if (exec::find_plugin("cuda") == nullptr) add("cuda", report_without_cuda());
  found.facts["mpi"] = mpi_version().empty() ? ordered_json(nullptr) : ordered_json(mpi_version());
  found.facts["calibration"] = calibration();
  found.facts["device"] = device_choice(o);
  return found;
}

void print_lines(Findings const& found) {
  auto const of_build = [&](char const* key) { return found.facts["build"][key].get<std::string>(); };
  print_line("metasolve", of_build("version") + ", commit " + of_build("commit"));
  print_line("compiler", of_build("compiler"));
  print_line("build type", of_build("build_type") + ", flags " + of_build("flags"));
  for (auto const& [name, value] : found.lines) print_line(name, value);
  auto const& mpi = found.facts["mpi"];
  print_line("MPI", mpi.is_null() ? "not built; one process" : mpi.get<std::string>());
  print_line("calibration", calibration_text(found.facts["calibration"]));
  auto const& choice = found.facts["device"];
  bool const usable = choice.contains("use");
  std::cout << "--device " << choice["asked"].get<std::string>() << (usable ? " uses: " : " cannot be used: ")
            << choice[usable ? "use" : "problem"].get<std::string>() << '\n';
}

}  // namespace

int run_doctor(CommonOptions const& o) {
  auto const found = examine(o);
  if (o.json) {
    print_document(found.facts);
  } else {
    print_lines(found);
  }
  return found.facts["device"].contains("use") ? done : refused;
}

}  // namespace metasolve::app

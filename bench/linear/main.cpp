// SPDX-License-Identifier: Apache-2.0
#include <cblas.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "contender.hpp"
#include "metasolve/version.h"
#include "report.hpp"

/// Usage: linear_figures --out FILE.json [--set NAME]... [--landau DIR] [--sweep] [--tasks N] [--repeats R]
/// Sets: set_of in system.hpp. --landau: each folder in DIR is a set (scripts/landau-matrices). One thread for all.
namespace metasolve::bench::linear {
namespace {

struct Options {
  std::vector<std::string> sets;
  std::vector<std::string> only;  ///< contenders whose name starts with one of these; none: all
  std::string landau, out;
  std::int64_t tasks = 0;
  int repeats = 5;
};

Options parse(int count, char** argument) {
  Options o;
  for (int i = 1; i < count; ++i) {
    std::string const name = argument[i];
    auto const value = [&] {
      if (++i == count) throw std::runtime_error(name + ": a value is missing");
      return std::string(argument[i]);
    };
    auto const positive = [&] {
      auto const text = value();
      int const number = std::atoi(text.c_str());
      if (number < 1) throw std::runtime_error(name + " " + text + ": a whole number of at least 1 is wanted");
      return number;
    };
    if (name == "--set") {
      o.sets.push_back(value());
    } else if (name == "--sweep") {
      for (char const* set : {"sweep2", "sweep3", "sweep4", "sweep6", "sweep8", "sweep10", "sweep12", "sweep16"}) {
        o.sets.emplace_back(set);
      }
    } else if (name == "--landau") {
      o.landau = value();
    } else if (name == "--only") {
      o.only.push_back(value());
    } else if (name == "--out") {
      o.out = value();
    } else if (name == "--tasks") {
      o.tasks = positive();
    } else if (name == "--repeats") {
      o.repeats = positive();
    } else {
      throw std::runtime_error(name + ": not known; known: --set --sweep --landau --only --tasks --repeats --out");
    }
  }
  if (o.out.empty()) throw std::runtime_error("--out: which file?");
  if (o.sets.empty() && o.landau.empty()) throw std::runtime_error("no set: --set, --landau or --sweep");
  return o;
}

/// After each set: whoever stops us keeps what there is.
void save(nlohmann::ordered_json const& document, std::string const& out) {
  std::ofstream file(out + ".part");
  file << document.dump(1) << '\n';
  file.close();
  if (!file) throw std::runtime_error("--out: " + out + " cannot be written");
  std::filesystem::rename(out + ".part", out);
}

void run(Options const& o) {
  nlohmann::ordered_json document{{"name", "linear"}, {"threads", 1}, {"repeats", o.repeats}};
  document["versions"]["metasolve"] = METASOLVE_VERSION_STRING;
  for (auto const& [name, version] : versions()) document["versions"][name] = version;
  document["left_out"] = METASOLVE_LINEAR_LEFT_OUT;
  document["rows"] = document["setup"] = nlohmann::ordered_json::array();
  save(document, o.out);
  if (!o.only.empty()) {
    std::erase_if(entries(), [&](Entry const& entry) {
      return std::ranges::none_of(o.only, [&](auto const& name) { return entry.name.starts_with(name); });
    });
  }
  auto const solve = [&](System const& system) {
    std::fprintf(stderr, "%s: %lld systems of %d unknowns, %lld entries\n", system.name.c_str(),
                 static_cast<long long>(system.tasks), system.unknowns(),
                 static_cast<long long>(system.rows.entries()));
    append(document, system, measured(system, o.repeats));
    save(document, o.out);
  };
  for (auto const& set : o.sets) solve(set_of(set, o.tasks));
  if (!o.landau.empty()) {
    std::vector<std::filesystem::path> folders;
    for (auto const& one : std::filesystem::directory_iterator(o.landau)) {
      if (one.is_directory()) folders.push_back(one.path());
    }
    std::sort(folders.begin(), folders.end());
    for (auto const& folder : folders) {
      solve(from_folder("landau " + folder.filename().string(), folder.string(), o.tasks));
    }
  }
}

}  // namespace
}  // namespace metasolve::bench::linear

int main(int count, char** argument) {
  // Before a library counts the cores.
  for (char const* name : {"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"}) setenv(name, "1", 1);
  setenv("METASOLVE_CACHE", "", 1);
  openblas_set_num_threads(1);
  try {
    metasolve::bench::linear::run(metasolve::bench::linear::parse(count, argument));
    return 0;
  } catch (std::exception const& error) {
    std::fprintf(stderr, "linear_figures: %s\n", error.what());
    return 1;
  }
}

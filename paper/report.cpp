// SPDX-License-Identifier: Apache-2.0
#include "paper/report.hpp"

#include <cmath>
#include <iomanip>
#include <numeric>
#include <sstream>

#include "metasolve/detail/io/atomic_file.hpp"

namespace metasolve::paper {

namespace {

using nlohmann::ordered_json;

ordered_json optional_json(std::optional<double> x) { return x ? ordered_json(*x) : ordered_json(nullptr); }

ordered_json cell_json(Cell const& c) {
  ordered_json json{
      {"name", c.name},     {"p", optional_json(c.p)}, {"tolerance", optional_json(c.tolerance)}, {"mean", c.mean},
      {"std", c.deviation}, {"seeds", c.seeds},        {"published", optional_json(c.published)}};
  if (c.preconditioner) {
    json["preconditioner"] = *c.preconditioner;
    json["converged"] = optional_json(c.converged);
    json["published_converged"] = optional_json(c.published_converged);
  }
  if (c.cost) {
    json["q95"] = c.cost->q95;
    json["largest"] = c.cost->largest;
    json["failed"] = c.cost->failed;
    json["seconds_per_task"] = optional_json(c.cost->seconds_per_task);
    json["flops"] = optional_json(c.cost->flops);
  }
  return json;
}

/// Shortest text that reads back as the same number; names are quoted, other values never contain a comma.
std::string csv_text(ordered_json const& value) {
  if (value.is_null()) return "";
  return value.is_string() ? '"' + value.get<std::string>() + '"' : value.dump();
}

std::string short_text(std::optional<double> x) {
  if (!x) return "-";
  std::ostringstream text;
  double const size = std::abs(*x);
  if (*x != 0 && (size < 0.01 || size >= 1e5)) {
    text << std::setprecision(3) << *x;
  } else {
    text << std::fixed << std::setprecision(2) << *x;
  }
  return text.str();
}

std::string share_text(std::optional<double> x) {
  if (!x) return "-";
  std::ostringstream text;
  text << std::fixed << std::setprecision(4) << *x;
  return text.str();
}

}  // namespace

char const* name_of(Scale scale) {
  switch (scale) {
    case Scale::smoke:
      return "smoke";
    case Scale::small:
      return "small";
    case Scale::full:
      break;
  }
  return "full";
}

Cell over_seeds(std::string name, std::optional<double> p, std::optional<double> tolerance,
                std::vector<double> const& figures, std::optional<double> published) {
  auto const n = static_cast<double>(figures.size());
  double const mean = std::accumulate(figures.begin(), figures.end(), 0.0) / n;
  double squares = 0;
  for (double const x : figures) squares += (x - mean) * (x - mean);
  double const deviation = figures.size() > 1 ? std::sqrt(squares / (n - 1)) : 0.0;
  return {std::move(name), p, tolerance, mean, deviation, static_cast<int>(figures.size()), published};
}

void write_report(Report const& report, Scale scale, ordered_json const& manifest,
                  std::filesystem::path const& folder) {
  ordered_json rows = ordered_json::array();
  std::string csv;
  for (auto const& cell : report.rows) {
    rows.push_back(cell_json(cell));
    std::string head, line;
    for (auto const& [key, value] : rows.back().items()) {
      head += (head.empty() ? "" : ",") + key;
      line += (line.empty() ? "" : ",") + csv_text(value);
    }
    if (csv.empty()) csv = head + '\n';
    csv += line + '\n';
  }
  ordered_json const document{{"name", report.name},
                              {"scale", name_of(scale)},
                              {"rows", rows},
                              {"details", report.details},
                              {"manifest", manifest}};
  io::ensure_directory(folder);
  // Write the table last: if it exists, its document exists too.
  io::write_file_atomically(folder / (report.name + ".json"), document.dump(1) + '\n');
  io::write_file_atomically(folder / (report.name + ".csv"), csv);
}

std::string report_text(Report const& report) {
  std::size_t width = 4;
  auto const name_of_row = [](Cell const& c) { return c.preconditioner ? *c.preconditioner + ": " + c.name : c.name; };
  bool converged = false;
  for (auto const& cell : report.rows) {
    width = std::max(width, name_of_row(cell).size());
    converged = converged || cell.converged;
  }
  std::ostringstream text;
  auto const line = [&](std::string const& name, std::string const& p, std::string const& tolerance,
                        std::string const& mean, std::string const& deviation, std::string const& published,
                        std::string const& share, std::string const& published_share) {
    text << std::left << std::setw(static_cast<int>(width)) << name << std::right << std::setw(7) << p << std::setw(11)
         << tolerance << std::setw(11) << mean << std::setw(10) << deviation << std::setw(12) << published;
    if (converged) text << std::setw(11) << share << std::setw(11) << published_share;
    text << '\n';
  };
  line("name", "p", "tolerance", "ours", "std", "published", "converged", "published");
  for (auto const& c : report.rows) {
    line(name_of_row(c), short_text(c.p), short_text(c.tolerance), short_text(c.mean), short_text(c.deviation),
         short_text(c.published), share_text(c.converged), share_text(c.published_converged));
  }
  return text.str();
}

}  // namespace metasolve::paper

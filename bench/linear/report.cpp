// SPDX-License-Identifier: Apache-2.0
#include "report.hpp"

#include <cmath>

namespace metasolve::bench::linear {
namespace {

using Json = nlohmann::ordered_json;

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

bool solved_all(Figures const& f) { return f.failure.empty() && f.unsolved == 0; }

template <class Suits>
Figures const* fastest_peer(std::vector<Figures> const& figures, Suits const& suits) {
  Figures const* best = nullptr;
  for (auto const& f : figures) {
    if (f.entry->ours || !solved_all(f) || !suits(f)) continue;
    if (best == nullptr || f.seconds < best->seconds) best = &f;
  }
  return best;
}

}  // namespace

void append(Json& document, System const& s, std::vector<Figures> const& figures) {
  auto const tasks = static_cast<double>(s.tasks);
  auto const of_set = [&](Figures const& f) {
    return Json{{"name", s.name + ", " + f.entry->name},
                {"set", s.name},
                {"method", f.entry->name},
                {"ours", f.entry->ours},
                {"tasks", s.tasks},
                {"unknowns", s.unknowns()},
                {"entries", s.rows.entries()},
                {"sweep", s.sweep},
                {"threads", 1}};
  };
  auto const beside = [&](Json& row, char const* name, Figures const* peer) {
    row[name] = peer == nullptr ? Json(nullptr) : Json(peer->entry->name);
    row[name + std::string("_seconds")] = peer == nullptr ? Json(nullptr) : Json(peer->seconds / tasks);
  };
  for (bool const ours : {true, false}) {
    for (auto const& f : figures) {
      if (f.entry->ours != ours) continue;
      Json row = of_set(f);
      if (!f.failure.empty()) {
        row["failure"] = f.failure;
        document["rows"].push_back(std::move(row));
        continue;
      }
      row["iterations"] = f.iterations;
      row["seconds_per_task"] = f.seconds / tasks;
      row["repeats"] = f.repeats;
      row["tolerance"] = s.tolerance;
      row["error"] = number(f.worst.residual);
      row["backward_error"] = number(f.worst.backward);
      row["unsolved"] = f.unsolved;
      if (!f.note.empty()) row["note"] = f.note;
      if (ours) {
        beside(row, "peer", fastest_peer(figures, [](Figures const&) { return true; }));
        beside(row, "peer_of_kind",
               fastest_peer(figures, [&](Figures const& p) { return p.entry->family == f.entry->family; }));
      }
      document["rows"].push_back(std::move(row));
    }
  }
  Figures const* eigen = nullptr;  // the analysis that most users know
  for (auto const& f : figures) {
    bool const symmetric = s.kind == Kind::positive_definite;
    if (f.entry->name == (symmetric ? "Eigen SimplicialLLT" : "Eigen SparseLU") && solved_all(f)) eigen = &f;
  }
  for (auto const& f : figures) {
    if (!f.failure.empty() || s.kind == Kind::dense || f.entry->batch != 0) continue;
    Json row = of_set(f);
    row["seconds"] = f.setup_seconds;
    if (f.entry->ours) {
      row["peer"] = eigen == nullptr ? Json(nullptr) : Json(eigen->entry->name + "::analyzePattern");
      row["peer_seconds"] = eigen == nullptr ? Json(nullptr) : Json(eigen->setup_seconds);
    }
    document["setup"].push_back(std::move(row));
  }
}

}  // namespace metasolve::bench::linear

// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/train/documents.hpp"

#include "metasolve/detail/io/text.hpp"
#include "metasolve/detail/model/model_json.hpp"
#include "metasolve/detail/model/names.hpp"
#include "metasolve/detail/train/constant.hpp"
#include "metasolve/detail/train/manifest.hpp"

namespace metasolve::train {

namespace {

using nlohmann::ordered_json;

ordered_json constant_json(config::RunConfig const& config, TrainResult const& result) {
  auto const& constants = result.constants;
  if (!constants.known) return nullptr;
  ordered_json json{{"name", constant_name(config, constants)},
                    {"iterations", constants.iterations()},
                    {"own_iterations", constants.own_iterations}};
  if (constants.is_tuned) {
    json["tuned"] = {{"value", constants.value}, {"iterations", constants.tuned_iterations}};
  }
  json["time_ratio"] = result.time_ratio > 0 ? ordered_json(result.time_ratio) : ordered_json(nullptr);
  return json;
}

ordered_json side_json(SideFigures const& f) {
  ordered_json quantiles = ordered_json::object(), status = ordered_json::object();
  for (std::size_t i = 0; i < f.quantiles.size(); ++i) {
    quantiles[io::shortest(evaluation_quantiles[i])] = f.quantiles[i];
  }
  for (std::size_t i = 0; i < f.status.size(); ++i) status[model::status_names[i]] = f.status[i];
  return {{"mean", f.mean},
          {"converged_mean", f.converged_mean},
          {"std", f.deviation},
          {"minimum", f.minimum},
          {"maximum", f.maximum},
          {"quantiles", quantiles},
          {"histogram", {{"edges", f.histogram.edges}, {"counts", f.histogram.counts}}},
          {"converged_share", f.converged_share},
          {"status", status}};
}

char const* name_of(Role role) {
  switch (role) {
    case Role::meta_solver:
      return "meta";
    case Role::baseline:
      return "baseline";
    case Role::tuned:
      return "tuned";
    case Role::fixed:
      return "fixed";
    default:
      return "direct";
  }
}

template <class Number>
ordered_json or_null(std::optional<Number> const& x) {
  return x ? ordered_json(*x) : ordered_json(nullptr);
}

ordered_json timing_json(Timing const& t) {
  ordered_json json{{"tolerance", t.tolerance},
                    {"meta_seconds_per_task", t.ways.front().seconds},
                    {"baseline_seconds_per_task", t.find(Role::baseline)->seconds},
                    {"ratio", t.ratio_to(Role::baseline)},
                    {"repetitions", t.repetitions}};
  if (auto const* const tuned = t.find(Role::tuned)) {
    json["tuned_seconds_per_task"] = tuned->seconds;
    json["tuned_ratio"] = t.ratio_to(Role::tuned);
  }
  json["ways"] = ordered_json::array();
  for (auto const& way : t.ways) {
    json["ways"].push_back(
        {{"way", name_of(way.role)},
         {"name", way.name},
         {"seconds_per_task", {{"median", way.seconds}, {"0.99", way.p99_seconds}}},
         {"start_seconds_per_task", or_null(way.start_seconds)},
         {"step_seconds", or_null(way.step_seconds())},
         {"iterations", {{"mean", way.iterations}, {"median", way.median_iterations}, {"0.99", way.p99_iterations}}},
         {"converged_share", way.converged_share}});
  }
  json["inference_seconds_per_task"] = or_null(t.inference_seconds);
  json["best_per_task"] = nullptr;
  if (auto const& bound = t.best_per_task) {
    json["best_per_task"] = {{"mean_iterations", bound->iterations},
                             {"seconds_per_task", bound->seconds},
                             {"constants_tried", bound->values}};
  }
  return json;
}

ordered_json verdict_json(Verdict const& v) {
  return {{"pays", v.pays},
          {"text", v.text},
          {"best_alternative", v.best.empty() ? ordered_json(nullptr) : ordered_json(v.best)},
          {"ratio", v.best.empty() ? ordered_json(nullptr) : ordered_json(v.ratio)},
          {"inference_share", or_null(v.inference_share)},
          {"iterations_below", or_null(v.iterations_below)}};
}

ordered_json value_json(Tuning const& tuning, std::size_t index) {
  auto const& v = tuning.values[index];
  auto const end = end_of(tuning, index);
  ordered_json at_end = nullptr;
  if (end != End::none) at_end = end == End::low ? "low" : "high";
  return {
      {"value", v.value},           {"mean_iterations", v.mean_iterations}, {"seconds_per_task", v.seconds_per_task},
      {"breakdowns", v.breakdowns}, {"unconverged", v.unconverged},         {"at_end", at_end}};
}

}  // namespace

ordered_json training_document(RunFiles const& files, config::RunConfig const& config, TrainResult const& result,
                               std::string const& device) {
  return {{"run", files.folder.string()},
          {"finished", result.finished},
          {"epoch", result.epoch},
          {"epochs", config.training.epochs},
          {"best",
           {{"epoch", result.best_epoch},
            {"iterations", result.best_iterations},
            {"gives_constant", result.constants.known && result.best_epoch == 0},
            {"member", result.best_member}}},
          {"constant", constant_json(config, result)},
          {"seconds", result.seconds},
          {"device", device},
          {"peak_memory_bytes", peak_memory()}};
}

ordered_json evaluation_document(std::string const& run, config::RunConfig const& config, std::string const& device,
                                 Evaluation const& e) {
  ordered_json tolerances = ordered_json::array();
  for (auto const& f : e.tolerances) {
    tolerances.push_back({{"tolerance", f.tolerance},
                          {"meta", side_json(f.meta)},
                          {"baseline", side_json(f.baseline)},
                          {"reduction", f.reduction}});
    if (f.tuned) tolerances.back()["tuned"] = side_json(*f.tuned);
  }
  ordered_json document{{"run", run},
                        {"problem", config.problem.name},
                        {"baseline", problems::problem_of(config).baseline(config)},
                        {"trained_tolerance", config.solver.tolerance},
                        {"device", device},
                        {"tasks", e.tasks},
                        {"failed_count_as", e.max_iterations},
                        {"tolerances", tolerances}};
  if (e.tuned) document["tuned"] = e.tuned_name;
  document["timing"] = timing_json(e.timing);
  document["verdict"] = verdict_json(e.timing.verdict);
  return document;
}

ordered_json tuning_document(config::RunConfig const& config, TunedParameter const& parameter, Tuning const& tuning,
                             bool by_seconds, std::string const& device) {
  auto const column = [&](auto member) {
    auto all = ordered_json::array();
    for (auto const& v : tuning.values) all.push_back(v.*member);
    return all;
  };
  ordered_json document{{"tasks", config.problem.train_tasks},
                        {"tolerance", config.solver.tolerance},
                        {"parameter", parameter.key.empty() ? parameter.name : parameter.key},
                        {"failed_count_as", config.evaluation.max_iterations},
                        {"values", column(&TunedValue::value)},
                        {"mean_iterations", column(&TunedValue::mean_iterations)},
                        {"seconds_per_task", column(&TunedValue::seconds_per_task)},
                        {"breakdowns", column(&TunedValue::breakdowns)},
                        {"unconverged", column(&TunedValue::unconverged)},
                        {"by", by_seconds ? "seconds" : "iterations"},
                        {"best", value_json(tuning, by_seconds ? tuning.fastest : tuning.best)},
                        {"best_by_iterations", value_json(tuning, tuning.best)},
                        {"best_by_seconds", value_json(tuning, tuning.fastest)},
                        {"best_per_task", {{"mean_iterations", tuning.best_per_task}}}};
  if (tuning.smallest_safe) document["smallest_safe"] = *tuning.smallest_safe;
  document["seconds"] = tuning.seconds;
  document["device"] = device;
  return document;
}

ordered_json gradient_tuning_document(RunFiles const& files, GradientTuning const& tuning, std::string const& device) {
  bool const is_better = !tuning.found.empty();
  return {{"tasks", tuning.config.problem.validation_tasks},
          {"tolerance", tuning.config.solver.tolerance},
          {"failed_count_as", tuning.config.evaluation.max_iterations},
          {"before", side_json(tuning.before)},
          {"after", side_json(tuning.after)},
          {"constants", is_better ? ordered_json(tuning.found) : ordered_json(nullptr)},
          {"run", files.folder.string()},
          {"configuration", constants_file(files).string()},
          {"epochs", tuning.epochs},
          {"finished", !tuning.stopped},
          {"seconds", tuning.seconds},
          {"device", device}};
}

ordered_json model_document(std::filesystem::path const& file, model::Model const& model) {
  auto document = model::to_json(model);
  document["file"] = file.string();
  document["feature_shift"] = model.shift;
  document["feature_scale"] = model.scale;
  document["weights"] = model.weights.size();
  return document;
}

}  // namespace metasolve::train

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>

#include "metasolve/detail/train/evaluate.hpp"
#include "metasolve/detail/train/gradient_tuning.hpp"
#include "metasolve/detail/train/trainer.hpp"
#include "metasolve/detail/train/tune.hpp"

/// Results as JSON documents, those of the commands' --json and of runs.hpp. device: Executor::description().
namespace metasolve::train {

nlohmann::ordered_json training_document(RunFiles const& files, config::RunConfig const& config,
                                         TrainResult const& result, std::string const& device);

/// run: as the user named it.
nlohmann::ordered_json evaluation_document(std::string const& run, config::RunConfig const& config,
                                           std::string const& device, Evaluation const& evaluation);

/// by_seconds: which value is "best".
nlohmann::ordered_json tuning_document(config::RunConfig const& config, TunedParameter const& parameter,
                                       Tuning const& tuning, bool by_seconds, std::string const& device);

/// Of `tune` by gradient.
nlohmann::ordered_json gradient_tuning_document(RunFiles const& files, GradientTuning const& tuning,
                                                std::string const& device);

nlohmann::ordered_json model_document(std::filesystem::path const& file, model::Model const& model);

}  // namespace metasolve::train

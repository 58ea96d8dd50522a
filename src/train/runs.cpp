// SPDX-License-Identifier: Apache-2.0
#include "metasolve/runs.hpp"

#include "metasolve/detail/config/schema.hpp"
#include "metasolve/detail/io/json.hpp"
#include "metasolve/detail/io/notices.hpp"
#include "metasolve/detail/io/scratch_folder.hpp"
#include "metasolve/detail/train/documents.hpp"
#include "metasolve/detail/train/gradient_tuning.hpp"
#include "metasolve/detail/train/run.hpp"
#include "metasolve/detail/train/run_settings.hpp"
#include "metasolve/error.hpp"

namespace metasolve {

namespace {

namespace fs = std::filesystem;

constexpr char override_name[] = "setting";

config::RunConfig configured(std::string const& configuration, TrainingSettings const& settings) {
  std::error_code none;
  return config::parse(configuration, "configuration", settings, override_name, fs::current_path(none));
}

}  // namespace

std::string train_run(Executor const& executor, fs::path const& folder, std::string const& configuration,
                      TrainingSettings const& settings, TrainingControl const& control) {
  io::NoticesTo const notices(control.notice);
  train::RunFiles const files(folder);
  auto const& remedies = train::remedies_of_library;
  // Only rank 0 looks at the folder before the training begins.
  std::optional<train::FoundRun> found;
  bool resume = false;
  auto const config = train::config_of_first(executor.ranks(), [&] {
    resume = control.resume && train::holds_run(files);
    if (configuration.empty() && !resume) {
      throw InputError(folder.string() + (control.resume ? ": holds no run to resume" : ": no run is to be resumed") +
                       ", and the configuration is empty; give one, such as that of configs/poisson.toml");
    }
    if (resume) found = train::find_run(files, remedies);
    auto fitted = configuration.empty() ? config::overridden(found->config, folder.string(), settings, override_name)
                                        : configured(configuration, settings);
    train::fit_to_data(fitted, control.notice);
    if (found) train::require_same(fitted, found->config, folder, remedies.elsewhere);
    if (!resume) train::require_no_run(files, remedies);
    return fitted;
  });
  // Reject impossible trainings before writing anything.
  if (!found || !found->finished()) [[maybe_unused]]
    auto const planned = train::planned_bytes(executor, config);
  auto const result = train::train_run(
      executor, {files, resume, config, train::command_line(), remedies, {}, train::hooks_of(control)});
  return io::document_text(train::training_document(files, config, result, executor.description()));
}

std::string evaluate_run(Executor const& executor, fs::path const& run, TrainingSettings const& settings,
                         std::function<void(std::string const&)> const& notice) {
  io::NoticesTo const notices(notice);
  auto const file = train::find_model(run, "best");
  if (notice && !file.notice.empty()) notice(file.notice);
  auto const model = train::read_model(file.path, settings, override_name);
  auto const evaluation = train::evaluate(executor, model);
  return io::document_text(train::evaluation_document(run.string(), model.config, executor.description(), evaluation));
}

std::string inspect_model(fs::path const& run) {
  auto const file = model::model_file(run);
  return io::document_text(train::model_document(file, train::read_any_model(file)));
}

std::string tune_constant(Executor const& executor, std::string const& configuration, TrainingSettings const& settings,
                          TuningRange const& range, std::function<void(std::string const&)> const& notice) {
  io::NoticesTo const notices(notice);
  auto config = configured(configuration, settings);
  train::fit_to_data(config, notice);
  if (train::tunes_by_gradient(config)) {
    io::ScratchFolder const folder("the run of a search of constants");
    train::RunFiles const files(folder.path());
    train::RunRequest const request{files, false, config, train::command_line(), train::remedies_of_library, {}, {}};
    auto const tuning = train::tune_by_gradient(executor, config, request, train::usual_tuning_seconds);
    auto document = train::gradient_tuning_document(files, tuning, executor.description());
    document.erase("run");
    document["configuration"] = config::to_toml(tuning.config);
    return io::document_text(document);
  }
  auto const& parameter = train::tuned_parameter(config);
  auto const tuning = train::tune(executor, config, train::Split::train, train::grid_of(range, parameter), {});
  return io::document_text(train::tuning_document(config, parameter, tuning, range.by_seconds, executor.description()));
}

std::string load_configuration(fs::path const& file, TrainingSettings const& settings) {
  return config::to_toml(config::load(file, settings, override_name));
}

std::string resolved_configuration(std::string const& configuration, TrainingSettings const& settings,
                                   std::function<void(std::string const&)> const& notice) {
  auto config = configured(configuration, settings);
  train::fit_to_data(config, notice);
  return io::document_text(config::to_json(config));
}

}  // namespace metasolve

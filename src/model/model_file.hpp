// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "metasolve/detail/io/safetensors.hpp"
#include "metasolve/detail/model/model.hpp"

/// Models as safetensors: `layers.L.weight` [out][in] and `layers.L.bias` [out] in the network's precision,
/// `features.shift` and `features.scale` [features], and optionally `basis` [outputs][parameters]; the rest as JSON in
/// the metadata's "model". A checkpoint contains the same, and more.
namespace metasolve::model {

inline constexpr char model_format[] = "metasolve-model";              ///< the metadata's "format" of a model alone,
inline constexpr char checkpoint_format[] = "metasolve-checkpoint-2";  ///< of a checkpoint, which contains a model,
inline constexpr char old_checkpoint_format[] = "metasolve-checkpoint-1";  ///< and of an old checkpoint without a model

/// File names in a run's folder.
inline constexpr char model_name[] = "model.safetensors";
inline constexpr char best_name[] = "best.safetensors";
inline constexpr char last_name[] = "last.safetensors";

/// A network's numbers in its own precision: converted from and to doubles without loss.
class NetworkTensors {
 public:
  explicit NetworkTensors(engine::Precision precision) : single_(precision == engine::Precision::single_precision) {}

  [[nodiscard]] io::Tensor make(std::string const& name, std::vector<std::int64_t> const& shape,
                                std::span<double const> values) const {
    if (!single_) return io::make_tensor<double>(name, shape, values);
    std::vector<float> const converted(values.begin(), values.end());
    return io::make_tensor<float>(name, shape, converted);
  }
  void read(io::SafetensorsFile const& file, std::string const& name, std::vector<std::int64_t> const& shape,
            std::vector<double>& to) const {
    if (single_) {
      auto const values = file.view<float>(name, shape);
      to.insert(to.end(), values.begin(), values.end());
    } else {
      auto const values = file.view<double>(name, shape);
      to.insert(to.end(), values.begin(), values.end());
    }
  }

 private:
  bool single_;
};

/// A model's tensors in a file.
std::vector<io::Tensor> tensors_of(Model const& model);
std::string description_of(Model const& model);

/// Extracts the model from a file. @throws InputError missing or damaged
Model model_in(io::SafetensorsFile const& file);

/// Atomic. @throws OutputError
void write_model(std::filesystem::path const& file, Model const& model);

/// Extracts the model from a model or a checkpoint. @throws InputError as read_model
Model model_of(io::SafetensorsFile const& file);

/// Reads a model or a checkpoint. @throws InputError another kind of file, damaged, a later format, or a checkpoint of
/// an earlier format, with what to do
Model read_model(std::filesystem::path const& file);

/// The file to load a meta-solver from: `run` itself; for a run's folder its model, else its best checkpoint.
/// @throws InputError there is none
std::filesystem::path model_file(std::filesystem::path const& run);

}  // namespace metasolve::model

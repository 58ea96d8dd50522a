// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/model/model_file.hpp"

#include <algorithm>
#include <cmath>

#include "metasolve/detail/io/json.hpp"
#include "metasolve/detail/io/paths.hpp"
#include "metasolve/detail/model/model_json.hpp"
#include "metasolve/error.hpp"

namespace metasolve::model {

namespace {

std::string layer_name(std::size_t layer, char const* part) { return "layers." + std::to_string(layer) + "." + part; }

std::vector<double> doubles(io::SafetensorsFile const& file, char const* name, std::vector<std::int64_t> const& shape) {
  auto const values = file.view<double>(name, shape);
  return {values.begin(), values.end()};
}

void require_finite(io::SafetensorsFile const& file, char const* what, std::vector<double> const& values) {
  if (std::ranges::all_of(values, [](double x) { return std::isfinite(x); })) return;
  throw InputError(file.origin + ": " + what + " hold a number that is not finite; the file is damaged");
}

}  // namespace

std::vector<io::Tensor> tensors_of(Model const& m) {
  NetworkTensors const network(m.precision);
  std::vector<io::Tensor> tensors;
  std::span<double const> const weights(m.weights);
  auto const layers = network::layer_shapes(m.network);
  for (std::size_t l = 0; l < layers.size(); ++l) {
    auto const part = [&](std::int64_t at, std::int64_t n) {
      return weights.subspan(static_cast<std::size_t>(at), static_cast<std::size_t>(n));
    };
    tensors.push_back(network.make(layer_name(l, "weight"), {layers[l].out, layers[l].in},
                                   part(layers[l].weight, layers[l].out * layers[l].in)));
    if (layers[l].biases == 0) continue;
    tensors.push_back(network.make(layer_name(l, "bias"), {layers[l].out}, part(layers[l].bias, layers[l].out)));
  }
  auto const width = m.network.features();
  tensors.push_back(io::make_tensor<double>("features.shift", {width}, m.shift));
  tensors.push_back(io::make_tensor<double>("features.scale", {width}, m.scale));
  if (!m.basis.empty()) {
    tensors.push_back(io::make_tensor<double>("basis", {m.network.outputs(), m.sides.parameter_count()}, m.basis));
  }
  return tensors;
}

std::string description_of(Model const& m) { return to_json(m).dump(); }

Model model_in(io::SafetensorsFile const& file) {
  if (!file.has_checksum) {
    throw InputError(file.origin + ": has no checksum, so it is not as metasolve wrote it; copy or export it again");
  }
  auto m = from_json(io::parse_json<nlohmann::ordered_json>(file.metadata_at("model"), file.origin + ": its model"),
                     file.origin);
  NetworkTensors const network(m.precision);
  auto const layers = network::layer_shapes(m.network);
  for (std::size_t l = 0; l < layers.size(); ++l) {
    network.read(file, layer_name(l, "weight"), {layers[l].out, layers[l].in}, m.weights);
    if (layers[l].biases > 0) network.read(file, layer_name(l, "bias"), {layers[l].out}, m.weights);
  }
  auto const width = m.network.features();
  m.shift = doubles(file, "features.shift", {width});
  m.scale = doubles(file, "features.scale", {width});
  if (!m.basis.empty()) {
    m.basis = doubles(file, "basis", {m.network.outputs(), m.sides.parameter_count()});
  } else if (std::ranges::any_of(file.tensors, [](io::Tensor const& t) { return t.name == "basis"; })) {
    throw InputError(file.origin + ": of its model has_basis is false, and the file has a basis; the file is damaged");
  }
  require_finite(file, "its weights", m.weights);
  require_finite(file, "the shifts of its features", m.shift);
  require_finite(file, "the scales of its features", m.scale);
  require_finite(file, "its basis", m.basis);
  return m;
}

void write_model(std::filesystem::path const& file, Model const& m) {
  io::write_safetensors(file, tensors_of(m), {{"format", model_format}, {"model", description_of(m)}});
}

Model read_model(std::filesystem::path const& path) { return model_of(io::read_safetensors(path)); }

Model model_of(io::SafetensorsFile const& file) {
  auto const& found = file.metadata_at("format");
  if (found == old_checkpoint_format) {
    throw InputError(file.origin +
                     ": a checkpoint of an earlier metasolve, which does not say what its numbers mean; " +
                     "make a model of it by `metasolve export " + file.origin + " --out " + model_name + "`");
  }
  if (found != model_format && found != checkpoint_format) {
    throw InputError(file.origin + ": format '" + found + "' found, expected '" + model_format + "' or '" +
                     checkpoint_format + "'; it was written by another version of metasolve");
  }
  return model_in(file);
}

std::filesystem::path model_file(std::filesystem::path const& run) {
  if (!io::is_directory(run)) return run;
  for (char const* name : {model_name, best_name}) {
    if (io::exists(run / name)) return run / name;
  }
  if (io::exists(run / last_name)) {
    throw InputError(run.string() + ": has no " + best_name + "; load " + (run / last_name).string() +
                     " by its own name, or finish the training");
  }
  return run / model_name;  // does not exist: reading reports this name as missing
}

}  // namespace metasolve::model

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "metasolve/detail/model/model.hpp"

/// A model's description as JSON, in the metadata of its file and for `metasolve inspect`.
namespace metasolve::model {

/// The format written; earlier ones can be read.
inline constexpr int format = 1;

/// Problem, features, parameters and head.
nlohmann::ordered_json to_json(Interface const& sides);

/// All of a model except its tensor data: scaling, basis, weights.
nlohmann::ordered_json to_json(Model const& model);

/// The model without those numbers. Messages begin with origin, the file's name.
/// @throws InputError a later format, or a member that is missing, of the wrong type or out of range
Model from_json(nlohmann::ordered_json const& document, std::string const& origin);

}  // namespace metasolve::model

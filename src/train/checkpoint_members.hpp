// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/detail/io/safetensors.hpp"
#include "metasolve/detail/train/checkpoint.hpp"

/// The training states of a checkpoint's members. That of the member whose network is the checkpoint's model has names
/// without a prefix, and its weights are the model's; those of the others begin with "members.K.".
namespace metasolve::train {

/// Appends the state of the checkpoint's own member, without its weights.
void add_own_learner(Checkpoint const& checkpoint, std::vector<io::Tensor>& tensors);
/// Appends the index of that member and the states of the others; with one member, nothing.
void add_other_members(Checkpoint const& checkpoint, std::vector<io::Tensor>& tensors);

/// Both read what is written above into `to`, whose configuration and weights are already there.
/// @throws InputError damaged
void read_own_learner(io::SafetensorsFile const& file, Checkpoint& to);
void read_other_members(io::SafetensorsFile const& file, std::string const& origin, Checkpoint& to);

/// A named tensor of numbers.
io::Tensor scalars(std::string const& name, std::vector<double> const& values);
io::Tensor integers(std::string const& name, std::vector<std::int64_t> const& values);

/// Whether the file has this tensor.
bool holds(io::SafetensorsFile const& file, std::string_view name);

}  // namespace metasolve::train

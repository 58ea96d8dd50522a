// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "field.hpp"

namespace projection {

/// The share of the heavy fluid in a cell whose centre is this far from the surface, in cells; positive is heavy.
double heavy_share(double distance);

/// Makes distances of what a flow has distorted, near the surface, which stays where it is (Russo and Smereka 2000).
void restore_distance(Field& distance);

/// Gives solid cells the distances of the nearest fluid: what a moving obstacle leaves behind is of the fluid beside
/// it.
void extend_into_solids(Field& distance, std::vector<unsigned char> const& fluid);

/// Moves the surface evenly by up to a fifth of a cell, towards the volume of the heavy fluid or, if `volume_is_heavy`
/// is false, of the light one. Level sets lose volume otherwise.
void restore_volume(Field& distance, std::vector<unsigned char> const& fluid, double volume, bool volume_is_heavy);

/// In cells.
double heavy_volume(Field const& distance, std::vector<unsigned char> const& fluid);

}  // namespace projection

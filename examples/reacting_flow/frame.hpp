// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "body.hpp"

namespace flow {

/// Writes y1 (range 0 to 1) and y2 (range 0 to its maximum in this frame) side by side with a colour bar, dark for 0.
/// @throws std::runtime_error the file cannot be written
void write_frame(std::string const& file, Grid const& grid, std::vector<double> const& y);

}  // namespace flow

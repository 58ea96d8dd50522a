// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace flow {

/// The rows of a slab that belong to others.
class Halo {
 public:
  virtual ~Halo() = default;
  /// Gets them from their owners, and sends others this slab's rows. planes: [species][plane], in memory accessible to
  /// the executor. Collective; synchronizes.
  virtual void exchange(double* planes) = 0;
};

}  // namespace flow

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fstream>
#include <span>
#include <string>
#include <vector>

namespace projection {

/// A safetensors file of float64 arrays with a common first axis, written an entry of that axis at a time.
class TensorFile {
 public:
  struct Tensor {
    std::string name;
    std::vector<int> shape;  ///< without the first axis
  };

  /// @throws std::runtime_error the file cannot be written
  TensorFile(std::string const& path, std::vector<Tensor> tensors, int entries);

  void write(int entry, std::size_t tensor, std::span<double const> values);
  /// @throws std::runtime_error not all could be written
  void close();

 private:
  std::string path_;
  std::ofstream file_;
  std::vector<std::size_t> begin_, size_;  ///< begin: in the file; size: of an entry, in bytes
};

}  // namespace projection

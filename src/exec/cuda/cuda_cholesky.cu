// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>

#include "metasolve/error.hpp"
#include "src/exec/cuda/cuda_cholesky.hpp"
#include "src/exec/cuda/cuda_start.cuh"

namespace metasolve::exec {

namespace {

/// Our lower triangle by rows is cuSOLVER's upper one by columns.
constexpr cublasFillMode_t lower_by_rows = CUBLAS_FILL_MODE_UPPER;

void check(cusolverStatus_t status, char const* what) {
  if (status == CUSOLVER_STATUS_SUCCESS) return;
  throw DeviceError("CUDA: cannot " + std::string(what) + ": cuSOLVER returned status " +
                    std::to_string(static_cast<int>(status)) + "; use the device \"cpu\"");
}

/// Addresses of matrices that lie one after the other. cuSOLVER would solve with a void factor too, and may then run
/// into it: such a system is given the first usable factor, and its solution is dropped by the caller.
__global__ void fill_addresses(double* first, std::int64_t size, int batch, std::int32_t const* info, double** to) {
  for (int i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x); i < batch;
       i += static_cast<int>(gridDim.x * blockDim.x)) {
    int from = i;
    if (info != nullptr && info[i] != 0) {
      for (int j = 0; j < batch && from == i; ++j) {
        if (info[j] == 0) from = j;
      }
    }
    to[i] = first + from * size;
  }
}

void fill(double* first, std::int64_t size, std::int64_t batch, std::int32_t const* info, double** to,
          cudaStream_t stream) {
  constexpr unsigned threads = 128;
  auto const blocks = static_cast<unsigned>((batch + threads - 1) / threads);
  start_kernel("launch a kernel over matrices", {dim3(blocks), dim3(threads), 0, stream}, fill_addresses, first, size,
               static_cast<int>(batch), info, to);
}

}  // namespace

CudaCholesky::CudaCholesky() { check(cusolverDnCreate(&handle_), "start cuSOLVER"); }

CudaCholesky::~CudaCholesky() {
  for (void* memory :
       {static_cast<void*>(matrices_), static_cast<void*>(right_sides_), static_cast<void*>(argument_info_)}) {
    report(cudaFree(memory), "free the memory of cuSOLVER");
  }
  if (handle_ != nullptr) cusolverDnDestroy(handle_);
}

void CudaCholesky::reserve(std::int64_t batch) {
  if (batch <= capacity_) return;
  auto const grow = [&](auto*& memory, std::int64_t count) {
    report(cudaFree(memory), "free the memory of cuSOLVER");
    memory = nullptr;
    exec::check(cudaMalloc(&memory, static_cast<std::size_t>(count) * sizeof *memory), "allocate memory for cuSOLVER");
  };
  capacity_ = 0;
  grow(matrices_, batch);
  grow(right_sides_, batch);
  grow(argument_info_, 1);
  capacity_ = batch;
}

void CudaCholesky::require(SymmetricBatch const& a) const {
  if (a.batch <= capacity_) return;
  throw Error("cholesky: " + std::to_string(a.batch) + " matrices given, " + std::to_string(capacity_) + " reserved");
}

void CudaCholesky::factor(SymmetricBatch const& a, std::int32_t* info, cudaStream_t stream) {
  require(a);
  check(cusolverDnSetStream(handle_, stream), "give cuSOLVER a stream");
  fill(a.matrices, a.n * a.n, a.batch, nullptr, matrices_, stream);
  int const n = static_cast<int>(a.n);
  check(cusolverDnDpotrfBatched(handle_, lower_by_rows, n, matrices_, n, info, static_cast<int>(a.batch)),
        "factorise matrices");
}

void CudaCholesky::solve(SymmetricBatch const& factors, double* right_sides, std::int32_t const* info,
                         cudaStream_t stream) {
  require(factors);
  check(cusolverDnSetStream(handle_, stream), "give cuSOLVER a stream");
  fill(factors.matrices, factors.n * factors.n, factors.batch, info, matrices_, stream);
  fill(right_sides, factors.n, factors.batch, nullptr, right_sides_, stream);
  int const n = static_cast<int>(factors.n);
  check(cusolverDnDpotrsBatched(handle_, lower_by_rows, n, 1, matrices_, n, right_sides_, n, argument_info_,
                                static_cast<int>(factors.batch)),
        "solve with factors");
}

}  // namespace metasolve::exec

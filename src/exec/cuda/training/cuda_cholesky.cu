// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/exec/cuda/training/cuda_cholesky.hpp"

#include <cusolverDn.h>

#include <string>

#include "metasolve/detail/exec/cuda/cuda_start.cuh"
#include "metasolve/error.hpp"

namespace metasolve::exec {

namespace {

/// The row-major lower triangle is cuSOLVER's column-major upper one.
constexpr cublasFillMode_t lower_by_rows = CUBLAS_FILL_MODE_UPPER;

void check(cusolverStatus_t status, char const* what) {
  if (status == CUSOLVER_STATUS_SUCCESS) return;
  throw DeviceError("CUDA: cannot " + std::string(what) + ": cuSOLVER returned status " +
                    std::to_string(static_cast<int>(status)) + "; use the device \"cpu\"");
}

/// Addresses of contiguous matrices. cuSOLVER would also solve with an invalid factor and may fail on it: such a system
/// gets the first usable factor, and the caller drops its solution.
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

class CudaCholesky final : public Cholesky {
 public:
  CudaCholesky(CudaExec& exec, std::int64_t batch)
      : exec_(exec), capacity_(batch), matrices_(exec, batch), rhs_(exec, batch), argument_info_(exec, 1) {
    if (exec.planning()) return;  // cuSOLVER's own memory cannot be predicted
    exec.require_no_capture("make_cholesky");
    CurrentDevice const current(exec.device());
    check(cusolverDnCreate(&handle_), "start cuSOLVER");
  }
  ~CudaCholesky() override {
    CurrentDevice const current(exec_.device(), std::nothrow);
    report(cudaStreamSynchronize(exec_.stream()), "finish the work of a stream");
    if (handle_ != nullptr) cusolverDnDestroy(handle_);
  }
  CudaCholesky(CudaCholesky const&) = delete;
  CudaCholesky& operator=(CudaCholesky const&) = delete;

  void factor(SymmetricBatch const& a, std::int32_t* info) override {
    CurrentDevice const current(exec_.device());
    begin(a);
    fill(a.matrices, a.n * a.n, a.batch, nullptr, matrices_.data(), exec_.stream());
    int const n = static_cast<int>(a.n);
    check(cusolverDnDpotrfBatched(handle_, lower_by_rows, n, matrices_.data(), n, info, static_cast<int>(a.batch)),
          "factorise matrices");
  }

  void solve(SymmetricBatch const& factors, double* rhs, std::int32_t const* info) override {
    CurrentDevice const current(exec_.device());
    begin(factors);
    fill(factors.matrices, factors.n * factors.n, factors.batch, info, matrices_.data(), exec_.stream());
    fill(rhs, factors.n, factors.batch, nullptr, rhs_.data(), exec_.stream());
    int const n = static_cast<int>(factors.n);
    check(cusolverDnDpotrsBatched(handle_, lower_by_rows, n, 1, matrices_.data(), n, rhs_.data(), n,
                                  argument_info_.data(), static_cast<int>(factors.batch)),
          "solve with factors");
  }

 private:
  void begin(SymmetricBatch const& a) const {
    if (a.batch > capacity_) {
      throw Error("cholesky: " + std::to_string(a.batch) + " matrices given, made for " + std::to_string(capacity_));
    }
    check(cusolverDnSetStream(handle_, exec_.stream()), "give cuSOLVER a stream");
  }

  CudaExec& exec_;
  std::int64_t capacity_;
  Buffer<double*> matrices_, rhs_;  ///< [capacity]
  Buffer<int> argument_info_;
  cusolverDnHandle_t handle_ = nullptr;
};

}  // namespace

std::unique_ptr<Cholesky> make_cholesky(CudaExec& exec, std::int64_t batch) {
  return std::make_unique<CudaCholesky>(exec, batch);
}

}  // namespace metasolve::exec

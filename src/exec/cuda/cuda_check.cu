// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <string>

#include "metasolve/detail/exec/cpu/threads.hpp"
#include "metasolve/detail/exec/cuda/cuda_check.hpp"
#include "metasolve/error.hpp"

namespace metasolve::exec {

namespace {

/// What the user can do about it.
char const* remedy(cudaError_t status) {
  switch (status) {
    case cudaErrorInsufficientDriver:
      return "there is no NVIDIA driver, or it is older than this build's CUDA toolkit: install a newer driver, or "
             "use the device \"cpu\"";
    case cudaErrorNoDevice:
      return "the driver offers no device: check CUDA_VISIBLE_DEVICES and nvidia-smi, or use the device \"cpu\"";
    case cudaErrorMemoryAllocation:
      return "the device's memory is full: use a smaller batch or less tape memory, or end other programs on it";
    case cudaErrorStreamCaptureUnsupported:
    case cudaErrorStreamCaptureInvalidated:
    case cudaErrorStreamCaptureImplicit:
      return "this call waits or allocates, which a stream that is being captured into a graph forbids: make it "
             "before the capture";
    case cudaErrorInitializationError:
    case cudaErrorNotPermitted:
      if (!is_forked()) break;
      return "this process is the child of a fork, and CUDA does not survive one: open the executor after the fork, in "
             "a "
             "process whose parent has not used CUDA, or start processes by exec (Python: multiprocessing \"spawn\")";
    case cudaErrorNoKernelImageForDevice:
    case cudaErrorUnsupportedPtxVersion:
      return "configure for this device's architecture with -DCMAKE_CUDA_ARCHITECTURES";
    default:
      break;
  }
  return "an earlier asynchronous call may be the cause: run again with CUDA_LAUNCH_BLOCKING=1 or under "
         "compute-sanitizer";
}

[[noreturn]] void fail(std::string const& what, std::string const& cause, std::string const& remedy,
                       std::source_location where) {
  throw DeviceError("CUDA: cannot " + what + ": " + cause + "; " + remedy + " [" + where.file_name() + ":" +
                    std::to_string(where.line()) + "]");
}

}  // namespace

void check(cudaError_t status, char const* what, std::source_location where) {
  if (status == cudaSuccess) return;
  // The runtime keeps a failure for the next cudaGetLastError; it is reported here and must not be reported twice.
  [[maybe_unused]] cudaError_t const told = cudaGetLastError();
  fail(what, std::string(cudaGetErrorName(status)) + " (" + cudaGetErrorString(status) + ")", remedy(status), where);
}

void check(cublasStatus_t status, char const* what, std::source_location where) {
  if (status == CUBLAS_STATUS_SUCCESS) return;
  fail(what, cublasGetStatusName(status),
       status == CUBLAS_STATUS_ALLOC_FAILED ? remedy(cudaErrorMemoryAllocation) : remedy(cudaErrorUnknown), where);
}

void report(cudaError_t status, char const* what) noexcept {
  if (status == cudaErrorCudartUnloading) return;  // the process ends, which also releases everything
  if (status != cudaSuccess) std::fprintf(stderr, "metasolve: cannot %s: %s\n", what, cudaGetErrorString(status));
}
void report(cublasStatus_t status, char const* what) noexcept {
  if (status != CUBLAS_STATUS_SUCCESS) {
    std::fprintf(stderr, "metasolve: cannot %s: %s\n", what, cublasGetStatusName(status));
  }
}

CurrentDevice::CurrentDevice(int device) {
  check(cudaGetDevice(&former_), "ask for the current device");
  if (former_ == device) return;
  check(cudaSetDevice(device), "make a device current");
  changed_ = true;
}
CurrentDevice::CurrentDevice(int device, std::nothrow_t) noexcept {
  cudaError_t const asked = cudaGetDevice(&former_);
  report(asked, "ask for the current device");
  if (asked != cudaSuccess || former_ == device) return;
  cudaError_t const set = cudaSetDevice(device);
  report(set, "make a device current");
  changed_ = set == cudaSuccess;
}
CurrentDevice::~CurrentDevice() {
  if (changed_) report(cudaSetDevice(former_), "make the former device current");
}

}  // namespace metasolve::exec

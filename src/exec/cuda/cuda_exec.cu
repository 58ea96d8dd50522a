// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/exec/cuda/cuda_exec.cuh"

#include <cuda.h>

#include <optional>
#include <string>

#include "metasolve/detail/exec/cuda/cuda_architectures.hpp"
#include "metasolve/detail/exec/cuda/cuda_collect.cuh"
#include "metasolve/detail/exec/cuda/cuda_runtime_info.hpp"
#include "metasolve/error.hpp"

namespace metasolve::exec {

namespace {

__global__ void probe() {}

using AskForPointer = CUresult (*)(unsigned, CUpointer_attribute*, void**, CUdeviceptr);

int attribute(cudaDeviceAttr what, int device) {
  int value = 0;
  check(cudaDeviceGetAttribute(&value, what, device), "ask for a device's properties");
  return value;
}

/// Returns the device if it can be used.
int present_device(int device) {
  int count = 0;
  cudaError_t const status = cudaGetDeviceCount(&count);
  if (status != cudaSuccess) {
    [[maybe_unused]] cudaError_t const told = cudaGetLastError();  // reported here, not at the next call
    throw DeviceError("device \"cuda\": " + no_device_message(status));
  }
  if (device < 0 || device >= count) {
    throw DeviceError("device \"cuda:" + std::to_string(device) + "\" does not exist; there " +
                      (count == 1 ? "is 1 device, \"cuda:0\""
                                  : "are " + std::to_string(count) +
                                        " devices, \"cuda:0\" to \"cuda:" + std::to_string(count - 1) + "\""));
  }
  return device;
}

/// The driver's query for several attributes at once, which the runtime does not expose; null: not available.
AskForPointer pointer_attributes() {
  void* function = nullptr;
  cudaDriverEntryPointQueryResult found{};
#if CUDART_VERSION >= 12050
  cudaError_t const status =
      cudaGetDriverEntryPointByVersion("cuPointerGetAttributes", &function, 12000, cudaEnableDefault, &found);
#else
  cudaError_t const status = cudaGetDriverEntryPoint("cuPointerGetAttributes", &function, cudaEnableDefault, &found);
#endif
  if (status != cudaSuccess) [[maybe_unused]]
    cudaError_t const told = cudaGetLastError();
  return found == cudaDriverEntryPointSuccess ? reinterpret_cast<AskForPointer>(function) : nullptr;
}

std::string architecture(int device) {
  return std::to_string(attribute(cudaDevAttrComputeCapabilityMajor, device) * 10 +
                        attribute(cudaDevAttrComputeCapabilityMinor, device));
}

/// The device of a stream; nothing where the driver, or this build's runtime, is too old for the query.
std::optional<int> asked_device([[maybe_unused]] cudaStream_t stream) {
#if CUDART_VERSION >= 12080
  int device = -1;
  cudaError_t const status = cudaStreamGetDevice(stream, &device);
  if (status != cudaErrorCallRequiresNewerDriver) {
    check(status, "ask for a stream's device");
    return device;
  }
  [[maybe_unused]] cudaError_t const told = cudaGetLastError();  // the fallback follows below
#endif
  return std::nullopt;
}

/// A stream accepts events of its own device only.
bool takes_events_of_current_device(cudaStream_t stream) {
  cudaEvent_t event = nullptr;
  check(cudaEventCreateWithFlags(&event, cudaEventDisableTiming), "make an event");
  cudaError_t const status = cudaEventRecord(event, stream);
  report(cudaEventDestroy(event), "release an event");
  if (status != cudaErrorInvalidResourceHandle) {
    check(status, "ask for a stream's device");
    return true;
  }
  [[maybe_unused]] cudaError_t const told = cudaGetLastError();  // reported here, not at the next call
  return false;
}

/// Requires `device` to be current. @throws DeviceError the stream belongs to another device
void require_stream_of(int device, cudaStream_t stream) {
  auto const asked = asked_device(stream);
  if (asked ? *asked == device : takes_events_of_current_device(stream)) return;
  throw DeviceError("the stream given belongs to " + (asked ? "device " + std::to_string(*asked) : "another device") +
                    ", not to device " + std::to_string(device) + "; give a stream of that device");
}

}  // namespace

CudaExec::CudaExec(int device, cudaStream_t stream) : device_(present_device(device)), stream_(stream) {
  CurrentDevice const current(device_);
  require_built_for_device();
  multiprocessors_ = attribute(cudaDevAttrMultiProcessorCount, device_);
  shared_limit_ = attribute(cudaDevAttrMaxSharedMemoryPerBlockOptin, device_);
  reaches_pageable_memory_ = attribute(cudaDevAttrPageableMemoryAccess, device_) != 0;
  if (stream != nullptr) {
    require_stream_of(device_, stream);
  }
  cudaEvent_t event = nullptr;
  check(cudaEventCreateWithFlags(&event, cudaEventDisableTiming), "make an event");
  order_event_.reset(event);
  gemm_ = std::make_unique<CudaGemm>();
  check(cudaMalloc(reinterpret_cast<void**>(&partial_sums_), most_partial_sums * sizeof(double)),
        "allocate memory for sums");
  if (stream == nullptr) {
    cudaError_t const status = cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking);
    if (status != cudaSuccess) report(cudaFree(partial_sums_), "free memory for sums");
    check(status, "create a stream");
    owns_stream_ = true;
  }
}

CudaExec::~CudaExec() {
  CurrentDevice const current(device_, std::nothrow);
  // Work in flight still uses what is released here.
  report(cudaStreamSynchronize(stream_), "finish the work of a stream");
  sort_memory_.clear();
  report(cudaFree(partition_memory_.data()), "free memory for partitions");
  report(cudaFree(partial_sums_), "free memory for sums");
  gemm_.reset();
  sparse_.reset();
  dnn_.reset();
  if (owns_stream_) report(cudaStreamDestroy(stream_), "release a stream");
}

void CudaExec::require_built_for_device() const {
  cudaFuncAttributes attributes{};
  cudaError_t const status = cudaFuncGetAttributes(&attributes, probe);
  if (status == cudaErrorNoKernelImageForDevice || status == cudaErrorInvalidDeviceFunction ||
      status == cudaErrorUnsupportedPtxVersion) {
    [[maybe_unused]] cudaError_t const told = cudaGetLastError();  // reported here, not at the next call
    throw DeviceError("metasolve was built for " + built_architectures() + ", and this device is sm_" +
                      architecture(device_) + "; configure with -DCMAKE_CUDA_ARCHITECTURES=" + architecture(device_) +
                      ", or use the device \"cpu\"");
  }
  check(status, "ask for a kernel's properties");
}

std::string CudaExec::description() const {
  cudaDeviceProp properties{};
  check(cudaGetDeviceProperties(&properties, device_), "ask for a device's properties");
  return "CUDA device " + std::to_string(device_) + ", " + properties.name + ", sm_" + architecture(device_) + ", " +
         std::to_string(multiprocessors_) + " multiprocessors, " + std::to_string(properties.totalGlobalMem >> 30) +
         " GiB";
}

std::string CudaExec::device_identity() const {
  cudaDeviceProp properties{};
  check(cudaGetDeviceProperties(&properties, device_), "ask for a device's properties");
  std::string const bytes(properties.uuid.bytes, sizeof(properties.uuid.bytes));
  if (bytes.find_first_not_of('\0') == std::string::npos) return {};  // it has none
  std::string text = "GPU-";
  for (unsigned char const byte : bytes) {
    constexpr char digits[] = "0123456789abcdef";
    text += digits[byte / 16];
    text += digits[byte % 16];
  }
  return text;
}

bool CudaExec::capturing() const {
  cudaStreamCaptureStatus status = cudaStreamCaptureStatusNone;
  check(cudaStreamIsCapturing(stream_, &status), "ask whether a stream is being captured");
  return status != cudaStreamCaptureStatusNone;
}

void CudaExec::require_no_capture(char const* what) const {
  if (!capturing()) return;
  throw DeviceError(std::string(what) +
                    " waits or allocates, and the stream is being captured into a graph; do it before the capture");
}

char const* CudaExec::why_unreachable(void const* p) const {
  CurrentDevice const current(device_);  // pinned memory may have another address on another device
  cudaPointerAttributes attributes{};
  cudaError_t const status = cudaPointerGetAttributes(&attributes, p);
  if (status == cudaErrorInvalidValue) {
    [[maybe_unused]] cudaError_t const told = cudaGetLastError();  // reported here, not at the next call
    return "is no memory that the CUDA device knows";
  }
  check(status, "ask what memory a pointer points to");  // a failure of an earlier call, not of the argument
  switch (attributes.type) {
    case cudaMemoryTypeManaged:
      return nullptr;
    case cudaMemoryTypeDevice:
      // Rejected even where peer access is possible: nothing shows whether it is enabled.
      return attributes.device == device_ ? nullptr : "is memory of another CUDA device";
    case cudaMemoryTypeHost:  // pinned: accessed over the bus, at the same address
      return attributes.devicePointer == p ? nullptr : "is host memory that the CUDA device has at another address";
    default:
      return reaches_pageable_memory_ ? nullptr : "is host memory, which the CUDA device does not reach";
  }
}

bool CudaExec::surely_reaches(void const* p, std::size_t bytes) const {
  static auto const ask = pointer_attributes();
  if (ask == nullptr) return false;
  unsigned type = 0, managed = 0;
  int ordinal = -1;
  CUdeviceptr begin = 0;
  std::size_t size = 0;
  CUpointer_attribute what[] = {CU_POINTER_ATTRIBUTE_MEMORY_TYPE, CU_POINTER_ATTRIBUTE_IS_MANAGED,
                                CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL, CU_POINTER_ATTRIBUTE_RANGE_START_ADDR,
                                CU_POINTER_ATTRIBUTE_RANGE_SIZE};
  void* to[] = {&type, &managed, &ordinal, &begin, &size};
  auto const address = reinterpret_cast<CUdeviceptr>(p);
  if (ask(static_cast<unsigned>(std::size(what)), what, to, address) != CUDA_SUCCESS) return false;
  return type == CU_MEMORYTYPE_DEVICE && managed == 0 && ordinal == device_ && address >= begin &&
         address - begin <= size && bytes <= size - (address - begin);
}

void CudaExec::synchronize() {
  CurrentDevice const current(device_);
  require_no_capture("synchronize");
  check(cudaStreamSynchronize(stream_), "finish the work of a stream");
}

namespace {

/// The null handle, whose meaning depends on how a file is compiled, as the legacy default stream.
cudaStream_t stream_of(void* handle) {
  return handle != nullptr ? static_cast<cudaStream_t>(handle) : cudaStreamLegacy;
}

}  // namespace

void CudaExec::wait_for(void* stream) { order(stream_of(stream), stream_); }
void CudaExec::make_wait(void* stream) { order(stream_, stream_of(stream)); }

void CudaExec::order(cudaStream_t before, cudaStream_t waiting) {
  if (before == waiting) return;
  CurrentDevice const current(device_);
  // A wait refers to the latest record before it, so that one event serves every call.
  check(cudaEventRecord(order_event_.get(), before), "record an event on a stream");
  check(cudaStreamWaitEvent(waiting, order_event_.get(), 0), "let a stream wait for another");
}

void* CudaExec::do_allocate(std::size_t bytes) {
  CurrentDevice const current(device_);
  require_no_capture("allocate");
  void* memory = nullptr;
  // Not from a pool: graphs keep the pointers, and a plain allocation can be passed to any library.
  check(cudaMalloc(&memory, bytes), ("allocate " + std::to_string(bytes) + " bytes on the device").c_str());
  cudaError_t status = cudaMemsetAsync(memory, 0, bytes, stream_);
  if (status == cudaSuccess) status = cudaStreamSynchronize(stream_);
  if (status != cudaSuccess) report(cudaFree(memory), "free memory");
  check(status, "zero memory");
  return memory;
}
void CudaExec::do_deallocate(void* memory) noexcept { report(cudaFree(memory), "free memory"); }

void CudaExec::upload(void* to, void const* from_host, std::size_t bytes) {
  if (bytes == 0) return;
  CurrentDevice const current(device_);
  require_no_capture("upload");
  check(cudaMemcpyAsync(to, from_host, bytes, cudaMemcpyHostToDevice, stream_), "copy to the device");
  check(cudaStreamSynchronize(stream_), "copy to the device");
}
void CudaExec::download(void* to_host, void const* from, std::size_t bytes) {
  if (bytes == 0) return;
  CurrentDevice const current(device_);
  require_no_capture("download");
  check(cudaMemcpyAsync(to_host, from, bytes, cudaMemcpyDeviceToHost, stream_), "copy from the device");
  check(cudaStreamSynchronize(stream_), "copy from the device");
}
void CudaExec::copy(void* to, void const* from, std::size_t bytes) {
  if (bytes == 0) return;
  CurrentDevice const current(device_);
  check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToDevice, stream_), "copy on the device");
}
void CudaExec::zero(void* to, std::size_t bytes) {
  if (bytes == 0) return;
  CurrentDevice const current(device_);
  check(cudaMemsetAsync(to, 0, bytes, stream_), "zero memory");
}

void CudaExec::gemm(Gemm<float> const& g) {
  CurrentDevice const current(device_);
  gemm_->run(g, stream_);
}
void CudaExec::gemm(Gemm<double> const& g) {
  CurrentDevice const current(device_);
  gemm_->run(g, stream_);
}

void CudaExec::add_sum(float const* x, std::int64_t n, double* to) {
  CurrentDevice const current(device_);
  add_terms(x, n, false, partial_sums_, to, stream_);
}
void CudaExec::add_sum(double const* x, std::int64_t n, double* to) {
  CurrentDevice const current(device_);
  add_terms(x, n, false, partial_sums_, to, stream_);
}
void CudaExec::add_sum(std::int32_t const* x, std::int64_t n, double* to) {
  CurrentDevice const current(device_);
  add_terms(x, n, false, partial_sums_, to, stream_);
}
void CudaExec::add_square_sum(float const* x, std::int64_t n, double* to) {
  CurrentDevice const current(device_);
  add_terms(x, n, true, partial_sums_, to, stream_);
}
void CudaExec::add_square_sum(double const* x, std::int64_t n, double* to) {
  CurrentDevice const current(device_);
  add_terms(x, n, true, partial_sums_, to, stream_);
}

void CudaExec::reserve_sort(std::int64_t n) {
  if (n <= sort_capacity_) return;
  CurrentDevice const current(device_);
  Buffer<std::byte> memory(*this, static_cast<std::int64_t>(sort_scratch_bytes(n)));
  if (planning()) return;  // not counted in plans: it outlives the planned objects and takes some bytes per pair
  sort_memory_.push_back(std::move(memory));
  sort_capacity_ = n;
}
void CudaExec::sort_by_key(std::int32_t* keys, std::int32_t* values, std::int64_t n) {
  if (n > sort_capacity_) {
    throw DeviceError("sort of " + std::to_string(n) + " pairs, with memory for " + std::to_string(sort_capacity_) +
                      "; call reserve_sort first");
  }
  if (n <= 1) return;
  CurrentDevice const current(device_);
  sort_pairs(keys, values, n, sort_memory_.back().data(), sort_capacity_, stream_);
}

void CudaExec::reserve_partition(std::int64_t n) {
  std::size_t const bytes = partition_scratch_bytes(n);
  if (planning() || bytes <= partition_memory_.size()) return;
  auto* const memory = static_cast<std::byte*>(do_allocate(bytes));
  if (!partition_memory_.empty()) do_deallocate(partition_memory_.data());
  partition_memory_ = {memory, bytes};
}
std::int64_t CudaExec::partition(std::int32_t const* flags, std::int64_t n, std::int32_t* indices) {
  CurrentDevice const current(device_);
  require_no_capture("partition");
  return partition_indices(flags, n, indices, partition_memory_, stream_);
}

std::unique_ptr<BlockProduct> CudaExec::block_product(BlockMatrix const& a) {
  CurrentDevice const current(device_);
  if (!sparse_ && !planning()) sparse_ = std::make_shared<CudaSparse>(stream_);
  return make_block_product(*this, sparse_, a);
}
std::unique_ptr<BlockSolve> CudaExec::block_solve(BlockMatrix const& u) {
  CurrentDevice const current(device_);
  if (!sparse_ && !planning()) sparse_ = std::make_shared<CudaSparse>(stream_);
  return make_block_solve(*this, sparse_, u);
}

std::shared_ptr<Backend> open_cuda(int device, void* stream) {
  return std::make_shared<CudaExec>(device, static_cast<cudaStream_t>(stream));
}

}  // namespace metasolve::exec

// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <chrono>
#include <cstring>
#include <deque>
#include <memory>
#include <set>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tests/emulated_device/cuda_language.hpp"
#include "tests/emulated_device/device.hpp"

/// Streams whose work is deferred until a synchronization, graphs, events, and copies.

using Work = std::function<void()>;
struct CUgraph_st {
  std::vector<Work> works;
};
struct CUgraphExec_st {
  std::vector<Work> works;
};
/// Of an event; later ones leave it as it is for those who wait for it.
struct Record {
  CUstream_st* stream = nullptr;  ///< null: completed
  CUgraph_st* capture = nullptr;  ///< of the stream then, and how much it held
  CUstream_st* captured_on = nullptr;
  std::size_t captured = 0;
  std::chrono::steady_clock::time_point at;
};
struct CUevent_st {
  int device = 0;
  std::shared_ptr<Record> last = std::make_shared<Record>();
};
struct CUstream_st {
  std::deque<Work> works;
  int device = 0;
  bool waits_for_default = false;
  bool is_running = false;
  int queries = 0;
  CUgraph_st* capture = nullptr;
  CUstream_st* captured_by = nullptr;    ///< the stream whose capture it has joined; null: its own capture
  std::size_t captured = 0, joined = 0;  ///< works in the capture, and those that another of its streams waits for
  bool capture_failed = false;
  cudaStreamCaptureMode mode{};
  std::thread::id capturer;
};

namespace emulated {

std::recursive_mutex device_mutex;

namespace {

CUstream_st default_stream, thread_stream;
std::set<CUstream_st*> streams{&default_stream, &thread_stream};
std::set<void const*> loaded;
std::unordered_map<void const*, std::size_t> shared_limit;
thread_local cudaError_t last_failure = cudaSuccess;
thread_local int current_device = 0;

CUstream_st& stream_of(cudaStream_t s) {
  if (s == nullptr || s == cudaStreamLegacy) return default_stream;
  if (s == cudaStreamPerThread) return thread_stream;
  if (!streams.contains(s)) fail("a stream that has been destroyed");
  return *s;
}

/// Runs the works, in order, while there are any and goes_on() holds.
template <class GoesOn>
void run_while(CUstream_st& s, GoesOn const& goes_on) {
  if (s.is_running || s.works.empty()) return;
  s.is_running = true;
  DeviceWorks const works;
  while (!s.works.empty() && goes_on()) {
    Work const work = std::move(s.works.front());
    s.works.pop_front();
    work();
  }
  s.is_running = false;
}
void finish(CUstream_st& s) {
  run_while(s, [] { return true; });
}
/// Not as a whole: the rest may wait for the stream that waits here.
void finish_until(Record const& record) {
  if (record.stream != nullptr) run_while(*record.stream, [&] { return record.stream != nullptr; });
  if (record.stream != nullptr) fail("streams that wait for each other");
}
/// The default stream synchronizes with the others in both directions. Finishes each stream as a whole: work here has
/// no submission order.
void finish_for(CUstream_st& s) {
  if (s.waits_for_default) finish(default_stream);
  if (&s == &default_stream) {
    for (auto* const other : streams) {
      if (other->waits_for_default) finish(*other);
    }
  }
  finish(s);
}

bool capture_forbids(CUstream_st& s) {
  if (s.capture != nullptr) s.capture_failed = true;
  return s.capture != nullptr;
}

}  // namespace

void finish_all() {
  for (auto* const s : streams) finish(*s);
}
cudaError_t failed(cudaError_t status) { return last_failure = status; }
bool is_capturing(cudaStream_t s) { return stream_of(s).capture != nullptr; }

bool forbidden_by_a_capture() {
  for (auto* const s : streams) {
    if (s->capture == nullptr || s->mode == cudaStreamCaptureModeRelaxed) continue;
    if (s->mode == cudaStreamCaptureModeThreadLocal && s->capturer != std::this_thread::get_id()) continue;
    s->capture_failed = true;
    return true;
  }
  return false;
}

void enqueue(cudaStream_t to, Work work) {
  std::lock_guard const lock(device_mutex);
  CUstream_st& s = stream_of(to);
  s.captured += s.capture != nullptr ? 1 : 0;
  s.capture != nullptr ? s.capture->works.push_back(std::move(work)) : s.works.push_back(std::move(work));
}

cudaError_t launch(Launch const& l) {
  std::lock_guard const lock(device_mutex);
  auto const of = [](dim3 d) { return std::uint64_t{d.x} * d.y * d.z; };
  std::size_t const allowed = shared_limit.contains(l.kernel) ? shared_limit[l.kernel] : 48 << 10;
  if (of(l.grid) == 0 || of(l.block) == 0 || l.grid.x > 0x7fffffffu || l.grid.y > 65535 || l.grid.z > 65535 ||
      of(l.block) > 1024 || l.shared_bytes > allowed) {
    return failed(cudaErrorInvalidConfiguration);
  }
  CUstream_st const& s = stream_of(l.stream);
  if (s.device != current_device) return failed(cudaErrorInvalidResourceHandle);
  if (l.argument_bytes > 4096) fail("more than 4096 bytes of arguments: " + function_of(l.kernel));
  // The driver would load it, which synchronizes.
  if (!loaded.contains(l.kernel) && forbidden_by_a_capture()) return failed(cudaErrorStreamCaptureUnsupported);
  loaded.insert(l.kernel);
  enqueue(l.stream, [l] { run_kernel(l); });
  return cudaSuccess;
}

}  // namespace emulated

using namespace emulated;
using Lock = std::lock_guard<std::recursive_mutex>;

cudaError_t cudaGetLastError() { return std::exchange(last_failure, cudaSuccess); }
char const* cudaGetErrorName(cudaError_t) { return "an error of the emulated device"; }
char const* cudaGetErrorString(cudaError_t status) {
  static thread_local std::string text;
  text = "error " + std::to_string(static_cast<int>(status));
  return text.c_str();
}

cudaError_t cudaGetDeviceCount(int* count) { return *count = settings.devices, cudaSuccess; }
cudaError_t cudaDriverGetVersion(int* version) { return *version = CUDART_VERSION, cudaSuccess; }
cudaError_t cudaGetDevice(int* device) { return *device = current_device, cudaSuccess; }
cudaError_t cudaSetDevice(int device) {
  if (device < 0 || device >= settings.devices) return failed(cudaErrorInvalidDevice);
  return current_device = device, cudaSuccess;
}
cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr what, int) {
  switch (what) {
    case cudaDevAttrMultiProcessorCount:
      return *value = settings.multiprocessors, cudaSuccess;
    case cudaDevAttrMaxSharedMemoryPerBlockOptin:
      return *value = static_cast<int>(settings.shared_bytes), cudaSuccess;
    case cudaDevAttrPageableMemoryAccess:
      return *value = settings.reaches_pageable_memory, cudaSuccess;
    case cudaDevAttrComputeCapabilityMajor:
      return *value = 9, cudaSuccess;
    case cudaDevAttrComputeCapabilityMinor:
      return *value = 0, cudaSuccess;
    default:
      fail("an attribute of devices that is not emulated: " + std::to_string(what));
  }
}
cudaError_t cudaGetDeviceProperties(cudaDeviceProp* to, int) {
  *to = {};
  std::snprintf(to->name, sizeof to->name, "emulated H100");
  to->major = 9;
  to->multiProcessorCount = settings.multiprocessors;
  std::size_t free = 0;
  return cudaMemGetInfo(&free, &to->totalGlobalMem);
}
cudaError_t cudaGetDriverEntryPointByVersion(char const* name, void** to, unsigned, unsigned long long,
                                             cudaDriverEntryPointQueryResult* found) {
  bool const has = std::string(name) == "cuPointerGetAttributes";
  *to = has ? reinterpret_cast<void*>(driver_pointer_attributes) : nullptr;
  if (found != nullptr) *found = has ? cudaDriverEntryPointSuccess : cudaDriverEntryPointSymbolNotFound;
  return cudaSuccess;
}

cudaError_t cudaMemsetAsync(void* p, int value, std::size_t bytes, cudaStream_t s) {
  enqueue(s, [=] {
    require_device(p, bytes, "memset");
    std::memset(p, value, bytes);
  });
  return cudaSuccess;
}
cudaError_t cudaMemcpyAsync(void* to, void const* from, std::size_t bytes, cudaMemcpyKind kind, cudaStream_t s) {
  Lock const lock(device_mutex);
  bool const to_device = kind != cudaMemcpyDeviceToHost, from_device = kind != cudaMemcpyHostToDevice;
  auto const copy = [=](void const* source) {
    if (to_device) require_device(to, bytes, "a copy's destination");
    if (from_device) require_device(from, bytes, "a copy's source");
    std::memcpy(to, source, bytes);
  };
  bool const host_waits = (!to_device && !is_pinned(to, bytes)) || (!from_device && !is_pinned(from, bytes));
  if (host_waits && capture_forbids(stream_of(s))) return failed(cudaErrorStreamCaptureUnsupported);
  if (!from_device && host_waits) {  // pageable memory may change after the call returns
    auto const* const begin = static_cast<unsigned char const*>(from);
    enqueue(s, [=, staged = std::vector<unsigned char>(begin, begin + bytes)] { copy(staged.data()); });
    return cudaSuccess;
  }
  enqueue(s, [=] { copy(from); });
  if (host_waits) finish_for(stream_of(s));
  return cudaSuccess;
}

cudaError_t cudaStreamCreateWithFlags(cudaStream_t* to, unsigned flags) {
  Lock const lock(device_mutex);
  *to = new CUstream_st;
  (*to)->waits_for_default = flags != cudaStreamNonBlocking;
  (*to)->device = current_device;
  streams.insert(*to);
  return cudaSuccess;
}
cudaError_t cudaStreamDestroy(cudaStream_t given) {
  Lock const lock(device_mutex);
  CUstream_st& s = stream_of(given);
  finish(s);
  streams.erase(&s);
  delete &s;
  return cudaSuccess;
}
cudaError_t cudaStreamGetDevice(cudaStream_t s, int* device) {
  Lock const lock(device_mutex);
  if (settings.has_old_driver) return failed(cudaErrorCallRequiresNewerDriver);
  return *device = stream_of(s).device, cudaSuccess;
}
cudaError_t cudaStreamSynchronize(cudaStream_t s) {
  Lock const lock(device_mutex);
  if (capture_forbids(stream_of(s))) return failed(cudaErrorStreamCaptureUnsupported);
  finish_for(stream_of(s));
  return cudaSuccess;
}
cudaError_t cudaDeviceSynchronize() {
  Lock const lock(device_mutex);
  if (forbidden_by_a_capture()) return failed(cudaErrorStreamCaptureUnsupported);
  finish_all();
  return cudaSuccess;
}
cudaError_t cudaStreamQuery(cudaStream_t given) {
  Lock const lock(device_mutex);
  CUstream_st& s = stream_of(given);
  if (capture_forbids(s)) return failed(cudaErrorStreamCaptureUnsupported);
  if (!s.works.empty() && ++s.queries % 1000 == 0) finish(s);  // repeated queries eventually complete the work
  return s.works.empty() ? cudaSuccess : cudaErrorNotReady;
}
cudaError_t cudaLaunchHostFunc(cudaStream_t s, cudaHostFn_t f, void* of) {
  enqueue(s, [=] { f(of); });
  return cudaSuccess;
}

cudaError_t cudaStreamIsCapturing(cudaStream_t given, cudaStreamCaptureStatus* to) {
  Lock const lock(device_mutex);
  CUstream_st const& s = stream_of(given);
  *to = s.capture == nullptr ? cudaStreamCaptureStatusNone
        : s.capture_failed   ? cudaStreamCaptureStatusInvalidated
                             : cudaStreamCaptureStatusActive;
  return cudaSuccess;
}
cudaError_t cudaStreamBeginCapture(cudaStream_t given, cudaStreamCaptureMode mode) {
  Lock const lock(device_mutex);
  CUstream_st& s = stream_of(given);
  if (&s == &default_stream) return failed(cudaErrorStreamCaptureUnsupported);
  if (s.capture != nullptr) return failed(cudaErrorIllegalState);
  s.capture = new CUgraph_st;
  s.capture_failed = false;
  s.mode = mode;
  s.capturer = std::this_thread::get_id();
  return cudaSuccess;
}
cudaError_t cudaStreamEndCapture(cudaStream_t given, cudaGraph_t* to) {
  Lock const lock(device_mutex);
  CUstream_st& s = stream_of(given);
  if (s.captured_by != nullptr) return failed(cudaErrorStreamCaptureUnmatched);
  *to = std::exchange(s.capture, nullptr);
  if (*to == nullptr) return failed(cudaErrorIllegalState);
  for (auto* const other : streams) {
    if (other->captured_by != &s) continue;
    other->captured_by = nullptr, other->capture = nullptr;
    s.capture_failed = s.capture_failed || other->capture_failed || other->joined < other->captured;
  }
  if (!s.capture_failed) return cudaSuccess;
  delete std::exchange(*to, nullptr);
  return failed(cudaErrorStreamCaptureInvalidated);
}
cudaError_t cudaGraphInstantiate(cudaGraphExec_t* to, cudaGraph_t graph, unsigned long long) {
  return *to = new CUgraphExec_st{graph->works}, cudaSuccess;
}
cudaError_t cudaGraphDestroy(cudaGraph_t graph) { return delete graph, cudaSuccess; }
cudaError_t cudaGraphExecDestroy(cudaGraphExec_t graph) { return delete graph, cudaSuccess; }
cudaError_t cudaGraphLaunch(cudaGraphExec_t graph, cudaStream_t s) {
  for (Work const& work : graph->works) enqueue(s, work);
  return cudaSuccess;
}

cudaError_t cudaEventCreateWithFlags(cudaEvent_t* to, unsigned) {
  return *to = new CUevent_st{current_device}, cudaSuccess;
}
cudaError_t cudaEventCreate(cudaEvent_t* to) { return cudaEventCreateWithFlags(to, 0); }
cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t given) {
  Lock const lock(device_mutex);
  CUstream_st& s = stream_of(given);
  if (event->device != s.device) return failed(cudaErrorInvalidResourceHandle);
  event->last = std::make_shared<Record>();
  if (s.capture != nullptr) {
    event->last->capture = s.capture, event->last->captured_on = &s, event->last->captured = s.captured;
    return cudaSuccess;
  }
  event->last->stream = &s;
  enqueue(given, [record = event->last] { record->stream = nullptr, record->at = std::chrono::steady_clock::now(); });
  return cudaSuccess;
}
cudaError_t cudaStreamWaitEvent(cudaStream_t given, cudaEvent_t event, unsigned) {
  Lock const lock(device_mutex);
  CUstream_st& s = stream_of(given);
  auto const& record = event->last;
  if (record->capture == nullptr) {
    if (s.capture != nullptr) return s.capture_failed = true, failed(cudaErrorStreamCaptureIsolation);
    if (record->stream != nullptr) enqueue(given, [record] { finish_until(*record); });
    return cudaSuccess;
  }
  // The graph runs its works in the order of the calls, which satisfies every wait within it.
  CUstream_st& from = *record->captured_on;
  if (from.capture != record->capture) return failed(cudaErrorCapturedEvent);
  if (s.capture == nullptr) {
    if (&s == &default_stream) return from.capture_failed = true, failed(cudaErrorStreamCaptureImplicit);
    s.capture = from.capture, s.mode = from.mode, s.capturer = from.capturer;
    s.captured_by = from.captured_by != nullptr ? from.captured_by : &from;
    s.capture_failed = false, s.captured = s.joined = 0;
  }
  if (s.capture != from.capture) return s.capture_failed = true, failed(cudaErrorStreamCaptureMerge);
  from.joined = std::max(from.joined, record->captured);
  return cudaSuccess;
}
cudaError_t cudaEventSynchronize(cudaEvent_t event) {
  Lock const lock(device_mutex);
  if (event->last->stream != nullptr) finish_for(*event->last->stream);
  return cudaSuccess;
}
cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t from, cudaEvent_t to) {
  return *milliseconds = std::chrono::duration<float, std::milli>(to->last->at - from->last->at).count(), cudaSuccess;
}
cudaError_t cudaEventDestroy(cudaEvent_t event) {
  cudaEventSynchronize(event);
  return delete event, cudaSuccess;
}

cudaError_t cudaFuncGetAttributes(cudaFuncAttributes* to, void const* kernel) {
  Lock const lock(device_mutex);
  *to = {};
  loaded.insert(kernel);
  return cudaSuccess;
}
cudaError_t cudaFuncSetAttribute(void const* kernel, cudaFuncAttribute what, int value) {
  Lock const lock(device_mutex);
  if (what != cudaFuncAttributeMaxDynamicSharedMemorySize) fail("an attribute of kernels that is not emulated");
  if (value > settings.shared_bytes) return failed(cudaErrorInvalidValue);
  shared_limit[kernel] = static_cast<std::size_t>(value);
  loaded.insert(kernel);
  return cudaSuccess;
}
cudaError_t cudaOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, void const*, int threads, std::size_t bytes) {
  auto const shared = static_cast<std::int64_t>(bytes);
  std::int64_t const by_shared =
      shared > settings.shared_bytes ? 0 : settings.shared_bytes_of_multiprocessor / (shared + 1024);
  *blocks =
      static_cast<int>(std::min<std::int64_t>({32, 2048 / threads, 65536 / (settings.registers * threads), by_shared}));
  return cudaSuccess;
}

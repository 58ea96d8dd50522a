// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/exec/cuda/cuda_exec.cuh"
#include "metasolve/detail/exec/host_collective.hpp"
#include "metasolve/error.hpp"

#if defined(METASOLVE_HAS_NCCL)
#include <nccl.h>

#include <type_traits>
#endif

namespace metasolve::exec {

#if defined(METASOLVE_HAS_NCCL)

namespace {

void check_nccl(ncclResult_t status, char const* what) {
  if (status == ncclSuccess || status == ncclInProgress) return;
  throw DeviceError(std::string("NCCL: cannot ") + what + ": " + ncclGetErrorString(status) +
                    "; NCCL_DEBUG=WARN says more");
}

/// By NCCL, on the executor's stream. Calls can be captured.
class NcclCollective final : public Collective {
 public:
  NcclCollective(CudaExec& exec, Ranks& ranks) : exec_(exec) {
    ncclUniqueId id;
    if (ranks.rank() == 0) check_nccl(ncclGetUniqueId(&id), "begin");
    ranks.broadcast(&id, sizeof(id));
    CurrentDevice const current(exec_.device());
    check_nccl(ncclCommInitRank(&comm_, ranks.size(), id, ranks.rank()), "connect the ranks");
  }
  ~NcclCollective() override {
    CurrentDevice const current(exec_.device(), std::nothrow);
    report(cudaStreamSynchronize(exec_.stream()), "finish the work of a stream");
    ncclCommDestroy(comm_);
  }
  NcclCollective(NcclCollective const&) = delete;
  NcclCollective& operator=(NcclCollective const&) = delete;

  [[nodiscard]] bool waits() const noexcept override { return false; }
  void all_gather(void const* mine, std::size_t bytes, void* all) override {
    CurrentDevice const current(exec_.device());
    check_nccl(ncclAllGather(mine, all, bytes, ncclChar, comm_, exec_.stream()), "gather from all ranks");
  }
  void swap(int partner, void const* mine, void* theirs, std::size_t bytes) override {
    CurrentDevice const current(exec_.device());
    check_nccl(ncclGroupStart(), "exchange");
    check_nccl(ncclSend(mine, bytes, ncclChar, partner, comm_, exec_.stream()), "send to another rank");
    check_nccl(ncclRecv(theirs, bytes, ncclChar, partner, comm_, exec_.stream()), "receive from another rank");
    check_nccl(ncclGroupEnd(), "exchange");
  }
  void all_reduce(float* numbers, std::int64_t n) override { reduce(numbers, n, ncclFloat); }
  void all_reduce(double* numbers, std::int64_t n) override { reduce(numbers, n, ncclDouble); }

 private:
  void reduce(void* numbers, std::int64_t n, ncclDataType_t type) {
    CurrentDevice const current(exec_.device());
    check_nccl(ncclAllReduce(numbers, numbers, static_cast<std::size_t>(n), type, ncclSum, comm_, exec_.stream()),
               "sum over all ranks");
  }

  CudaExec& exec_;
  ncclComm_t comm_ = nullptr;
};

}  // namespace

std::unique_ptr<Collective> CudaExec::collective(Ranks& ranks) {
  return std::make_unique<NcclCollective>(*this, ranks);
}

#else

std::unique_ptr<Collective> CudaExec::collective(Ranks& ranks) {
  return std::make_unique<HostCollective>(*this, ranks);
}

#endif

}  // namespace metasolve::exec

// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <limits>
#include <string>

#include "metasolve/detail/exec/cuda/cuda_sparse.hpp"
#include "metasolve/detail/exec/cuda/cuda_start.cuh"
#include "metasolve/error.hpp"

namespace metasolve::exec {

namespace {

void check(cusparseStatus_t status, char const* what) {
  if (status == CUSPARSE_STATUS_SUCCESS) return;
  throw DeviceError("CUDA: cannot " + std::string(what) + ": " + cusparseGetErrorString(status) +
                    "; use the device \"cpu\"");
}

/// Row pointers and columns of the whole matrix from those of a block.
__global__ void lay_out_blocks(BlockMatrix a, std::int64_t blocks, std::int32_t* row_ptrs, std::int32_t* col_idxs) {
  std::int64_t const threads = static_cast<std::int64_t>(gridDim.x) * blockDim.x;
  std::int64_t const first = static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  for (std::int64_t row = first; row <= blocks * a.unknowns; row += threads) {
    row_ptrs[row] = static_cast<std::int32_t>(row / a.unknowns * a.entries + a.row_ptrs[row % a.unknowns]);
  }
  for (std::int64_t e = first; e < blocks * a.entries; e += threads) {
    std::int64_t const block = e / a.entries;
    col_idxs[e] = static_cast<std::int32_t>(block * a.unknowns + a.col_idxs[a.own_columns ? e : e % a.entries]);
  }
}

/// The blocks as one matrix in compressed rows. The constructor allocates the buffers for all a.blocks blocks.
class BlockCsr {
 public:
  BlockCsr(Backend& backend, std::shared_ptr<CudaSparse> sparse, BlockMatrix const& a)
      : sparse_(std::move(sparse)),
        a_(a),
        row_ptrs_(backend, a.blocks * a.unknowns + 1),
        col_idxs_(backend, a.blocks * a.entries) {
    if (a.blocks * std::max<std::int64_t>(a.entries, a.unknowns) > std::numeric_limits<std::int32_t>::max()) {
      throw InputError("cuSPARSE: " + std::to_string(a.blocks) + " matrices of " + std::to_string(a.entries) +
                       " entries are more than 2147483647 together; solve fewer at a time");
    }
  }
  BlockCsr(BlockCsr const&) = delete;
  BlockCsr& operator=(BlockCsr const&) = delete;
  ~BlockCsr() { release(); }

  /// For the first blocks.
  void lay_out(std::int64_t blocks) {
    release();
    constexpr int threads = 256, most_blocks = 4096;
    std::int64_t const items = blocks * std::max<std::int64_t>(a_.entries, a_.unknowns + 1);
    auto const grid = static_cast<unsigned>(std::min<std::int64_t>((items + threads - 1) / threads, most_blocks));
    start_kernel("launch a kernel over sparse blocks", {dim3(grid), dim3(threads), 0, sparse_->stream()},
                 lay_out_blocks, a_, blocks, row_ptrs_.data(), col_idxs_.data());
    std::int64_t const n = blocks * a_.unknowns;
    check(cusparseCreateCsr(&matrix_, n, n, blocks * a_.entries, row_ptrs_.data(), col_idxs_.data(),
                            const_cast<double*>(a_.values), CUSPARSE_INDEX_32I, CUSPARSE_INDEX_32I,
                            CUSPARSE_INDEX_BASE_ZERO, CUDA_R_64F),
          "describe a sparse matrix");
    blocks_ = blocks;
  }
  /// A vector descriptor, which the caller destroys.
  [[nodiscard]] cusparseDnVecDescr_t vector(double const* data) const {
    cusparseDnVecDescr_t v = nullptr;
    check(cusparseCreateDnVec(&v, blocks_ * a_.unknowns, const_cast<double*>(data), CUDA_R_64F), "describe a vector");
    return v;
  }

  [[nodiscard]] CudaSparse& sparse() const { return *sparse_; }
  [[nodiscard]] cusparseSpMatDescr_t matrix() const { return matrix_; }
  [[nodiscard]] BlockMatrix const& blocks_of() const { return a_; }
  [[nodiscard]] std::int64_t blocks() const { return blocks_; }

 private:
  void release() {
    if (matrix_ != nullptr) cusparseDestroySpMat(matrix_);
    matrix_ = nullptr;
  }
  std::shared_ptr<CudaSparse> sparse_;
  BlockMatrix a_;
  Buffer<std::int32_t> row_ptrs_, col_idxs_;
  cusparseSpMatDescr_t matrix_ = nullptr;
  std::int64_t blocks_ = 0;
};

/// The descriptors of two vectors for one call.
struct Vectors {
  cusparseDnVecDescr_t from, to;
  Vectors(BlockCsr const& a, double const* v, double const* result) : from(a.vector(v)), to(a.vector(result)) {}
  Vectors(Vectors const&) = delete;
  Vectors& operator=(Vectors const&) = delete;
  ~Vectors() {
    cusparseDestroyDnVec(from);
    cusparseDestroyDnVec(to);
  }
};

constexpr double one = 1, zero = 0;

/// Grows and never shrinks: allocating and freeing wait for the device.
void make_room(Buffer<std::byte>& workspace, Backend& backend, std::size_t bytes) {
  if (workspace.bytes() < bytes) workspace = Buffer<std::byte>(backend, static_cast<std::int64_t>(bytes));
}

class CudaBlockProduct final : public BlockProduct {
 public:
  CudaBlockProduct(Backend& backend, std::shared_ptr<CudaSparse> sparse, BlockMatrix const& a)
      : backend_(backend), csr_(backend, std::move(sparse), a) {}

  void run(std::int64_t blocks, double const* v, double* to) override {
    bool const fresh = blocks != csr_.blocks();
    if (fresh) csr_.lay_out(blocks);
    Vectors const vectors(csr_, v, to);
    constexpr auto algorithm = CUSPARSE_SPMV_CSR_ALG2;  // reproducible bits
    if (fresh) {
      std::size_t bytes = 0;
      check(cusparseSpMV_bufferSize(csr_.sparse().handle(), CUSPARSE_OPERATION_NON_TRANSPOSE, &one, csr_.matrix(),
                                    vectors.from, &zero, vectors.to, CUDA_R_64F, algorithm, &bytes),
            "plan a sparse product");
      make_room(workspace_, backend_, bytes);
      check(cusparseSpMV_preprocess(csr_.sparse().handle(), CUSPARSE_OPERATION_NON_TRANSPOSE, &one, csr_.matrix(),
                                    vectors.from, &zero, vectors.to, CUDA_R_64F, algorithm, workspace_.data()),
            "prepare a sparse product");
    }
    check(cusparseSpMV(csr_.sparse().handle(), CUSPARSE_OPERATION_NON_TRANSPOSE, &one, csr_.matrix(), vectors.from,
                       &zero, vectors.to, CUDA_R_64F, algorithm, workspace_.data()),
          "multiply by a sparse matrix");
  }

 private:
  Backend& backend_;
  BlockCsr csr_;
  Buffer<std::byte> workspace_;
};

class CudaBlockSolve final : public BlockSolve {
 public:
  CudaBlockSolve(Backend& backend, std::shared_ptr<CudaSparse> sparse, BlockMatrix const& u)
      : backend_(backend), csr_(backend, std::move(sparse), u) {}
  CudaBlockSolve(CudaBlockSolve const&) = delete;
  CudaBlockSolve& operator=(CudaBlockSolve const&) = delete;
  ~CudaBlockSolve() override { release(); }

  void refresh(std::int64_t blocks) override {
    auto const& u = csr_.blocks_of();
    if (blocks == csr_.blocks() && !u.own_columns) {
      for (auto& way : ways_) {
        check(cusparseSpSV_updateMatrix(csr_.sparse().handle(), way.plan, const_cast<double*>(u.values),
                                        CUSPARSE_SPSV_UPDATE_GENERAL),
              "renew a triangular factor");
      }
      return;
    }
    release();
    csr_.lay_out(blocks);
    cusparseFillMode_t const upper = CUSPARSE_FILL_MODE_UPPER;
    cusparseDiagType_t const given = CUSPARSE_DIAG_TYPE_NON_UNIT;
    check(cusparseSpMatSetAttribute(csr_.matrix(), CUSPARSE_SPMAT_FILL_MODE, const_cast<cusparseFillMode_t*>(&upper),
                                    sizeof upper),
          "describe a triangular matrix");
    check(cusparseSpMatSetAttribute(csr_.matrix(), CUSPARSE_SPMAT_DIAG_TYPE, const_cast<cusparseDiagType_t*>(&given),
                                    sizeof given),
          "describe a triangular matrix");
    // The analysis reads no vector.
    Vectors const vectors(csr_, u.values, u.values);
    for (auto& way : ways_) {
      check(cusparseSpSV_createDescr(&way.plan), "plan a triangular solve");
      std::size_t bytes = 0;
      check(cusparseSpSV_bufferSize(csr_.sparse().handle(), way.operation, &one, csr_.matrix(), vectors.from,
                                    vectors.to, CUDA_R_64F, CUSPARSE_SPSV_ALG_DEFAULT, way.plan, &bytes),
            "plan a triangular solve");
      make_room(way.workspace, backend_, bytes);
      check(cusparseSpSV_analysis(csr_.sparse().handle(), way.operation, &one, csr_.matrix(), vectors.from, vectors.to,
                                  CUDA_R_64F, CUSPARSE_SPSV_ALG_DEFAULT, way.plan, way.workspace.data()),
            "analyse a triangular factor");
    }
  }

  void run(bool transposed, double const* v, double* to) override {
    auto const& way = ways_[transposed ? 1 : 0];
    Vectors const vectors(csr_, v, to);
    check(cusparseSpSV_solve(csr_.sparse().handle(), way.operation, &one, csr_.matrix(), vectors.from, vectors.to,
                             CUDA_R_64F, CUSPARSE_SPSV_ALG_DEFAULT, way.plan),
          "solve with a triangular factor");
  }

 private:
  struct Way {
    cusparseOperation_t operation;
    cusparseSpSVDescr_t plan = nullptr;
    Buffer<std::byte> workspace{};
  };
  void release() {
    for (auto& way : ways_) {
      if (way.plan != nullptr) cusparseSpSV_destroyDescr(way.plan);
      way.plan = nullptr;
    }
  }

  Backend& backend_;
  BlockCsr csr_;
  std::array<Way, 2> ways_{Way{CUSPARSE_OPERATION_NON_TRANSPOSE}, Way{CUSPARSE_OPERATION_TRANSPOSE}};
};

}  // namespace

CudaSparse::CudaSparse(cudaStream_t stream) : stream_(stream) {
  check(cusparseCreate(&handle_), "start cuSPARSE");
  check(cusparseSetStream(handle_, stream), "give cuSPARSE a stream");
}
CudaSparse::~CudaSparse() {
  if (handle_ != nullptr) cusparseDestroy(handle_);
}

std::unique_ptr<BlockProduct> make_block_product(Backend& backend, std::shared_ptr<CudaSparse> sparse,
                                                 BlockMatrix const& a) {
  return std::make_unique<CudaBlockProduct>(backend, std::move(sparse), a);
}
std::unique_ptr<BlockSolve> make_block_solve(Backend& backend, std::shared_ptr<CudaSparse> sparse,
                                             BlockMatrix const& u) {
  return std::make_unique<CudaBlockSolve>(backend, std::move(sparse), u);
}

}  // namespace metasolve::exec

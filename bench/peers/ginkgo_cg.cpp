// SPDX-License-Identifier: Apache-2.0
#include <omp.h>

#include <exception>
#include <ginkgo/ginkgo.hpp>
#include <map>

#include "bench/peers/figures.hpp"
#include "bench/peers/npy.hpp"

/// The beams by Ginkgo's batched conjugate gradients (gko::batch::solver::Cg, since Ginkgo 1.8) on its OpenMP executor
/// or its CUDA executor: all systems in one call, to ||r|| <= 1e-6 ||b||, from zero. Its batched solvers have no
/// incomplete Cholesky, so both sides use the diagonal (scalar Jacobi), with up to 5000 iterations for stiff beams;
/// counts agree to some per cent, due to rounding (docs/elasticity.md). Threads: OMP_NUM_THREADS, set here before the
/// first region.
namespace metasolve::peers {
namespace {

using Matrix = gko::batch::matrix::Csr<double, int>;
using Vectors = gko::batch::MultiVector<double>;
using Solver = gko::batch::solver::Cg<double>;
using Diagonal = gko::batch::preconditioner::Jacobi<double, int>;
constexpr double tolerance = 1e-6;
constexpr int limit = 5000;

template <class T>
gko::array<T> array_of(std::shared_ptr<gko::Executor const> const& executor, std::vector<T> const& values) {
  return {executor, values.begin(), values.end()};
}

/// Peak memory of an executor.
class PeakMemory final : public gko::log::Logger {
 public:
  PeakMemory() : Logger(allocation_completed_mask | free_completed_mask) {}
  [[nodiscard]] std::int64_t bytes() const { return peak_; }

 protected:
  void on_allocation_completed(gko::Executor const*, gko::size_type const& bytes,
                               gko::uintptr const& where) const override {
    held_[where] = static_cast<std::int64_t>(bytes);
    now_ += static_cast<std::int64_t>(bytes);
    peak_ = std::max(peak_, now_);
  }
  void on_free_completed(gko::Executor const*, gko::uintptr const& where) const override {
    if (auto const piece = held_.extract(where)) now_ -= piece.mapped();
  }

 private:
  mutable std::map<gko::uintptr, std::int64_t> held_;
  mutable std::int64_t now_ = 0, peak_ = 0;
};

std::shared_ptr<gko::Executor> executor_of(Options const& o) {
  std::shared_ptr<gko::Executor> const host = gko::OmpExecutor::create();
  if (o.device == "cpu") return host;
  if (gko::CudaExecutor::get_num_devices() == 0) {
    throw std::runtime_error("--device cuda: no CUDA device here, or a Ginkgo that was built without CUDA");
  }
  return gko::CudaExecutor::create(0, host);
}

void run(Options const& o) {
  auto const row_ptrs = read_npy<std::int32_t>(o.folder + "/beam_row_ptrs.npy").values;
  auto const columns = read_npy<std::int32_t>(o.folder + "/beam_columns.npy").values;
  auto const values = read_npy<double>(o.folder + "/beam_values.npy", o.tasks).values;
  auto const rhs = read_npy<double>(o.folder + "/beam_rhs.npy", o.tasks).values;
  auto const ours = read_npy<std::int32_t>(o.folder + "/jacobi_cg_counts.npy", o.tasks).values;

  auto const executor = executor_of(o);
  auto const memory = std::make_shared<PeakMemory>();
  executor->add_logger(memory);
  auto const tasks = ours.size(), unknowns = row_ptrs.size() - 1;
  gko::batch_dim<2> const square(tasks, gko::dim<2>(unknowns, unknowns)), tall(tasks, gko::dim<2>(unknowns, 1));
  std::shared_ptr<Matrix> const a = Matrix::create(executor, square, array_of(executor, values),
                                                   array_of(executor, columns), array_of(executor, row_ptrs));
  auto const b = Vectors::create(executor, tall, array_of(executor, rhs));
  auto const x = Vectors::create(executor, tall);

  auto const factory = Solver::build()
                           .with_max_iterations(limit)
                           .with_tolerance(tolerance)
                           .with_tolerance_type(gko::batch::stop::tolerance_type::relative)
                           .with_preconditioner(Diagonal::build().with_max_block_size(1u))
                           .on(executor);
  std::shared_ptr<gko::batch::log::BatchConvergence<double> const> const logger =
      gko::batch::log::BatchConvergence<double>::create();
  double const seconds = median_seconds(o.repeats, [&] {
    auto const solver = factory->generate(a);  // new matrices need a new preconditioner
    solver->add_logger(logger);
    x->fill(0.0);
    solver->apply(b, x);
    executor->synchronize();
  });
  gko::array<int> const counts(executor->get_master(), logger->get_num_iterations());
  int const* const made = counts.get_const_data();
  auto const version = gko::version_info::get().core_version;
  print({"Ginkgo",
         std::to_string(version.major) + "." + std::to_string(version.minor) + "." + std::to_string(version.patch),
         "jacobi_cg", o.threads, seconds,
         std::string("batch::solver::Cg, scalar Jacobi, ") + (o.device == "cpu" ? "OmpExecutor" : "CudaExecutor"),
         o.device, o.device == "cpu" ? 0 : memory->bytes()},
        {made, made + tasks}, ours);
}

}  // namespace
}  // namespace metasolve::peers

int main(int count, char** argument) {
  try {
    auto const options = metasolve::peers::Options::parse(count, argument);
    omp_set_num_threads(options.threads);
    metasolve::peers::run(options);
    return 0;
  } catch (std::exception const& error) {
    std::fprintf(stderr, "ginkgo_cg: %s\n", error.what());
    return 1;
  }
}

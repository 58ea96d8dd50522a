// SPDX-License-Identifier: Apache-2.0
#include <omp.h>

#include <exception>
#include <ginkgo/ginkgo.hpp>

#include "bench/peers/figures.hpp"
#include "bench/peers/npy.hpp"

/// The beams by Ginkgo's batched conjugate gradients (gko::batch::solver::Cg, from Ginkgo 1.8 on) on its OpenMP
/// executor: all systems in one call, to ||r|| <= 1e-6 ||b||, from zero. Its batched solvers have no incomplete
/// Cholesky, so both sides take the diagonal (scalar Jacobi), and the 5000 iterations that stiff beams may need; counts
/// agree to some per cent, as rounding goes (docs/elasticity.md). Threads: OMP_NUM_THREADS, which is set here before
/// the first region.
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

void run(Options const& o) {
  auto const row_begin = read_npy<std::int32_t>(o.folder + "/beam_row_begin.npy").values;
  auto const columns = read_npy<std::int32_t>(o.folder + "/beam_columns.npy").values;
  auto const values = read_npy<double>(o.folder + "/beam_values.npy", o.tasks).values;
  auto const right = read_npy<double>(o.folder + "/beam_right.npy", o.tasks).values;
  auto const ours = read_npy<std::int32_t>(o.folder + "/jacobi_cg_counts.npy", o.tasks).values;

  auto const executor = gko::OmpExecutor::create();
  auto const tasks = ours.size(), unknowns = row_begin.size() - 1;
  gko::batch_dim<2> const square(tasks, gko::dim<2>(unknowns, unknowns)), tall(tasks, gko::dim<2>(unknowns, 1));
  std::shared_ptr<Matrix> const a = Matrix::create(executor, square, array_of(executor, values),
                                                   array_of(executor, columns), array_of(executor, row_begin));
  auto const b = Vectors::create(executor, tall, array_of(executor, right));
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
    auto const solver = factory->generate(a);  // new matrices: the preconditioner is made anew
    solver->add_logger(logger);
    x->fill(0.0);
    solver->apply(b, x);
  });
  int const* const made = logger->get_num_iterations().get_const_data();
  auto const version = gko::version_info::get().core_version;
  print({"Ginkgo",
         std::to_string(version.major) + "." + std::to_string(version.minor) + "." + std::to_string(version.patch),
         "jacobi_cg", o.threads, seconds, "batch::solver::Cg, scalar Jacobi, OmpExecutor"},
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

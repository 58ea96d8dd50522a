// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>

#include "metasolve/executor.hpp"
#include "paper/report.hpp"

namespace metasolve::paper {

struct Settings {
  Scale scale = Scale::full;
  int seeds = 5;
  int members = 1;                              ///< networks behind each training (training.members); table3 alone
  std::filesystem::path models;                 ///< where trained networks are stored (models.hpp); empty: nowhere
  std::function<void(std::string const&)> say;  ///< receives one line of progress; may be empty
};

/// Table 3: mean iterations of meta-solvers for Poisson tasks by training loss, share of hard tasks and test tolerance;
/// all trained by Levenberg-Marquardt, the surrogate also by Adam, and rows beyond the paper.
Report table3(Executor const& executor, Settings const& settings);

/// Table 3's surrogate row of eps = 1e-2 and its conventional rows at p = 0.01, each training the best by validation of
/// settings.members networks. Details: each seed's figures, its member and what that took in validation.
Report table3_members(Executor const& executor, Settings const& settings);

/// Table 1: mean Newton-SOR sweeps on Robertson steps at 1e-9, by training loss and by what is learned.
Report table1(Executor const& executor, Settings const& settings);

/// Table 2: mean ICCG(alpha) iterations on clamped beams at 1e-6 and the share that converges, by training loss, for
/// two fill rules.
Report table2(Executor const& executor, Settings const& settings);

/// Beyond the paper: iterations and time to solution of `both` by the network's width, inference included, compared
/// with the constant factor.
Report widths(Executor const& executor, Settings const& settings);

/// Appendix A, example 2: multigrid with a learned smoother, on rotated anisotropic diffusion and on inclusions, beside
/// fixed smoothers, incomplete factors and the direct method. Details: what the network chooses.
Report multigrid(Executor const& executor, Settings const& settings);

/// Appendix A, example 3: guesses for the pressure, by the published network and by a linear cycle of 189 weights, at
/// six accuracies, beside other ways to solve the systems. Deviations are over the tasks, as published. Details:
/// seconds of trainings and of cosine transforms.
Report pressure(Executor const& executor, Settings const& settings);

/// Figure 1: mean and deviation over the tasks at 1e-6, by training loss. Uses Table 3's networks.
Report figure1(Executor const& executor, Settings const& settings);

/// Figure 2: distribution of the iterations of the first seed's tasks at 1e-6. Uses Table 3's networks.
Report figure2(Executor const& executor, Settings const& settings);

/// The theory of sections 2.2.2 and 3.1.1 and appendix B, with the engine's Jacobi.
Report theory(Executor const& executor, Settings const& settings);

}  // namespace metasolve::paper

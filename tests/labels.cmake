# SPDX-License-Identifier: Apache-2.0
# What is said of tests beside the folder that they are in.

# They run real threads: label `threads`, and run under ThreadSanitizer.
set(metasolve_tests_of_threads attempt_team_test c_api_errors_test confirm_test iccg_team_test io_test
                               library_promises_test thread_team_test warp_lockstep_test)

# In C++, with cases that name a CUDA device: they run on the emulated one too. A case of another test that is skipped for
# want of a device fails scripts/test.
set(metasolve_tests_of_devices bad_input_test beam_test block_compaction_test block_iccg_test c_api_cg_test c_api_test
                               cg_solver_test cli_test device_training_test exec_batch_test exec_test fused_test jacobi_solver_test learner_test
                               levenberg_marquardt_test newton_sor_test no_device_test ode_meta_solver_test
                               ode_solver_test own_bits_test problem_solver_test resume_test theory_test)

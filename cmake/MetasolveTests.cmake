# SPDX-License-Identifier: Apache-2.0
# One program tests/FOLDER_tests per tests/FOLDER, and one per CUDA-only test (*.cu, and *_cuda_test.cpp, which call the
# CUDA runtime). Each of their cases is a ctest test with the label FOLDER/: `ctest -L solvers/`.
include(MetasolveSuites)

add_library(metasolve_test_main INTERFACE)
target_link_libraries(metasolve_test_main INTERFACE metasolve_train metasolve_internal metasolve_random123
                      nlohmann_json::nlohmann_json tomlplusplus::tomlplusplus OpenBLAS::OpenBLAS
                      metasolve_minizip GTest::gtest_main)
target_compile_definitions(metasolve_test_main INTERFACE "METASOLVE_SOURCE_DIR=\"${PROJECT_SOURCE_DIR}\""
                           "METASOLVE_BINARY=\"${PROJECT_BINARY_DIR}/metasolve\"")
if(METASOLVE_SANITIZE)
  target_compile_definitions(metasolve_test_main INTERFACE METASOLVE_SANITIZED)
endif()

# Shared by several tests.
file(GLOB metasolve_test_support CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/support/*.cpp")
add_library(metasolve_test_support OBJECT ${metasolve_test_support})
target_link_libraries(metasolve_test_support PRIVATE metasolve_test_main)
set_target_properties(metasolve_test_support PROPERTIES CXX_EXTENSIONS OFF)

add_custom_target(metasolve_tests COMMENT "All tests are built")

# Multi-threaded tests, the only ones in ThreadSanitizer's build.
set(metasolve_tests_of_threads attempt_team_test batch_share_test c_api_errors_test confirm_test iccg_team_test io_test krylov_team_test
                               library_promises_test online_kernels_test thread_team_test warp_lockstep_test)

# Half a minute and more each under AddressSanitizer, of arithmetic that the other suites of their folders do there too.
set(metasolve_filter "*")
if(METASOLVE_SANITIZE STREQUAL "address")
  set(metasolve_filter "*-Sizes/Variance.*:Smoothers/GridAdjointInThePlane.*:ControlVariate.*:ReproduceRobertson.*")
  string(APPEND metasolve_filter ":Qp/Classes.*:All/BlackBoxGradients.*:ConstantCli.*:MendedRun.*:IntegrateOnline.*")
endif()

# metasolve_test(NAME FOLDER SOURCE...)
function(metasolve_test name folder)
  add_executable(${name} ${ARGN})
  target_link_libraries(${name} PRIVATE metasolve_test_main)
  target_sources(${name} PRIVATE "$<TARGET_OBJECTS:metasolve_test_support>")
  set_target_properties(${name} PROPERTIES CXX_EXTENSIONS OFF CUDA_RUNTIME_LIBRARY Shared
                                           RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/tests")
  if(folder STREQUAL "paper")
    target_link_libraries(${name} PRIVATE metasolve_paper)
  endif()
  if(folder STREQUAL "app" AND TARGET metasolve-cli)
    add_dependencies(${name} metasolve-cli)
  endif()
  # Minimise compile time. Tests with their own kernels compare bits, which -O0 changes: half the time of -O3. With
  # AddressSanitizer a third of -O1; use after scope is checked in the library only, and tests that only call it, without
  # templates of their own, are not checked themselves.
  if(METASOLVE_SANITIZE STREQUAL "address")
    target_compile_options(${name} PRIVATE -O0 -fno-sanitize-address-use-after-scope)
    if(folder MATCHES "^(app|config|io|matrices|paper|programs|train)$")
      target_compile_options(${name} PRIVATE -fno-sanitize=all)
    endif()
  else()
    set(level -O1 ${metasolve_fuses})
    if(folder MATCHES "^(app|config|io|matrices|programs)$")  # without kernels
      set(level -O0)
    endif()
    target_compile_options(${name} PRIVATE "$<$<AND:$<COMPILE_LANGUAGE:CXX>,$<CONFIG:Release>>:${level}>")
  endif()
  add_dependencies(metasolve_tests ${name})
  metasolve_cases(${name} "${folder}/" FILTER "${metasolve_filter}")
endfunction()

file(GLOB metasolve_test_sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/*/*_test.cpp")
file(GLOB metasolve_cuda_test_sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/*/*_test.cu"
                                                        "${PROJECT_SOURCE_DIR}/tests/*/*_cuda_test.cpp")
list(REMOVE_ITEM metasolve_test_sources ${metasolve_cuda_test_sources})
if(METASOLVE_SANITIZE)  # the reference executor is not compiled then
  list(FILTER metasolve_test_sources EXCLUDE REGEX "/serial_test\\.cpp$")
endif()
list(FILTER metasolve_cuda_test_sources EXCLUDE REGEX "/emulated_device/")  # has its own CMakeLists.txt
set(metasolve_test_folders "")
foreach(source IN LISTS metasolve_test_sources)
  get_filename_component(name "${source}" NAME_WE)
  get_filename_component(folder "${source}" DIRECTORY)
  get_filename_component(folder "${folder}" NAME)
  if(NOT METASOLVE_SANITIZE STREQUAL "thread" OR name IN_LIST metasolve_tests_of_threads)
    list(APPEND metasolve_test_folders ${folder})
    list(APPEND metasolve_tests_in_${folder} "${source}")
  endif()
endforeach()
list(REMOVE_DUPLICATES metasolve_test_folders)
foreach(folder IN LISTS metasolve_test_folders)
  metasolve_test(${folder}_tests ${folder} ${metasolve_tests_in_${folder}})
endforeach()
target_sources(api_tests PRIVATE "${PROJECT_SOURCE_DIR}/tests/api/counted_malloc.cpp")
if(TARGET online_tests)
  target_link_libraries(online_tests PRIVATE metasolve_eigen)  # to compare with dense solves
endif()
if(METASOLVE_HAS_CUDA)
  foreach(source IN LISTS metasolve_cuda_test_sources)
    get_filename_component(name "${source}" NAME_WE)
    get_filename_component(folder "${source}" DIRECTORY)
    get_filename_component(folder "${folder}" NAME)
    metasolve_test(${name} ${folder} "${source}")
    target_link_libraries(${name} PRIVATE CUDA::cudart)
  endforeach()
endif()

if(METASOLVE_APP)
  # Reports that it is skipped if a library cannot be preloaded, as under sanitizers.
  add_test(NAME Crash.LeavesNoTrace COMMAND "${PROJECT_SOURCE_DIR}/scripts/crash-test" --build "${PROJECT_BINARY_DIR}")
  set_tests_properties(Crash.LeavesNoTrace PROPERTIES LABELS crash SKIP_RETURN_CODE 77 TIMEOUT 600)
endif()

if(METASOLVE_APP AND METASOLVE_HAS_MPI)
  add_test(NAME Ranks.CommandLine COMMAND python3 "${PROJECT_SOURCE_DIR}/tests/package/ranks.py" "${PROJECT_BINARY_DIR}/metasolve"
                                          "${PROJECT_BINARY_DIR}/ranks")
  set_tests_properties(Ranks.CommandLine PROPERTIES LABELS ranks SKIP_RETURN_CODE 77 TIMEOUT 600)
endif()

if(METASOLVE_EMULATE)
  if(METASOLVE_HAS_CUDA)
    add_subdirectory("${PROJECT_SOURCE_DIR}/tests/emulated_device" EXCLUDE_FROM_ALL)
  else()
    message(STATUS "metasolve: no emulated device, whose headers a CUDA toolkit brings")
  endif()
endif()

# Checks of the tree and the installed package run once: not in sanitizer builds.
if(METASOLVE_SANITIZE)
  return()
endif()
include(MetasolvePythonTests)
add_test(NAME Tree.Layers COMMAND "${PROJECT_SOURCE_DIR}/scripts/check-layers")
add_test(NAME Tree.Format COMMAND "${PROJECT_SOURCE_DIR}/scripts/check-format")
add_test(NAME Tree.Docs COMMAND "${PROJECT_SOURCE_DIR}/scripts/docs" "${PROJECT_BINARY_DIR}/docs")
set_tests_properties(Tree.Layers Tree.Format Tree.Docs PROPERTIES LABELS tree SKIP_RETURN_CODE 77 TIMEOUT 120)
add_test(NAME Tree.Documents COMMAND python3 "${PROJECT_SOURCE_DIR}/tests/package/documents.py" "${CMAKE_CXX_COMPILER}"
                                     -I "${PROJECT_SOURCE_DIR}/include" -I "${PROJECT_BINARY_DIR}/include")
set_tests_properties(Tree.Documents PROPERTIES LABELS tree TIMEOUT 120)
add_test(NAME Tree.Tidy COMMAND "${PROJECT_SOURCE_DIR}/scripts/check-tidy" "${PROJECT_BINARY_DIR}")
set_tests_properties(Tree.Tidy PROPERTIES LABELS tree SKIP_RETURN_CODE 77 TIMEOUT 900)
add_test(NAME Tree.FitGrowth COMMAND python3 "${PROJECT_SOURCE_DIR}/tests/package/fit_growth.py")
add_test(NAME Tree.Compare COMMAND python3 "${PROJECT_SOURCE_DIR}/tests/package/compare.py")
set_tests_properties(Tree.FitGrowth Tree.Compare PROPERTIES LABELS tree TIMEOUT 60)
# Build without a CUDA toolkit, and loading of our build without a CUDA driver.
add_test(NAME Package.WithoutToolkit COMMAND "${PROJECT_SOURCE_DIR}/tests/package/without_toolkit"
                                             "${PROJECT_BINARY_DIR}/without_toolkit" "${CMAKE_CXX_COMPILER}")
set_tests_properties(Package.WithoutToolkit PROPERTIES LABELS package SKIP_RETURN_CODE 77 TIMEOUT 120)
add_test(NAME Package.WithoutHome COMMAND "${PROJECT_SOURCE_DIR}/tests/package/no_home" "${CMAKE_CXX_COMPILER}")
set_tests_properties(Package.WithoutHome PROPERTIES LABELS package SKIP_RETURN_CODE 77 TIMEOUT 120)
if(METASOLVE_INSTALL)
  add_test(NAME Package.ClangsRuntime COMMAND "${PROJECT_SOURCE_DIR}/tests/package/clang_runtime" "${CMAKE_CXX_COMPILER}")
  set_tests_properties(Package.ClangsRuntime PROPERTIES LABELS package SKIP_RETURN_CODE 77 TIMEOUT 120)
endif()
get_target_property(library_type metasolve TYPE)
if(library_type STREQUAL "SHARED_LIBRARY" AND CMAKE_SYSTEM_NAME STREQUAL "Linux")
  foreach(name IN ITEMS metasolve metasolve_train)
    add_test(NAME Package.SharedLibrary_${name} COMMAND "${PROJECT_SOURCE_DIR}/tests/package/check_library"
                                                        "$<TARGET_FILE:${name}>"
                                                        "lib${name}.so.${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}")
    set_tests_properties(Package.SharedLibrary_${name} PROPERTIES LABELS package SKIP_RETURN_CODE 77 TIMEOUT 60)
  endforeach()
endif()
if(library_type STREQUAL "SHARED_LIBRARY" AND METASOLVE_INSTALL)
  foreach(name IN ITEMS metasolve metasolve_train)
    file(GENERATE OUTPUT "${PROJECT_BINARY_DIR}/generated/objects_of_${name}"
         CONTENT "$<JOIN:$<TARGET_OBJECTS:${name}>,\n>\n")
  endforeach()
  add_test(NAME Package.StaticLibrary COMMAND "${PROJECT_SOURCE_DIR}/tests/package/static_library"
                                              "${PROJECT_BINARY_DIR}/generated/objects_of" "${CMAKE_CXX_COMPILER}"
                                              "${METASOLVE_CPU_ARCH}" ${CMAKE_CUDA_COMPILER}
                                              "${CMAKE_CUDA_ARCHITECTURES}")
  set_tests_properties(Package.StaticLibrary PROPERTIES LABELS package SKIP_RETURN_CODE 77 TIMEOUT 300)
endif()
if(METASOLVE_APP)
  add_test(NAME Package.Completion COMMAND "${PROJECT_SOURCE_DIR}/tests/package/completion" "${PROJECT_BINARY_DIR}/metasolve")
  set_tests_properties(Package.Completion PROPERTIES LABELS package SKIP_RETURN_CODE 77 TIMEOUT 60)
  # scripts/gpu-check, on the CPU and with stand-ins for what only a machine with a GPU has.
  add_test(NAME Tree.GpuCheck COMMAND python3 "${PROJECT_SOURCE_DIR}/tests/package/gpu_check.py" "${PROJECT_BINARY_DIR}")
  set_tests_properties(Tree.GpuCheck PROPERTIES LABELS tree SKIP_RETURN_CODE 77 TIMEOUT 120)
  add_test(NAME Tree.GpuCheckParts COMMAND python3 "${PROJECT_SOURCE_DIR}/tests/package/gpu_check_parts.py")
  set_tests_properties(Tree.GpuCheckParts PROPERTIES LABELS tree TIMEOUT 120)
  # Debian's interpreter, which uses Debian's SciPy.
  add_test(NAME Trajectories.AgainstSciPysRadau COMMAND /usr/bin/python3 "${PROJECT_SOURCE_DIR}/scripts/check_ode.py"
                                                        "${PROJECT_BINARY_DIR}/metasolve")
  set_tests_properties(Trajectories.AgainstSciPysRadau PROPERTIES LABELS trajectories SKIP_RETURN_CODE 77 TIMEOUT 600)
endif()

if(METASOLVE_APP)
  # The problem that scripts/new-problem generates, in a separate tree: the library and the command line with one
  # additional problem, compiled separately.
  set(new_tree "${PROJECT_BINARY_DIR}/new_problem")
  file(REMOVE_RECURSE "${new_tree}")
  file(GLOB new_templates "${PROJECT_SOURCE_DIR}/scripts/new-problem"
                          "${PROJECT_SOURCE_DIR}/scripts/templates/problem/inside/*")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${new_templates})
  execute_process(COMMAND "${PROJECT_SOURCE_DIR}/scripts/new-problem" tried_out --tree "${new_tree}"
                  OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
  block(PROPAGATE new_sources)
    # CPU only: nvcc would take minutes.
    list(FILTER METASOLVE_EXECUTORS INCLUDE REGEX "[|]cpp([|]|$)")
    metasolve_write_compiled("${new_tree}/generated/compiled" new_sources new_cuda
                             "${new_tree}/src/problems/problems.cmake")
    metasolve_write_executor_list("${new_tree}/include/metasolve/compiled/executor_list.hpp")
    metasolve_write_problem_list("${new_tree}/generated/metasolve/compiled/problem_list.hpp"
                                 "${new_tree}/src/problems/problems.cmake")
  endblock()
  list(FILTER new_sources INCLUDE REGEX "tried_out")
  set(new_objects "$<FILTER:$<TARGET_OBJECTS:metasolve_train>,EXCLUDE,/problems/registry\\.cpp\\.o$>")
  list(APPEND new_sources "${new_tree}/src/problems/tried_out_problem.cpp" "${PROJECT_SOURCE_DIR}/src/problems/registry.cpp")
  # A separate object in a unity build too, so that it can be left out above.
  set_source_files_properties("${PROJECT_SOURCE_DIR}/src/problems/registry.cpp" PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  add_library(metasolve_new_problem OBJECT ${new_sources})
  # In the tree itself the kernel would be next to the headers it includes.
  file(MAKE_DIRECTORY "${new_tree}/include/metasolve")
  file(CREATE_LINK "${new_tree}/kernels" "${new_tree}/include/metasolve/kernels" SYMBOLIC)
  target_include_directories(metasolve_new_problem BEFORE PRIVATE "${new_tree}/include" "${new_tree}/generated"
                                                                  "${PROJECT_SOURCE_DIR}/kernels/problems")
  target_link_libraries(metasolve_new_problem PRIVATE metasolve_train metasolve_internal nlohmann_json::nlohmann_json
                                                      metasolve_random123)
  add_executable(tried_out_cli $<TARGET_OBJECTS:metasolve-cli> $<TARGET_OBJECTS:metasolve_paper>)
  add_executable(tried_out_test "${new_tree}/tests/problems/tried_out_test.cpp")
  target_link_libraries(tried_out_test PRIVATE GTest::gtest_main)
  target_include_directories(tried_out_test BEFORE PRIVATE
    "${new_tree}/include" "${new_tree}/generated" "${PROJECT_SOURCE_DIR}/kernels/problems")
  target_link_libraries(tried_out_cli PRIVATE CLI11::CLI11)
  if(METASOLVE_HAS_MPI)
    target_link_libraries(tried_out_cli PRIVATE metasolve_mpi)
  endif()
  foreach(target IN ITEMS tried_out_cli tried_out_test)
    target_sources(${target} PRIVATE ${new_objects} $<TARGET_OBJECTS:metasolve_new_problem>)
    target_link_libraries(${target} PRIVATE metasolve metasolve_internal nlohmann_json::nlohmann_json metasolve_minizip
                                            metasolve_random123 tomlplusplus::tomlplusplus OpenBLAS::OpenBLAS)
    if(METASOLVE_OPENMP)
      target_link_libraries(${target} PRIVATE OpenMP::OpenMP_CXX)
    endif()
    if(METASOLVE_MVEC_LIBRARY)
      target_link_libraries(${target} PRIVATE mvec)
    endif()
    if(METASOLVE_HAS_CUDA)
      target_link_libraries(${target} PRIVATE CUDA::cudart CUDA::cusolver)
    endif()
    target_compile_features(${target} PRIVATE cxx_std_20)
    add_dependencies(metasolve_tests ${target})
    set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF LINKER_LANGUAGE CXX
                                               RUNTIME_OUTPUT_DIRECTORY "${new_tree}/bin")
  endforeach()
  add_test(NAME Tree.SameBits COMMAND "${PROJECT_SOURCE_DIR}/tests/package/same_bits" "${PROJECT_BINARY_DIR}/metasolve"
                                      "${PROJECT_BINARY_DIR}/same_bits")
  set_tests_properties(Tree.SameBits PROPERTIES LABELS tree TIMEOUT 600)
  add_test(NAME Tree.NewProblem COMMAND "${PROJECT_SOURCE_DIR}/tests/package/new_problem" "${new_tree}")
  set_tests_properties(Tree.NewProblem PROPERTIES LABELS tree TIMEOUT 300)
endif()

if(METASOLVE_INSTALL)
  set(metasolve_test_prefix "${PROJECT_BINARY_DIR}/install")
  add_test(NAME Package.Install COMMAND "${CMAKE_COMMAND}" --install "${PROJECT_BINARY_DIR}"
                                        --prefix "${metasolve_test_prefix}")
  set_tests_properties(Package.Install PROPERTIES LABELS package FIXTURES_SETUP package TIMEOUT 120)
  foreach(way IN ITEMS find_package kernels own_problem new_problem new_ode components pkg_config c fortran mpi python
                      reacting_flow pressure_projection heat_equation black_box add_subdirectory)
    add_test(NAME Package.${way} COMMAND "${PROJECT_SOURCE_DIR}/tests/consumer/run" ${way} "${metasolve_test_prefix}"
                                         "${PROJECT_BINARY_DIR}/consumer" "${CMAKE_CXX_COMPILER}"
                                         ${CMAKE_CUDA_COMPILER} "${CMAKE_CUDA_ARCHITECTURES}")
    set_tests_properties(Package.${way} PROPERTIES LABELS package FIXTURES_REQUIRED package SKIP_RETURN_CODE 77
                                                   TIMEOUT 1200)
    if(metasolve_quick_device_flags)
      set_tests_properties(Package.${way} PROPERTIES ENVIRONMENT "NVCC_APPEND_FLAGS=${metasolve_quick_device_flags}")
    endif()
  endforeach()
  if(METASOLVE_PYTHON AND TARGET metasolve_python)
    set_tests_properties(Package.python PROPERTIES ENVIRONMENT "METASOLVE_TEST_PYTHON=${METASOLVE_PYTHON_EXECUTABLE}")
  endif()
  set_tests_properties(Package.add_subdirectory PROPERTIES PROCESSORS 2)  # compiles the library again
endif()

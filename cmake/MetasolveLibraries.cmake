# SPDX-License-Identifier: Apache-2.0
# The libraries. `metasolve` solves and infers: for simulations. `metasolve_train` adds training, and is needed by the
# command line. `metasolve_mpi`, where there is an MPI, connects processes.

file(GLOB_RECURSE metasolve_sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/src/*.cpp" "${PROJECT_SOURCE_DIR}/src/*.cu")
list(FILTER metasolve_sources EXCLUDE REGEX "/src/(app|mpi)/")
# Use only the listed executors' folders.
file(GLOB metasolve_executor_folders RELATIVE "${PROJECT_SOURCE_DIR}/src/exec" "${PROJECT_SOURCE_DIR}/src/exec/*")
foreach(folder IN LISTS metasolve_executor_folders)
  if(IS_DIRECTORY "${PROJECT_SOURCE_DIR}/src/exec/${folder}" AND NOT METASOLVE_EXECUTORS MATCHES "(^|;)${folder}[|]")
    list(FILTER metasolve_sources EXCLUDE REGEX "/src/exec/${folder}/")
  endif()
endforeach()
# Training has whole folders, and every folder training/ (enforced by scripts/check-layers).
set(metasolve_train_sources ${metasolve_sources})
set(metasolve_training_folders "/src/(estimate|programs|integrate|config|matrices|problems|train)/|/training/")
list(FILTER metasolve_train_sources INCLUDE REGEX "${metasolve_training_folders}")
list(FILTER metasolve_sources EXCLUDE REGEX "${metasolve_training_folders}")

set(METASOLVE_GENERATED "${PROJECT_BINARY_DIR}/generated")
metasolve_write_executor_list("${METASOLVE_BUILD_INCLUDE}/metasolve/compiled/executor_list.hpp")
metasolve_write_problem_list("${METASOLVE_GENERATED}/metasolve/compiled/problem_list.hpp"
                             "${PROJECT_SOURCE_DIR}/src/problems/problems.cmake")
metasolve_write_compiled("${METASOLVE_GENERATED}/compiled" metasolve_compiled metasolve_compiled_cuda
                         "${PROJECT_SOURCE_DIR}/src/compiled.cmake")
metasolve_write_compiled("${METASOLVE_GENERATED}/compiled" metasolve_train_compiled metasolve_train_compiled_cuda
                         "${PROJECT_SOURCE_DIR}/src/train/compiled.cmake" "${PROJECT_SOURCE_DIR}/src/problems/problems.cmake")
list(APPEND metasolve_sources ${metasolve_compiled} ${metasolve_compiled_cuda})
list(APPEND metasolve_train_sources ${metasolve_train_compiled} ${metasolve_train_compiled_cuda})

# Numerical code is compiled separately even in a unity build (CMAKE_UNITY_BUILD): inlining determines which products
# and sums are fused, and so the exact results.
foreach(source IN LISTS metasolve_sources metasolve_train_sources)
  if(source MATCHES "/src/exec/" OR source MATCHES "/generated/compiled/")
    set_source_files_properties("${source}" PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
    if(METASOLVE_SANITIZE)  # their presets say -O0, at half the compile time; here the tests' time would go
      set_property(SOURCE "${source}" APPEND PROPERTY COMPILE_OPTIONS -O1)
    endif()
    if(METASOLVE_SANITIZE STREQUAL "address")  # a third of the compile time at -O1; what is compiled at -O0 is checked
      set_property(SOURCE "${source}" APPEND PROPERTY COMPILE_OPTIONS -fno-sanitize-address-use-after-scope)
    endif()
  endif()
endforeach()

# A wheel holds no symbolic links: the file has the name by which it is loaded.
set(metasolve_file_version ${PROJECT_VERSION})
if(SKBUILD)
  set(metasolve_file_version ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
endif()

# metasolve_library(NAME SOURCE...)
function(metasolve_library name)
  add_library(${name} ${ARGN})
  target_compile_features(${name} PUBLIC cxx_std_20)
  target_link_libraries(${name} PRIVATE "$<BUILD_INTERFACE:metasolve_internal>"
                                        "$<BUILD_INTERFACE:nlohmann_json::nlohmann_json>"
                                        "$<BUILD_INTERFACE:metasolve_boost>" "$<BUILD_INTERFACE:metasolve_eigen>" OpenBLAS::OpenBLAS)
  if(METASOLVE_OPENMP)
    # When installed, a static library names the runtime it was compiled for (metasolveConfig.cmake.in): the program's
    # compiler may have another.
    target_link_libraries(${name} PRIVATE "$<BUILD_INTERFACE:OpenMP::OpenMP_CXX>"
                                          "$<INSTALL_INTERFACE:metasolve::openmp_runtime>")
  endif()
  if(METASOLVE_MVEC_LIBRARY)
    target_link_libraries(${name} PRIVATE mvec)
  endif()
  set_target_properties(${name} PROPERTIES
    VERSION ${metasolve_file_version}
    SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}  # before 1.0 every minor version may break the ABI
    CXX_EXTENSIONS OFF
    CUDA_RUNTIME_LIBRARY Shared  # one runtime for the library and the caller, who share streams
    LIBRARY_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/lib"
    ARCHIVE_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/lib")
  # User programs compile kernels/ for their own CPU architecture; their inline functions must not replace ours.
  target_compile_options(${name} PRIVATE "$<$<COMPILE_LANG_AND_ID:CXX,GNU>:-fno-semantic-interposition>")
  target_link_options(${name} PRIVATE "$<$<PLATFORM_ID:Linux>:LINKER:-Bsymbolic-functions>")
  if(NOT METASOLVE_SANITIZE)  # sanitizers define their own symbols in the executable
    target_link_options(${name} PRIVATE "$<$<PLATFORM_ID:Linux>:LINKER:-z,defs>")
  endif()
  add_dependencies(${name} metasolve_build_info)
endfunction()

metasolve_library(metasolve ${metasolve_sources})
add_library(metasolve::metasolve ALIAS metasolve)
# No dependency is PUBLIC: public headers include none, so consumers of the shared library need none.
target_include_directories(metasolve PUBLIC "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>"
                                            "$<BUILD_INTERFACE:${METASOLVE_BUILD_INCLUDE}>"
                                            "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
if(METASOLVE_HAS_CUDA)
  target_link_libraries(metasolve PRIVATE CUDA::cudart CUDA::cublas CUDA::cublasLt CUDA::cusparse)
endif()
# For one file each.
if(METASOLVE_HAS_ONEDNN)
  target_link_libraries(metasolve PRIVATE OneDNN::OneDNN)
  set_property(SOURCE "${PROJECT_SOURCE_DIR}/src/exec/cpu/cpu_convolution.cpp" APPEND PROPERTY
               COMPILE_DEFINITIONS METASOLVE_HAS_ONEDNN)
endif()
if(METASOLVE_HAS_NCCL)
  target_link_libraries(metasolve PRIVATE NCCL::nccl)
  set_property(SOURCE "${PROJECT_SOURCE_DIR}/src/exec/cuda/cuda_collective.cu" APPEND PROPERTY
               COMPILE_DEFINITIONS METASOLVE_HAS_NCCL)
endif()
if(METASOLVE_HAS_CUDNN)
  target_link_libraries(metasolve PRIVATE CUDNN::cudnn)
  set_property(SOURCE "${PROJECT_SOURCE_DIR}/src/exec/cuda/cuda_convolution.cu" APPEND PROPERTY
               COMPILE_DEFINITIONS METASOLVE_HAS_CUDNN)
endif()

metasolve_library(metasolve_train ${metasolve_train_sources})
add_library(metasolve::train ALIAS metasolve_train)
set_target_properties(metasolve_train PROPERTIES EXPORT_NAME train)
target_link_libraries(metasolve_train PUBLIC metasolve
                      PRIVATE "$<BUILD_INTERFACE:metasolve_random123>" tomlplusplus::tomlplusplus
                              "$<BUILD_INTERFACE:metasolve_minizip>" "$<INSTALL_INTERFACE:minizip>" ZLIB::ZLIB)
if(METASOLVE_HAS_CUDA)
  target_link_libraries(metasolve_train PRIVATE CUDA::cudart CUDA::cusolver)
endif()

if(METASOLVE_HAS_MPI)
  file(GLOB metasolve_mpi_sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/src/mpi/*.cpp")
  metasolve_library(metasolve_mpi ${metasolve_mpi_sources})
  add_library(metasolve::mpi ALIAS metasolve_mpi)
  set_target_properties(metasolve_mpi PROPERTIES EXPORT_NAME mpi)
  target_link_libraries(metasolve_mpi PUBLIC metasolve MPI::MPI_CXX)  # mpi.hpp includes mpi.h
endif()

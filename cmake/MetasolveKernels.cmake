# SPDX-License-Identifier: Apache-2.0
# metasolve::kernels: the library's own templates, for those who write solvers and problems of their own. They compile
# what the library compiles, so they get the flags by which the library is compiled (MetasolveFlags.cmake).

# The headers to include "src/..." from; what they include in turn is found when they are installed.
set(METASOLVE_KERNEL_ROOTS src/api/compiled_problem.hpp src/engine/solver_stage.hpp)
foreach(executor IN LISTS METASOLVE_EXECUTORS)
  string(REGEX REPLACE "^([^|]+)[|]([^|]+)[|].*$" "src/exec/\\1/\\2" header "${executor}")
  list(APPEND METASOLVE_KERNEL_ROOTS "${header}")
endforeach()

add_library(metasolve_kernels INTERFACE)
add_library(metasolve::kernels ALIAS metasolve_kernels)
set_target_properties(metasolve_kernels PROPERTIES EXPORT_NAME kernels)
target_link_libraries(metasolve_kernels INTERFACE metasolve)
# For "kernels/x.hpp", "src/exec/x.hpp" and "compiled/executor_list.hpp".
target_include_directories(metasolve_kernels INTERFACE
  "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>"
  "$<BUILD_INTERFACE:${PROJECT_BINARY_DIR}/generated>"
  "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/metasolve>"
  "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/metasolve/internal>")
target_compile_features(metasolve_kernels INTERFACE cxx_std_20)
set(metasolve_psabi "$<CXX_COMPILER_ID:GNU>")  # why: MetasolveFlags.cmake
target_compile_options(metasolve_kernels INTERFACE
  "$<$<COMPILE_LANGUAGE:CXX>:${metasolve_cxx_kernel_flags};$<${metasolve_psabi}:-Wno-psabi>>"
  "$<$<COMPILE_LANGUAGE:CUDA>:${metasolve_cuda_language_flags};${metasolve_cuda_kernel_flags}>"
  "$<$<AND:$<COMPILE_LANGUAGE:CUDA>,${metasolve_psabi}>:-Xcompiler=-Wno-psabi>")
if(METASOLVE_OPENMP)
  target_link_libraries(metasolve_kernels INTERFACE OpenMP::OpenMP_CXX)
endif()
if(METASOLVE_MVEC_LIBRARY)
  target_link_libraries(metasolve_kernels INTERFACE mvec)
endif()
if(METASOLVE_HAS_CUDA)
  target_link_libraries(metasolve_kernels INTERFACE "$<BUILD_INTERFACE:CUDA::cudart>")
endif()

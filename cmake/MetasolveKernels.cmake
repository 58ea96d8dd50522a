# SPDX-License-Identifier: Apache-2.0
# metasolve::kernels: the library's templates, for user-defined solvers and problems. They are compiled like the
# library's own code, and so need its flags (MetasolveFlags.cmake).

add_library(metasolve_kernels INTERFACE)
add_library(metasolve::kernels ALIAS metasolve_kernels)
set_target_properties(metasolve_kernels PROPERTIES EXPORT_NAME kernels)
target_link_libraries(metasolve_kernels INTERFACE metasolve)
target_compile_features(metasolve_kernels INTERFACE cxx_std_20)
set(metasolve_psabi "$<CXX_COMPILER_ID:GNU>")  # reason: MetasolveFlags.cmake
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

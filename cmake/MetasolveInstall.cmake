# SPDX-License-Identifier: Apache-2.0
# Installs headers, library, command line, and the package files for CMake and pkg-config.
include(CMakePackageConfigHelpers)

# Relative to the installed library: each library finds the other wherever the tree is.
set_target_properties(metasolve_train PROPERTIES INSTALL_RPATH "$ORIGIN")
if(METASOLVE_HAS_MPI)
  set_target_properties(metasolve_mpi PROPERTIES INSTALL_RPATH "$ORIGIN")
  install(TARGETS metasolve_mpi EXPORT metasolveMpiTargets
          LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}" ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}")
endif()
set(metasolve_namelink "")
if(SKBUILD)
  set(metasolve_namelink NAMELINK_SKIP)  # a wheel holds no symbolic links
  if(METASOLVE_HAS_CUDA)  # an interpreter is seldom started with a library path
    set_target_properties(metasolve metasolve_train PROPERTIES INSTALL_RPATH "$ORIGIN;${CUDAToolkit_LIBRARY_DIR}")
  endif()
endif()
install(TARGETS metasolve EXPORT metasolveTargets
        LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}" ${metasolve_namelink} ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}")
install(TARGETS metasolve_train EXPORT metasolveTrainTargets
        LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}" ${metasolve_namelink} ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}")

# Headers, under their names in the tree. The Fortran module as source: its compiled form is readable only by the same
# compiler.
install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/metasolve" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
        FILES_MATCHING PATTERN "*.hpp" PATTERN "*.h" PATTERN "*.f90")
install(DIRECTORY "${PROJECT_SOURCE_DIR}/kernels/" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/metasolve/kernels"
        FILES_MATCHING PATTERN "*.hpp")
include("${PROJECT_SOURCE_DIR}/src/installed_headers.cmake")
foreach(executor IN LISTS METASOLVE_EXECUTORS)
  string(REGEX REPLACE "[|].*$" "" name "${executor}")
  list(APPEND METASOLVE_INSTALLED_HEADERS ${METASOLVE_INSTALLED_HEADERS_${name}})
endforeach()
foreach(header IN LISTS METASOLVE_INSTALLED_HEADERS)
  get_filename_component(folder "${header}" DIRECTORY)
  install(FILES "${PROJECT_SOURCE_DIR}/src/${header}" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/metasolve/detail/${folder}")
endforeach()
install(FILES "${METASOLVE_BUILD_INCLUDE}/metasolve/version.h" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/metasolve")
install(FILES "${METASOLVE_BUILD_INCLUDE}/metasolve/compiled/executor_list.hpp"
        DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/metasolve/compiled")
if(TARGET metasolve-cli)
  # The installed tree may be moved as a whole.
  file(RELATIVE_PATH metasolve_rpath "${CMAKE_INSTALL_FULL_BINDIR}" "${CMAKE_INSTALL_FULL_LIBDIR}")
  set_target_properties(metasolve-cli PROPERTIES INSTALL_RPATH "$ORIGIN/${metasolve_rpath}")
  install(TARGETS metasolve-cli RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")

  # The manual page and the completion scripts, as the program prints them. Where it does not run (built for another
  # CPU) they are left out.
  if(NOT CMAKE_CROSSCOMPILING AND NOT METASOLVE_SANITIZE)
    set(metasolve_printed_files "")
    # FOLDER/NAME|ARGUMENTS
    foreach(printed IN ITEMS "${CMAKE_INSTALL_MANDIR}/man1/metasolve.1|man"
                             "${CMAKE_INSTALL_DATADIR}/bash-completion/completions/metasolve|completion bash"
                             "${CMAKE_INSTALL_DATADIR}/zsh/site-functions/_metasolve|completion zsh"
                             "${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d/metasolve.fish|completion fish")
      string(REGEX MATCH "^(.*)/([^/]*)[|](.*)$" matched "${printed}")
      set(folder "${CMAKE_MATCH_1}")
      set(name "${CMAKE_MATCH_2}")
      separate_arguments(arguments UNIX_COMMAND "${CMAKE_MATCH_3}")
      list(JOIN arguments "_" stem)
      set(file "${PROJECT_BINARY_DIR}/generated/printed/${stem}")
      add_custom_command(OUTPUT "${file}" DEPENDS metasolve-cli VERBATIM
                         COMMAND "${CMAKE_COMMAND}" -D "FILE=${file}" -P "${PROJECT_SOURCE_DIR}/cmake/print.cmake"
                                 -- "$<TARGET_FILE:metasolve-cli>" ${arguments}
                         COMMENT "Printing ${name}")
      list(APPEND metasolve_printed_files "${file}")
      install(FILES "${file}" DESTINATION "${folder}" RENAME "${name}" OPTIONAL)
    endforeach()
    file(MAKE_DIRECTORY "${PROJECT_BINARY_DIR}/generated/printed")
    add_custom_target(metasolve_printed ALL DEPENDS ${metasolve_printed_files})
  endif()
endif()

set(metasolve_package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/metasolve")
install(EXPORT metasolveTargets NAMESPACE metasolve:: DESTINATION "${metasolve_package_dir}")
# Separate files: an unrequested component has no requirements. `kernels` needs OpenMP, a static `train` toml++, zlib and minizip.
install(EXPORT metasolveTrainTargets NAMESPACE metasolve:: DESTINATION "${metasolve_package_dir}")
set(METASOLVE_MPI_WORD FALSE)
if(METASOLVE_HAS_MPI)
  set(METASOLVE_MPI_WORD TRUE)
  install(EXPORT metasolveMpiTargets NAMESPACE metasolve:: DESTINATION "${metasolve_package_dir}")
endif()
install(TARGETS metasolve_kernels EXPORT metasolveKernelsTargets)
install(EXPORT metasolveKernelsTargets NAMESPACE metasolve:: DESTINATION "${metasolve_package_dir}")
get_target_property(metasolve_type metasolve TYPE)
if(metasolve_type STREQUAL "STATIC_LIBRARY")
  set(METASOLVE_STATIC ON)
else()
  set(METASOLVE_STATIC OFF)
endif()
# OpenMP's runtime: its location and names here. FindOpenMP also lists pthread, which is in the C library.
set(METASOLVE_OPENMP_NAMES "")
set(METASOLVE_OPENMP_DIR "")
set(metasolve_openmp_link "")
if(METASOLVE_OPENMP)
  foreach(name IN LISTS OpenMP_CXX_LIB_NAMES)
    if(NOT name STREQUAL "pthread" AND NOT METASOLVE_OPENMP_NAMES)
      get_filename_component(METASOLVE_OPENMP_DIR "${OpenMP_${name}_LIBRARY}" DIRECTORY)
      set(metasolve_openmp_link " -L${METASOLVE_OPENMP_DIR} -l${name}")
      # Without that compiler's development files, use the runtime library itself.
      set(METASOLVE_OPENMP_NAMES "${name} lib${name}.so.1 lib${name}.so.5")
    endif()
  endforeach()
endif()
set(METASOLVE_CUDA_WORD FALSE)
if(METASOLVE_HAS_CUDA)
  set(METASOLVE_CUDA_WORD TRUE)
endif()
configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/metasolveConfig.cmake.in"
                              "${PROJECT_BINARY_DIR}/generated/metasolveConfig.cmake"
                              INSTALL_DESTINATION "${metasolve_package_dir}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/generated/metasolveConfigVersion.cmake"
                                 COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/generated/metasolveConfig.cmake"
              "${PROJECT_BINARY_DIR}/generated/metasolveConfigVersion.cmake"
              "${PROJECT_SOURCE_DIR}/cmake/FindOpenBLAS.cmake" "${PROJECT_SOURCE_DIR}/cmake/FindOneDNN.cmake"
              "${PROJECT_SOURCE_DIR}/cmake/FindCUDNN.cmake" "${PROJECT_SOURCE_DIR}/cmake/FindNCCL.cmake"
        DESTINATION "${metasolve_package_dir}")

# Libraries that a program must also link when linking the static library by pkg-config --static.
set(METASOLVE_PC_PRIVATE "-lopenblas")
get_filename_component(metasolve_openblas_dir "${OpenBLAS_LIBRARY}" DIRECTORY)
string(PREPEND METASOLVE_PC_PRIVATE "-L${metasolve_openblas_dir} ")
if(METASOLVE_HAS_ONEDNN)
  string(APPEND METASOLVE_PC_PRIVATE " ${OneDNN_LIBRARY}")
endif()
set(METASOLVE_PC_TRAIN_PRIVATE "")
get_target_property(metasolve_toml_type tomlplusplus::tomlplusplus TYPE)
if(NOT metasolve_toml_type STREQUAL "INTERFACE_LIBRARY")  # some distributions compile it, others ship headers only
  set(METASOLVE_PC_TRAIN_PRIVATE "-ltomlplusplus")
endif()
string(APPEND METASOLVE_PC_TRAIN_PRIVATE " -lminizip -lz")
if(METASOLVE_OPENMP)
  string(APPEND METASOLVE_PC_PRIVATE "${metasolve_openmp_link}")
endif()
if(METASOLVE_MVEC_LIBRARY)
  string(APPEND METASOLVE_PC_PRIVATE " -lmvec")
endif()
foreach(library IN LISTS CMAKE_CXX_IMPLICIT_LINK_LIBRARIES)
  if(library MATCHES "^(stdc\\+\\+|c\\+\\+|c\\+\\+abi|m)$")  # the C++ runtime, for programs in C and Fortran
    string(APPEND METASOLVE_PC_PRIVATE " -l${library}")
  endif()
endforeach()
if(METASOLVE_HAS_CUDA)
  string(APPEND METASOLVE_PC_PRIVATE " -L${CUDAToolkit_LIBRARY_DIR} -lcudart -lcublas -lcublasLt -lcusparse")
  if(METASOLVE_HAS_CUDNN)
    string(APPEND METASOLVE_PC_PRIVATE " ${CUDNN_LIBRARY}")
  endif()
  if(METASOLVE_HAS_NCCL)
    string(APPEND METASOLVE_PC_PRIVATE " ${NCCL_LIBRARY}")
  endif()
  string(APPEND METASOLVE_PC_TRAIN_PRIVATE " -L${CUDAToolkit_LIBRARY_DIR} -lcusolver")
endif()
# Relative to the file itself, so that the installed tree can be moved.
file(RELATIVE_PATH METASOLVE_PC_PREFIX "${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig" "${CMAKE_INSTALL_PREFIX}")
string(REGEX REPLACE "/$" "" METASOLVE_PC_PREFIX "${METASOLVE_PC_PREFIX}")
foreach(folder IN ITEMS LIBDIR INCLUDEDIR)
  set(METASOLVE_PC_${folder} "${CMAKE_INSTALL_${folder}}")
  cmake_path(IS_ABSOLUTE METASOLVE_PC_${folder} metasolve_stays)
  if(NOT metasolve_stays)
    string(PREPEND METASOLVE_PC_${folder} "\${prefix}/")
  endif()
endforeach()
set(METASOLVE_PC_KERNEL_FLAGS ${metasolve_cxx_kernel_flags})
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  list(APPEND METASOLVE_PC_KERNEL_FLAGS -Wno-psabi)
endif()
set(METASOLVE_PC_KERNEL_LIBRARIES "")
if(METASOLVE_OPENMP)
  # The spelling of GCC and Clang, and not, say, -fopenmp=libomp: the caller's compiler compiles the templates.
  list(APPEND METASOLVE_PC_KERNEL_FLAGS -fopenmp)
  list(APPEND METASOLVE_PC_KERNEL_LIBRARIES -fopenmp)
endif()
if(METASOLVE_MVEC_LIBRARY)
  list(APPEND METASOLVE_PC_KERNEL_LIBRARIES -lmvec)
endif()
list(JOIN METASOLVE_PC_KERNEL_FLAGS " " METASOLVE_PC_KERNEL_FLAGS)
list(JOIN METASOLVE_PC_KERNEL_LIBRARIES " " METASOLVE_PC_KERNEL_LIBRARIES)
set(metasolve_pc_files metasolve metasolve-train metasolve-kernels)
if(METASOLVE_HAS_MPI)
  list(APPEND metasolve_pc_files metasolve-mpi)
endif()
foreach(name IN LISTS metasolve_pc_files)
  configure_file("${PROJECT_SOURCE_DIR}/cmake/${name}.pc.in" "${PROJECT_BINARY_DIR}/generated/${name}.pc" @ONLY)
  install(FILES "${PROJECT_BINARY_DIR}/generated/${name}.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
endforeach()

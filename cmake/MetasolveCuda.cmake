# SPDX-License-Identifier: Apache-2.0
# Decides whether CUDA is built, and for which architectures. Sets METASOLVE_HAS_CUDA.
# All of this must precede enable_language(CUDA), which reads it once and caches the result.

set(METASOLVE_HAS_CUDA OFF)
string(TOUPPER "${METASOLVE_CUDA}" metasolve_cuda_choice)
if(NOT metasolve_cuda_choice MATCHES "^(AUTO|ON|OFF)$")
  message(FATAL_ERROR "METASOLVE_CUDA=${METASOLVE_CUDA}: expected AUTO, ON or OFF")
endif()
if(METASOLVE_SANITIZE)  # host sanitizers do not cover devices, and the CUDA runtime fails under them
  if(metasolve_cuda_choice STREQUAL "ON")
    message(FATAL_ERROR "METASOLVE_SANITIZE=${METASOLVE_SANITIZE} builds the CPU side only: set METASOLVE_CUDA=OFF")
  endif()
  set(metasolve_cuda_choice OFF)
endif()

if(NOT metasolve_cuda_choice STREQUAL "OFF")
  # With a host compiler other than the rest of the library's, symbols of the standard library are undefined.
  if(NOT DEFINED CMAKE_CUDA_HOST_COMPILER AND NOT DEFINED ENV{CUDAHOSTCXX})
    set(CMAKE_CUDA_HOST_COMPILER "${CMAKE_CXX_COMPILER}" CACHE FILEPATH "nvcc's host compiler")
  endif()
  if(DEFINED CMAKE_CUDA_COMPILER AND NOT CMAKE_CUDA_COMPILER)
    unset(CMAKE_CUDA_COMPILER CACHE)  # not found by an earlier configuration: look again
  endif()
  # The toolkit's installer does not put nvcc on PATH.
  if(NOT DEFINED CMAKE_CUDA_COMPILER AND NOT DEFINED ENV{CUDACXX})
    find_program(METASOLVE_NVCC nvcc HINTS ENV CUDA_HOME ENV CUDA_PATH PATHS /usr/local/cuda PATH_SUFFIXES bin)
    mark_as_advanced(METASOLVE_NVCC)
    if(METASOLVE_NVCC)
      set(ENV{CUDACXX} "${METASOLVE_NVCC}")
    endif()
  endif()
  include(CheckLanguage)
  check_language(CUDA)
  if(CMAKE_CUDA_COMPILER)
    set(METASOLVE_HAS_CUDA ON)
  elseif(metasolve_cuda_choice STREQUAL "ON")
    message(FATAL_ERROR "METASOLVE_CUDA=ON, but no working CUDA compiler was found. Put nvcc on PATH or set "
                        "CMAKE_CUDA_COMPILER; METASOLVE_CUDA=OFF builds the CPU side alone.")
  endif()
endif()

if(METASOLVE_HAS_CUDA)
  # By default CMake 3.25 would silently build for sm_75, and `native` fails without a GPU.
  if(NOT DEFINED CMAKE_CUDA_ARCHITECTURES AND NOT DEFINED ENV{CUDAARCHS})
    if(METASOLVE_RELEASE_ARCHITECTURES)
      set(metasolve_architectures 80-real 90-real 90-virtual)
      execute_process(COMMAND "${CMAKE_CUDA_COMPILER}" --list-gpu-code OUTPUT_VARIABLE metasolve_known ERROR_QUIET)
      foreach(arch IN ITEMS 100 120)  # newer than some toolkits
        if(metasolve_known MATCHES "sm_${arch}([^0-9]|$)")
          list(APPEND metasolve_architectures ${arch}-real)
        endif()
      endforeach()
    else()
      set(metasolve_architectures 90)  # machine code and PTX; a single architecture keeps development builds short
    endif()
    set(CMAKE_CUDA_ARCHITECTURES "${metasolve_architectures}")  # not cached: the option above may change
  endif()
  enable_language(CUDA)
  find_package(CUDAToolkit REQUIRED)
  message(STATUS "metasolve: CUDA ${CUDAToolkit_VERSION}, architectures ${CMAKE_CUDA_ARCHITECTURES}")
  set(metasolve_quick_device_flags "")
  if(METASOLVE_QUICK_DEVICE_CODE)
    include(CheckCompilerFlag)
    check_compiler_flag(CUDA -Ofc=max METASOLVE_NVCC_OFC)  # nvcc 12.9 and newer
    if(METASOLVE_NVCC_OFC)
      set(metasolve_quick_device_flags -Ofc=max)
    endif()
  endif()
else()
  message(STATUS "metasolve: CPU only (METASOLVE_CUDA=${METASOLVE_CUDA})")
endif()

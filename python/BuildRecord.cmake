# SPDX-License-Identifier: Apache-2.0
# How a problem of one's own is compiled for this library: what metasolve::kernels says, for programs without CMake.

# python_json_list(VARIABLE ITEM...): a list for file(GENERATE), of strings or generator expressions.
function(python_json_list variable)
  set(items "$<FILTER:${ARGN},EXCLUDE,^$>")
  set(${variable} "[$<$<BOOL:${items}>:\"$<JOIN:${items},\"$<COMMA> \">\">]" PARENT_SCOPE)
endfunction()

# metasolve_write_build_record(FILE). Paths in a wheel are relative to the package.
function(metasolve_write_build_record file)
  get_target_property(options metasolve::kernels INTERFACE_COMPILE_OPTIONS)
  # Only known while something is compiled.
  string(REPLACE "$<COMPILE_LANGUAGE:CXX>" 1 flags "${options}")
  string(REPLACE "$<COMPILE_LANGUAGE:CUDA>" 0 flags "${flags}")
  string(REPLACE "$<COMPILE_LANGUAGE:CXX>" 0 cuda_flags "${options}")
  string(REPLACE "$<COMPILE_LANGUAGE:CUDA>" 1 cuda_flags "${cuda_flags}")
  set(link_flags "")
  if(OpenMP_CXX_FOUND)
    string(APPEND flags ";-fopenmp")  # the spelling of GCC and Clang
    string(APPEND cuda_flags ";-Xcompiler=-fopenmp")
    list(APPEND link_flags -fopenmp)
  endif()
  get_target_property(libraries metasolve::kernels INTERFACE_LINK_LIBRARIES)
  if("mvec" IN_LIST libraries)
    list(APPEND link_flags -lmvec)
  endif()
  separate_arguments(release UNIX_COMMAND "${CMAKE_CXX_FLAGS} ${CMAKE_CXX_FLAGS_RELEASE}")
  python_json_list(flags "-std=c++20;${release};${flags}")
  python_json_list(link_flags "${link_flags}")
  if(SKBUILD)
    python_json_list(include include)
    python_json_list(libraries "lib/$<TARGET_SONAME_FILE_NAME:metasolve::train>"
                               "lib/$<TARGET_SONAME_FILE_NAME:metasolve::metasolve>")
  else()
    python_json_list(include "$<TARGET_PROPERTY:metasolve::metasolve,INTERFACE_INCLUDE_DIRECTORIES>")
    python_json_list(libraries "$<TARGET_SONAME_FILE:metasolve::train>" "$<TARGET_SONAME_FILE:metasolve::metasolve>")
  endif()
  set(has_cuda false)
  set(cuda "")
  if(python_has_cuda)
    set(has_cuda true)
    python_json_list(cuda_flags "${cuda_flags}")
    python_json_list(architectures "${CMAKE_CUDA_ARCHITECTURES}")
    set(cuda ",
  \"cuda_compiler\": \"${CMAKE_CUDA_COMPILER}\",
  \"cuda_compiler_version\": \"${CMAKE_CUDA_COMPILER_VERSION}\",
  \"cuda_architectures\": ${architectures},
  \"cuda_flags\": ${cuda_flags}")
  endif()
  file(GENERATE OUTPUT "${file}" CONTENT "{
  \"version\": \"${python_version}\",
  \"compiler\": \"${CMAKE_CXX_COMPILER}\",
  \"compiler_id\": \"${CMAKE_CXX_COMPILER_ID}\",
  \"compiler_version\": \"${CMAKE_CXX_COMPILER_VERSION}\",
  \"flags\": ${flags},
  \"link_flags\": ${link_flags},
  \"include\": ${include},
  \"libraries\": ${libraries},
  \"cuda\": ${has_cuda}${cuda}
}
" TARGET metasolve_python)
endfunction()

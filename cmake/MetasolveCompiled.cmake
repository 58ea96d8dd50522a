# SPDX-License-Identifier: Apache-2.0
# What is compiled once for each kind of executor (src/exec/compiled.hpp): a file for each pair of them, written here.

# One line an executor: its name, header, class, and the extension of the files that are compiled for it.
set(METASOLVE_EXECUTORS "cpu|src/exec/cpu/cpu_exec.hpp|exec::CpuExec|cpp")
if(METASOLVE_HAS_CUDA)
  list(APPEND METASOLVE_EXECUTORS "cuda|src/exec/cuda/cuda_exec.cuh|exec::CudaExec|cu")
endif()

# metasolve_write_compiled(PROBLEMS DIR SOURCES CUDA_SOURCES): for the problems of a list (src/problems/problems.cmake) and
# for the library's other structs of functions writes into DIR what is compiled for each kind of executor, and
# problem_list.hpp. The variables SOURCES and CUDA_SOURCES get the names of the files.
function(metasolve_write_compiled problems_file dir sources cuda_sources)
  # One line a struct of functions: the header that defines its `on`, its name in metasolve, and where the name needs more
  # headers, these.
  set(METASOLVE_COMPILED
    "src/api/cg_on.hpp|api::CgFunctions"
    "src/api/jacobi_on.hpp|api::JacobiFunctions"
    "src/api/ode_calls_on.hpp|api::OdeFunctions"
    "src/engine/factory_on.hpp|engine::Factory")
  # Likewise for each problem.
  include("${problems_file}")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${problems_file}")
  set(all "")
  set(all_cuda "")
  foreach(line IN LISTS METASOLVE_COMPILED)
    string(REPLACE "|" ";" parts "${line}")
    list(GET parts 0 header)
    list(GET parts 1 functions)
    list(REMOVE_AT parts 0 1)
    set(more "")
    foreach(needed IN LISTS parts)
      string(APPEND more "#include \"${needed}\"\n")
    endforeach()
    foreach(executor IN LISTS METASOLVE_EXECUTORS)
      string(REPLACE "|" ";" parts "${executor}")
      list(GET parts 0 executor_name)
      list(GET parts 1 executor_header)
      list(GET parts 2 executor_class)
      list(GET parts 3 extension)
      string(REGEX REPLACE "[^A-Za-z0-9]+" "_" name "${functions}")
      string(REGEX REPLACE "_$" "" name "${name}")
      set(source "${dir}/${name}_${executor_name}.${extension}")
      file(CONFIGURE OUTPUT "${source}" @ONLY CONTENT "// Written by cmake/MetasolveCompiled.cmake.
@more@#include \"@header@\"
#include \"src/exec/compiled.hpp\"
#include \"@executor_header@\"

namespace metasolve {
template <class Functions, class Exec>
Functions exec::functions_on() {
  return Functions::template on<Exec>();
}
template @functions@ exec::functions_on<@functions@, @executor_class@>();
}  // namespace metasolve
")
      if(extension STREQUAL "cu")
        list(APPEND all_cuda "${source}")
      else()
        list(APPEND all "${source}")
      endif()
    endforeach()
  endforeach()
  set(declarations "")
  set(list "")
  foreach(problem IN LISTS METASOLVE_PROBLEMS)
    string(APPEND declarations "Problem const& ${problem}_problem();\n")
    string(APPEND list "${separator}&${problem}_problem()")
    set(separator ", ")
  endforeach()
  file(CONFIGURE OUTPUT "${dir}/problem_list.hpp" @ONLY CONTENT "// Written by cmake/MetasolveCompiled.cmake.
#pragma once

#include <vector>

namespace metasolve::problems {
class Problem;
@declarations@
inline std::vector<Problem const*> own_problems() { return {@list@}; }
}  // namespace metasolve::problems
")
  set(${sources} "${all}" PARENT_SCOPE)
  set(${cuda_sources} "${all_cuda}" PARENT_SCOPE)
endfunction()

set(metasolve_compiled_dir "${PROJECT_BINARY_DIR}/generated/compiled")
metasolve_write_compiled("${PROJECT_SOURCE_DIR}/src/problems/problems.cmake" "${metasolve_compiled_dir}"
                         metasolve_compiled_sources metasolve_compiled_cuda_sources)

set(METASOLVE_BUILT_WITH_CUDA false)
if(METASOLVE_HAS_CUDA)
  set(METASOLVE_BUILT_WITH_CUDA true)
endif()
file(CONFIGURE OUTPUT "${PROJECT_BINARY_DIR}/generated/built_for.hpp" @ONLY CONTENT "// Written by cmake/MetasolveCompiled.cmake.
#pragma once

namespace metasolve::exec {
inline constexpr bool built_with_cuda = @METASOLVE_BUILT_WITH_CUDA@;
}  // namespace metasolve::exec
")

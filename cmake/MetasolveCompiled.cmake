# SPDX-License-Identifier: Apache-2.0
# What is compiled once for each kind of executor (src/exec/compiled.hpp): a file for each pair of them, written here.

# One line an executor: its name, header, class, and the extension of the files that are compiled for it.
set(METASOLVE_EXECUTORS "cpu|src/exec/cpu/cpu_exec.hpp|exec::CpuExec|cpp")
if(METASOLVE_HAS_CUDA)
  list(APPEND METASOLVE_EXECUTORS "cuda|src/exec/cuda/cuda_exec.cuh|exec::CudaExec|cu")
endif()

# metasolve_compile(GROUP HEADERS h... FUNCTIONS f...): structs of functions, each with a member
#   template <class Exec> static F on();
# that a file for each kind of executor defines (exec::functions_for). Their names are those in metasolve.
macro(metasolve_compile group)
  cmake_parse_arguments(compile "" "" "HEADERS;FUNCTIONS" ${ARGN})
  string(MAKE_C_IDENTIFIER "${group}" compile_name)
  list(APPEND METASOLVE_GROUPS "${compile_name}")
  set(METASOLVE_HEADERS_${compile_name} "${compile_HEADERS}")
  set(METASOLVE_FUNCTIONS_${compile_name} "${compile_FUNCTIONS}")
endmacro()

# metasolve_write_compiled(COMPILED PROBLEMS DIR SOURCES CUDA_SOURCES): for the groups of two lists (src/compiled.cmake, or
# nothing, and src/problems/problems.cmake) writes into DIR what is compiled for each kind of executor, and
# problem_list.hpp. The variables SOURCES and CUDA_SOURCES get the names of the files.
function(metasolve_write_compiled compiled_file problems_file dir sources cuda_sources)
  set(METASOLVE_GROUPS "")
  foreach(file IN ITEMS ${compiled_file} "${problems_file}")
    include("${file}")
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${file}")
  endforeach()
  set(all "")
  set(all_cuda "")
  foreach(group IN LISTS METASOLVE_GROUPS)
    set(headers "")
    foreach(header IN LISTS METASOLVE_HEADERS_${group})
      string(APPEND headers "#include \"${header}\"\n")
    endforeach()
    foreach(executor IN LISTS METASOLVE_EXECUTORS)
      string(REPLACE "|" ";" parts "${executor}")
      list(GET parts 0 executor_name)
      list(GET parts 1 executor_header)
      list(GET parts 2 executor_class)
      list(GET parts 3 extension)
      set(definitions "")
      foreach(functions IN LISTS METASOLVE_FUNCTIONS_${group})
        string(APPEND definitions "template ${functions} exec::functions_on<${functions}, ${executor_class}>();\n")
      endforeach()
      set(source "${dir}/${group}_${executor_name}.${extension}")
      file(CONFIGURE OUTPUT "${source}" @ONLY CONTENT "// Written by cmake/MetasolveCompiled.cmake.
@headers@#include \"src/exec/launches.hpp\"
#include \"@executor_header@\"

namespace metasolve {
template <class Functions, class Exec>
Functions exec::functions_on() {
  return Functions::template on<Exec>();
}
@definitions@}  // namespace metasolve
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
metasolve_write_compiled("${PROJECT_SOURCE_DIR}/src/compiled.cmake" "${PROJECT_SOURCE_DIR}/src/problems/problems.cmake"
                         "${metasolve_compiled_dir}"
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

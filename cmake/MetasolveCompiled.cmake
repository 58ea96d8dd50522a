# SPDX-License-Identifier: Apache-2.0
# What is compiled once for each executor (src/exec/compiled.hpp): a file for each pair of them, written here.

# One line an executor: the name of its folder in src/exec/, its header there, its class in metasolve::exec, the extension
# of the files that are compiled for it, and where they need them compile options (CONTRIBUTING.md, "Add an executor").
set(METASOLVE_EXECUTORS "cpu|cpu_exec.hpp|CpuExec|cpp")
if(METASOLVE_HAS_CUDA)
  list(APPEND METASOLVE_EXECUTORS "cuda|cuda_exec.cuh|CudaExec|cu")
endif()
# The last, so that a linker that meets an inline function in several objects takes it from those compiled for speed.
list(APPEND METASOLVE_EXECUTORS
     "serial|serial_exec.hpp|SerialExec|cpp|$<$<CONFIG:Release>:-O1>|$<$<CONFIG:Release>:${metasolve_fuses}>")

# metasolve_compile(GROUP HEADERS h... FUNCTIONS f...): structs of functions, each with a member
#   template <class Exec> static F on();
# that a file for each executor defines (exec::functions_for). Their names are those in metasolve.
macro(metasolve_compile group)
  cmake_parse_arguments(compile "" "" "HEADERS;FUNCTIONS" ${ARGN})
  string(MAKE_C_IDENTIFIER "${group}" compile_name)
  list(APPEND METASOLVE_GROUPS "${compile_name}")
  set(METASOLVE_HEADERS_${compile_name} "${compile_HEADERS}")
  set(METASOLVE_FUNCTIONS_${compile_name} "${compile_FUNCTIONS}")
endmacro()

# metasolve_write_compiled(COMPILED PROBLEMS DIR SOURCES CUDA_SOURCES): for the groups of two lists (src/compiled.cmake, or
# nothing, and src/problems/problems.cmake) writes into DIR what is compiled for each executor of METASOLVE_EXECUTORS,
# problem_list.hpp and executor_list.hpp. The variables SOURCES and CUDA_SOURCES get the names of the files.
function(metasolve_write_compiled compiled_file problems_file dir sources cuda_sources)
  set(METASOLVE_GROUPS "")
  foreach(file IN ITEMS ${compiled_file} "${problems_file}")
    include("${file}")
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${file}")
  endforeach()
  set(all "")
  set(all_cuda "")
  set(classes "")
  set(list "")
  set(names "")
  set(plugins "")
  set(plugin_list "")
  set(separator "")
  foreach(executor IN LISTS METASOLVE_EXECUTORS)
    string(REPLACE "|" ";" parts "${executor}")
    list(GET parts 0 executor_name)
    list(GET parts 1 executor_header)
    list(GET parts 2 executor_class)
    list(GET parts 3 extension)
    list(REMOVE_AT parts 0 1 2 3)
    set(options "${parts}")
    string(APPEND classes "class ${executor_class};\n")
    string(APPEND list "${separator}${executor_class}")
    string(APPEND names "template <>\ninline constexpr std::string_view name_of<${executor_class}> = \"${executor_name}\";\n")
    string(APPEND plugins "ExecutorPlugin const& ${executor_name}_plugin();\n")
    string(APPEND plugin_list "${separator}&${executor_name}_plugin()")
    set(separator ", ")
    foreach(group IN LISTS METASOLVE_GROUPS)
      set(headers "")
      foreach(header IN LISTS METASOLVE_HEADERS_${group})
        string(APPEND headers "#include \"${header}\"\n")
      endforeach()
      set(definitions "")
      foreach(functions IN LISTS METASOLVE_FUNCTIONS_${group})
        string(APPEND definitions
               "template ${functions} exec::functions_on<${functions}, exec::${executor_class}>();\n")
      endforeach()
      set(source "${dir}/${group}_${executor_name}.${extension}")
      file(CONFIGURE OUTPUT "${source}" @ONLY CONTENT "// Written by cmake/MetasolveCompiled.cmake.
@headers@#include \"src/exec/@executor_name@/@executor_header@\"
#include \"src/exec/compile_for_executor.hpp\"

namespace metasolve {
@definitions@}  // namespace metasolve
")
      set_source_files_properties("${source}" PROPERTIES COMPILE_OPTIONS "${options}")
      if(extension STREQUAL "cu")
        list(APPEND all_cuda "${source}")
      else()
        list(APPEND all "${source}")
      endif()
    endforeach()
  endforeach()
  file(CONFIGURE OUTPUT "${dir}/executor_list.hpp" @ONLY CONTENT "// Written by cmake/MetasolveCompiled.cmake.
#pragma once

#include <string_view>
#include <vector>

namespace metasolve::exec {
@classes@
template <class...>
struct Executors {};
using AllExecutors = Executors<@list@>;
template <class Exec>
inline constexpr std::string_view name_of = {};
@names@
struct ExecutorPlugin;
@plugins@
inline std::vector<ExecutorPlugin const*> listed_plugins() { return {@plugin_list@}; }
}  // namespace metasolve::exec
")
  set(declarations "")
  set(list "")
  set(separator "")
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

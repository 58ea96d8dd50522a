# SPDX-License-Identifier: Apache-2.0
# Code compiled once per executor (src/exec/compiled.hpp): one file per group and executor, generated here; in builds for
# checks alone some groups share a file.

# One line per executor: its folder in src/exec/, its header there, its class in metasolve::exec, the extension of the
# files compiled for it and, if needed, compile options (CONTRIBUTING.md, "Add an executor").
set(METASOLVE_EXECUTORS "cpu|cpu_exec.hpp|CpuExec|cpp")
if(METASOLVE_HAS_CUDA)
  list(APPEND METASOLVE_EXECUTORS "cuda|cuda_exec.cuh|CudaExec|cu")
endif()
# Last, so that a linker that finds an inline function in several objects takes it from those compiled for speed. Not
# under sanitizers: it runs the same templates as the CPU's, on plain numbers, and would take a good part of their time.
if(METASOLVE_SERIAL AND NOT METASOLVE_SANITIZE)
  list(APPEND METASOLVE_EXECUTORS
       "serial|serial_exec.hpp|SerialExec|cpp|$<$<CONFIG:Release>:-O1>|$<$<CONFIG:Release>:${metasolve_fuses}>")
endif()

# metasolve_compile(GROUP HEADERS h... FUNCTIONS f...): structs of functions, each with a member
#   template <class Exec> static F on();
# defined in one file per executor (exec::functions_for). Names are relative to metasolve. In header names EXECUTOR is
# replaced by the executor's name.
macro(metasolve_compile group)
  cmake_parse_arguments(compile "" "" "HEADERS;FUNCTIONS" ${ARGN})
  string(MAKE_C_IDENTIFIER "${group}" compile_name)
  list(APPEND METASOLVE_GROUPS "${compile_name}")
  set(METASOLVE_HEADERS_${compile_name} "${compile_HEADERS}")
  set(METASOLVE_FUNCTIONS_${compile_name} "${compile_FUNCTIONS}")
endmacro()

# metasolve_write_compiled(DIR SOURCES CUDA_SOURCES LIST...): for the groups of the lists, files that call
# metasolve_compile, writes into DIR the code compiled for each executor of METASOLVE_EXECUTORS. Sets the variables
# SOURCES and CUDA_SOURCES to the names of these files.
function(metasolve_write_compiled dir sources cuda_sources)
  set(METASOLVE_GROUPS "")
  foreach(file IN LISTS ARGN)
    include("${file}")
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${file}")
  endforeach()
  set(all "")
  set(all_cuda "")
  foreach(executor IN LISTS METASOLVE_EXECUTORS)
    string(REPLACE "|" ";" parts "${executor}")
    list(GET parts 0 executor_name)
    list(GET parts 1 executor_header)
    list(GET parts 2 executor_class)
    list(GET parts 3 extension)
    list(REMOVE_AT parts 0 1 2 3)
    set(options "${parts}")
    # Several groups a file save the reading of headers. Not where files are compiled to be used: what is inlined, and so
    # the exact results, would depend on a group's neighbours.
    set(batch 1)
    if((extension STREQUAL "cu" AND METASOLVE_QUICK_DEVICE_CODE) OR METASOLVE_SANITIZE)
      set(batch 5)
    endif()
    set(groups ${METASOLVE_GROUPS})
    while(groups)
      list(SUBLIST groups 0 ${batch} together)
      list(REMOVE_ITEM groups ${together})
      list(GET together 0 name)
      set(headers "")
      set(definitions "")
      foreach(group IN LISTS together)
        foreach(header IN LISTS METASOLVE_HEADERS_${group})
          string(REPLACE EXECUTOR "${executor_name}" header "${header}")
          string(APPEND headers "#include \"metasolve/${header}\"\n")
        endforeach()
        foreach(functions IN LISTS METASOLVE_FUNCTIONS_${group})
          string(APPEND definitions
                 "template ${functions} exec::functions_on<${functions}, exec::${executor_class}>();\n")
        endforeach()
      endforeach()
      set(source "${dir}/${name}_${executor_name}.${extension}")
      file(CONFIGURE OUTPUT "${source}" @ONLY CONTENT "// Written by cmake/MetasolveCompiled.cmake.
@headers@#include \"metasolve/detail/exec/@executor_name@/@executor_header@\"
#include \"metasolve/detail/exec/compile_for_executor.hpp\"

namespace metasolve {
@definitions@}  // namespace metasolve
")
      set_source_files_properties("${source}" PROPERTIES COMPILE_OPTIONS "${options}")
      if(extension STREQUAL "cu")
        list(APPEND all_cuda "${source}")
      else()
        list(APPEND all "${source}")
      endif()
    endwhile()
  endforeach()
  set(${sources} "${all}" PARENT_SCOPE)
  set(${cuda_sources} "${all_cuda}" PARENT_SCOPE)
endfunction()

# metasolve_write_executor_list(FILE): the executors' classes, names and plugins.
function(metasolve_write_executor_list output)
  set(classes "")
  set(list "")
  set(names "")
  set(plugins "")
  set(plugin_list "")
  set(separator "")
  foreach(executor IN LISTS METASOLVE_EXECUTORS)
    string(REPLACE "|" ";" parts "${executor}")
    list(GET parts 0 name)
    list(GET parts 2 class)
    string(APPEND classes "class ${class};\n")
    string(APPEND list "${separator}${class}")
    string(APPEND names "template <>\ninline constexpr std::string_view name_of<${class}> = \"${name}\";\n")
    string(APPEND plugins "ExecutorPlugin const& ${name}_plugin();\n")
    string(APPEND plugin_list "${separator}&${name}_plugin()")
    set(separator ", ")
  endforeach()
  file(CONFIGURE OUTPUT "${output}" @ONLY CONTENT "// Written by cmake/MetasolveCompiled.cmake.
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
endfunction()

# metasolve_write_problem_list(FILE PROBLEMS): PROBLEMS sets METASOLVE_PROBLEMS (src/problems/problems.cmake).
function(metasolve_write_problem_list output problems_file)
  include("${problems_file}")
  set(declarations "")
  set(list "")
  set(separator "")
  foreach(problem IN LISTS METASOLVE_PROBLEMS)
    string(APPEND declarations "Problem const& ${problem}_problem();\n")
    string(APPEND list "${separator}&${problem}_problem()")
    set(separator ", ")
  endforeach()
  file(CONFIGURE OUTPUT "${output}" @ONLY CONTENT "// Written by cmake/MetasolveCompiled.cmake.
#pragma once

#include <vector>

namespace metasolve::problems {
class Problem;
@declarations@
inline std::vector<Problem const*> own_problems() { return {@list@}; }
}  // namespace metasolve::problems
")
endfunction()

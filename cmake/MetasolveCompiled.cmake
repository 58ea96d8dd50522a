# SPDX-License-Identifier: Apache-2.0
# What is compiled once for each executor (src/exec/compiled.hpp): a file for each pair of them, written here.

# One line an executor: the name of its folder in src/exec/, its header there, its class in metasolve::exec, the extension
# of the files that are compiled for it, and where they need them compile options (CONTRIBUTING.md, "Add an executor").
set(METASOLVE_EXECUTORS "cpu|cpu_exec.hpp|CpuExec|cpp")
if(METASOLVE_HAS_CUDA)
  list(APPEND METASOLVE_EXECUTORS "cuda|cuda_exec.cuh|CudaExec|cu")
endif()
# The last, so that a linker that meets an inline function in several objects takes it from those compiled for speed. GCC
# fuses products and sums, as it does for the CPU, by its "expensive" optimisations alone: without them other bits come out.
set(metasolve_serial_gnu "$<$<AND:$<CONFIG:Release>,$<CXX_COMPILER_ID:GNU>>:-fexpensive-optimizations>")
list(APPEND METASOLVE_EXECUTORS
     "serial|serial_exec.hpp|SerialExec|cpp|$<$<CONFIG:Release>:-O1>|${metasolve_serial_gnu}")

# metasolve_write_compiled(PROBLEMS DIR SOURCES CUDA_SOURCES): for the problems of a list (src/problems/problems.cmake) and
# for the library's other structs of functions writes into DIR what is compiled for each executor of METASOLVE_EXECUTORS,
# problem_list.hpp and executor_list.hpp. The variables SOURCES and CUDA_SOURCES get the names of the files.
function(metasolve_write_compiled problems_file dir sources cuda_sources)
  # One line a struct of functions: the header that defines its `on`, its name in metasolve, and where the name needs more
  # headers, these.
  set(METASOLVE_COMPILED
    "src/api/cg_on.hpp|api::CgFunctions"
    "src/api/jacobi_on.hpp|api::JacobiFunctions"
    "src/api/ode_calls_on.hpp|api::OdeFunctions"
    "src/engine/factory_on.hpp|engine::Factory"
    "src/integrate/integration_on.hpp|integrate::IntegrationFunctions")
  # Likewise for each problem.
  include("${problems_file}")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${problems_file}")
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
    foreach(line IN LISTS METASOLVE_COMPILED)
      string(REPLACE "|" ";" parts "${line}")
      list(GET parts 0 header)
      list(GET parts 1 functions)
      list(REMOVE_AT parts 0 1)
      set(more "")
      foreach(needed IN LISTS parts)
        string(APPEND more "#include \"${needed}\"\n")
      endforeach()
      string(REGEX REPLACE "[^A-Za-z0-9]+" "_" name "${functions}")
      string(REGEX REPLACE "_$" "" name "${name}")
      set(source "${dir}/${name}_${executor_name}.${extension}")
      file(CONFIGURE OUTPUT "${source}" @ONLY CONTENT "// Written by cmake/MetasolveCompiled.cmake.
@more@#include \"@header@\"
#include \"src/exec/compiled.hpp\"
#include \"src/exec/executor_type.hpp\"
#include \"src/exec/@executor_name@/@executor_header@\"

static_assert(metasolve::exec::ExecutorType<metasolve::exec::@executor_class@>);
static_assert(metasolve::exec::@executor_class@::executor_name == \"@executor_name@\");

namespace metasolve {
template <class Functions, class Exec>
Functions exec::functions_on() {
  return Functions::template on<Exec>();
}
template @functions@ exec::functions_on<@functions@, exec::@executor_class@>();
}  // namespace metasolve
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
metasolve_write_compiled("${PROJECT_SOURCE_DIR}/src/problems/problems.cmake" "${metasolve_compiled_dir}"
                         metasolve_compiled_sources metasolve_compiled_cuda_sources)

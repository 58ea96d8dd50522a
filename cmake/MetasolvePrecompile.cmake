# SPDX-License-Identifier: Apache-2.0
# metasolve_precompile(TARGET HEADER...): these headers are read once for all C++ files of the target, where
# METASOLVE_PRECOMPILE asks for it. The presets `default` and `cpu` do not: they show an include that is missing. Of the
# library's own files so does the test Package.add_subdirectory.
function(metasolve_precompile target)
  if(METASOLVE_PRECOMPILE)
    set(headers "")
    foreach(header IN LISTS ARGN)
      list(APPEND headers "$<$<COMPILE_LANGUAGE:CXX>:${header}>")
    endforeach()
    target_precompile_headers(${target} PRIVATE ${headers})
  endif()
endfunction()

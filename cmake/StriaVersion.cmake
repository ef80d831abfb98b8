# Writes the source of compiler/diagnostics/version.h. Included, it defines stria_version_source(<variable>); run as a
# script (cmake -P) by the build, it writes OUTPUT. The build runs it again when git's log of HEAD has grown.
if(CMAKE_SCRIPT_MODE_FILE)
  execute_process(COMMAND git rev-parse HEAD WORKING_DIRECTORY ${SOURCE_DIR}
    OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
  if(failed)
    set(commit unknown)
  endif()
  file(CONFIGURE OUTPUT ${OUTPUT} @ONLY CONTENT [[
#include "compiler/diagnostics/version.h"

namespace stria {

const char* version() { return "@VERSION@"; }
const char* commit() { return "@commit@"; }

}  // namespace stria
]])
  return()
endif()

function(stria_version_source variable)
  set(output ${CMAKE_BINARY_DIR}/generated/version.cpp)
  set(head_log)
  execute_process(COMMAND git rev-parse --git-path logs/HEAD WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}
    OUTPUT_VARIABLE path OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
  if(NOT failed)
    cmake_path(ABSOLUTE_PATH path BASE_DIRECTORY ${CMAKE_SOURCE_DIR})
    if(EXISTS ${path})
      set(head_log ${path})
    endif()
  endif()
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DSOURCE_DIR=${CMAKE_SOURCE_DIR} -DVERSION=${PROJECT_VERSION} -DOUTPUT=${output}
            -P ${CMAKE_SOURCE_DIR}/cmake/StriaVersion.cmake
    DEPENDS ${CMAKE_SOURCE_DIR}/cmake/StriaVersion.cmake ${head_log}
    COMMENT "Noting the commit"
    VERBATIM)
  set(${variable} ${output} PARENT_SCOPE)
endfunction()

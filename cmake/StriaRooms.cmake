# stria_room(<path> [LIBS <target>...] [SOURCES <generated file>...] [EXCEPT <file>...])
#   One static library out of all sources below <path>, and SOURCES. It uses every room declared before it; LIBS are for its own
#   sources alone and reach a final program only at link time. A room without sources yet is skipped.
#   Its sources are compiled several at a time, which a cold build does in a third of the time: the names of a room, those
#   of anonymous namespaces too, are each given once. -DSTRIA_TOGETHER=OFF compiles each alone, quicker for who edits one file.
# stria_program(<main>)          the executable `stria` over all rooms, with its install rules
# stria_stdlib_location(<path>)  tells a room's sources where the language's own library lies

set_property(GLOBAL PROPERTY STRIA_ROOMS "")         # paths in order, sources or not
set_property(GLOBAL PROPERTY STRIA_ROOM_TARGETS "")  # libraries that exist

function(stria_room path)
  cmake_parse_arguments(PARSE_ARGV 1 ROOM "" "" "LIBS;SOURCES;EXCEPT")
  set_property(GLOBAL APPEND PROPERTY STRIA_ROOMS ${path})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${path}/*.cpp)
  foreach(name IN LISTS ROOM_EXCEPT)
    list(REMOVE_ITEM sources ${CMAKE_SOURCE_DIR}/${path}/${name})
  endforeach()
  list(APPEND sources ${ROOM_SOURCES})
  if(NOT sources)
    message(STATUS "${path}: no sources yet")
    return()
  endif()
  get_property(earlier GLOBAL PROPERTY STRIA_ROOM_TARGETS)
  string(REPLACE "/" "_" name stria_${path})
  add_library(${name} STATIC ${sources})
  target_link_libraries(${name} PUBLIC ${earlier} stria_options fmt::fmt nlohmann_json::nlohmann_json)
  set_target_properties(${name} PROPERTIES UNITY_BUILD ${STRIA_TOGETHER} UNITY_BUILD_BATCH_SIZE 6)
  foreach(lib IN LISTS ROOM_LIBS)
    if(lib MATCHES "::" AND NOT TARGET ${lib})
      message(FATAL_ERROR "${path} has sources but needs ${lib}, which could not be set up")
    endif()
    target_link_libraries(${name} PRIVATE ${lib})
  endforeach()
  set_property(GLOBAL APPEND PROPERTY STRIA_ROOM_TARGETS ${name})
endfunction()

# STRIA_STDLIB_SOURCE: the source tree's stdlib, for a program that runs from its build folder.
# STRIA_STDLIB_INSTALLED: after `cmake --install`, relative to the folder of the executable.
function(stria_stdlib_location path)
  string(REPLACE "/" "_" name stria_${path})
  if(TARGET ${name})
    target_compile_definitions(${name} PRIVATE
      STRIA_STDLIB_DIR="${CMAKE_SOURCE_DIR}/stdlib" STRIA_STDLIB_INSTALLED="../share/stria/stdlib")
  endif()
endfunction()

function(stria_program main)
  file(GLOB main_found CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${main})
  if(NOT main_found)
    message(STATUS "${main}: not there yet, no program is built")
    return()
  endif()
  get_property(rooms GLOBAL PROPERTY STRIA_ROOM_TARGETS)
  list(REVERSE rooms)
  add_executable(stria ${main_found})
  target_link_libraries(stria PRIVATE ${rooms})
  set_target_properties(stria PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin
    INSTALL_RPATH_USE_LINK_PATH ON)
  install(TARGETS stria RUNTIME DESTINATION bin)
  install(DIRECTORY stdlib/ DESTINATION share/stria/stdlib FILES_MATCHING PATTERN "*.stria")
endfunction()

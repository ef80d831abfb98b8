# Tests mirror the sources: tests/<room>/<file>_test.cpp. They are linked into two programs, tests_front (compiler/,
# without LibTorch) and tests_runtime; each test file is one entry of ctest, so `ctest -R syntax` runs one room.
#   tests/<name>_test.cpp            tests of the whole tree, part of tests_front
#   tests/e2e/*_test.sh, tests/golden/*_test.sh   run with STRIA (the built program) and SOURCE_DIR set, inside an
#                                    empty scratch folder; exit code 77 means skipped
#   tests/golden/                    golden files with their runner, part of tests_front; the target rewrite_golden
#                                    writes them anew
#   tests/fuzz/*_fuzz.cpp            libFuzzer programs, with STRIA_SANITIZE only; corpus in tests/fuzz/corpus/<name>
#   tests/bench/*_bench.cpp          Google Benchmark cases, the program stria_benchmarks; no part of the default
#                                    build: the target `bench` builds and runs it

# Adds one ctest entry per test file of a doctest program. A file in which doctest finds no case fails.
function(stria_test_entries program)
  foreach(file IN LISTS ARGN)
    if(NOT file MATCHES "_test\\.cpp$")
      continue()  # helpers shared by tests
    endif()
    cmake_path(RELATIVE_PATH file BASE_DIRECTORY ${CMAKE_SOURCE_DIR}/tests OUTPUT_VARIABLE name)
    string(REGEX REPLACE "_test\\.cpp$" "" name ${name})
    add_test(NAME ${name} COMMAND ${program} --source-file=${file} WORKING_DIRECTORY ${CMAKE_BINARY_DIR})
    set_tests_properties(${name} PROPERTIES TIMEOUT 300 FAIL_REGULAR_EXPRESSION "test cases: +0 ")
  endforeach()
endfunction()

# The tests of a room are compiled at a time, so their names differ; but each that reads LibTorch's headers alone, since
# those have macros and names that are in the way.
function(stria_compile_by_folder program)
  if(NOT STRIA_TOGETHER)
    return()
  endif()
  foreach(file IN LISTS ARGN)
    file(STRINGS ${file} libtorch REGEX "ATen/|against_libtorch" LIMIT_COUNT 1)
    if(NOT libtorch)
      cmake_path(GET file PARENT_PATH folder)
      cmake_path(GET folder FILENAME folder)
      set_source_files_properties(${file} PROPERTIES UNITY_GROUP ${folder})
    endif()
  endforeach()
  set_target_properties(${program} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
endfunction()

# doctest's own code, compiled once for both programs.
function(stria_doctest_main)
  add_library(stria_doctest_main OBJECT ${CMAKE_SOURCE_DIR}/tests/main.cpp)
  target_compile_options(stria_doctest_main PRIVATE ${STRIA_UNCHECKED_OPTIONS})
  target_link_libraries(stria_doctest_main PRIVATE stria_options doctest::doctest)
endfunction()

function(stria_test_program program)
  cmake_parse_arguments(PARSE_ARGV 1 PROGRAM "" "" "ROOMS;SOURCES;LIBS")
  set(sources ${PROGRAM_SOURCES})
  foreach(room IN LISTS PROGRAM_ROOMS)
    cmake_path(GET room FILENAME folder)
    file(GLOB_RECURSE found CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/${folder}/*.cpp)
    list(APPEND sources ${found})
  endforeach()
  if(NOT sources)
    return()
  endif()
  get_property(all_rooms GLOBAL PROPERTY STRIA_ROOMS)
  string(REPLACE ";" "," all_rooms "${all_rooms}")
  add_executable(${program} ${sources})
  target_link_libraries(${program} PRIVATE stria_doctest_main ${PROGRAM_LIBS} stria_options doctest::doctest fmt::fmt
                                           nlohmann_json::nlohmann_json)
  target_compile_definitions(${program} PRIVATE
    STRIA_SOURCE_DIR="${CMAKE_SOURCE_DIR}" STRIA_STDLIB_DIR="${CMAKE_SOURCE_DIR}/stdlib" STRIA_ROOMS="${all_rooms}"
    STRIA_SANITIZED=$<BOOL:${STRIA_SANITIZE}>)
  stria_compile_by_folder(${program} ${sources})
  stria_test_entries(${program} ${sources})
endfunction()

function(stria_script_tests)
  if(NOT TARGET stria)
    return()
  endif()
  file(GLOB scripts CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/e2e/*_test.sh ${CMAKE_SOURCE_DIR}/tests/golden/*_test.sh)
  foreach(script IN LISTS scripts)
    cmake_path(RELATIVE_PATH script BASE_DIRECTORY ${CMAKE_SOURCE_DIR}/tests OUTPUT_VARIABLE name)
    string(REGEX REPLACE "_test\\.sh$" "" name ${name})
    add_test(NAME ${name} COMMAND ${CMAKE_SOURCE_DIR}/cmake/run_script_test.sh ${script}
             ${CMAKE_BINARY_DIR}/scratch/${name})
    set_tests_properties(${name} PROPERTIES TIMEOUT 600 SKIP_RETURN_CODE 77
      ENVIRONMENT "STRIA=$<TARGET_FILE:stria>;SOURCE_DIR=${CMAKE_SOURCE_DIR}")
  endforeach()
endfunction()

function(stria_fuzzers rooms)
  file(GLOB fuzzers CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/fuzz/*_fuzz.cpp)
  foreach(file IN LISTS fuzzers)
    cmake_path(GET file STEM name)
    add_executable(${name} ${file})
    target_link_libraries(${name} PRIVATE ${rooms} stria_options)
    target_compile_definitions(${name} PRIVATE STRIA_SOURCE_DIR="${CMAKE_SOURCE_DIR}"
                               STRIA_STDLIB_DIR="${CMAKE_SOURCE_DIR}/stdlib")
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    add_test(NAME fuzz/${name} COMMAND ${CMAKE_SOURCE_DIR}/cmake/run_fuzzer.sh $<TARGET_FILE:${name}>
             ${CMAKE_BINARY_DIR}/scratch/${name} ${CMAKE_SOURCE_DIR}/tests/fuzz/corpus/${name}
             ${CMAKE_SOURCE_DIR}/specs ${CMAKE_SOURCE_DIR}/stdlib ${CMAKE_SOURCE_DIR}/tests/golden)
    set_tests_properties(fuzz/${name} PROPERTIES TIMEOUT 120)
  endforeach()
endfunction()

# ctest runs each case once where the program has been built, and skips it otherwise.
function(stria_benchmarks rooms)
  find_package(benchmark QUIET)
  if(NOT benchmark_FOUND)
    message(STATUS "Google Benchmark is not installed: no target `bench`")
    return()
  endif()
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/bench/*_bench.cpp)
  add_executable(stria_benchmarks EXCLUDE_FROM_ALL ${sources})
  target_link_libraries(stria_benchmarks PRIVATE ${rooms} stria_options benchmark::benchmark fmt::fmt
                                                 nlohmann_json::nlohmann_json)
  target_compile_definitions(stria_benchmarks PRIVATE
    STRIA_SOURCE_DIR="${CMAKE_SOURCE_DIR}" STRIA_STDLIB_DIR="${CMAKE_SOURCE_DIR}/stdlib")
  set_target_properties(stria_benchmarks PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
  add_custom_target(bench COMMAND stria_benchmarks USES_TERMINAL VERBATIM)
  add_test(NAME bench COMMAND ${CMAKE_SOURCE_DIR}/cmake/run_benchmarks_once.sh $<TARGET_FILE:stria_benchmarks>)
  set_tests_properties(bench PROPERTIES TIMEOUT 300 SKIP_RETURN_CODE 77)
endfunction()

function(stria_tests)
  get_property(rooms GLOBAL PROPERTY STRIA_ROOMS)
  get_property(targets GLOBAL PROPERTY STRIA_ROOM_TARGETS)
  list(REVERSE targets)
  set(front_rooms ${rooms})
  list(FILTER front_rooms INCLUDE REGEX "^compiler/")
  set(runtime_rooms ${rooms})
  list(FILTER runtime_rooms INCLUDE REGEX "^runtime/")
  set(front_targets ${targets})
  list(FILTER front_targets INCLUDE REGEX "_compiler_")
  stria_doctest_main()
  set(whole_tree)
  if(NOT STRIA_FRONT_ONLY)  # they speak of all rooms, and reading the tree once is enough
    file(GLOB whole_tree CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/*_test.cpp)
  endif()
  file(GLOB golden CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/golden/*.cpp)
  set(front_libs ${front_targets})
  if(TARGET STRIA::llvm)  # tests of compiler/codegen build LLVM modules
    list(APPEND front_libs STRIA::llvm)
  endif()
  stria_test_program(tests_front ROOMS ${front_rooms} SOURCES ${whole_tree} ${golden} LIBS ${front_libs})
  add_custom_target(rewrite_golden
    COMMAND ${CMAKE_COMMAND} -E env STRIA_REWRITE_GOLDEN=1 $<TARGET_FILE:tests_front> --source-file=*golden_test.cpp
    COMMENT "Writing what comes out now into tests/golden" USES_TERMINAL VERBATIM)
  if(NOT STRIA_FRONT_ONLY)
    file(GLOB coverage CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/coverage/*.cpp)
    stria_test_program(tests_runtime ROOMS ${runtime_rooms}
      SOURCES ${coverage} ${CMAKE_SOURCE_DIR}/tests/golden/golden_file.cpp ${CMAKE_SOURCE_DIR}/tests/syntax/grammar_file.cpp
              ${CMAKE_SOURCE_DIR}/tests/ir/example_graphs.cpp
      LIBS ${targets} STRIA::libtorch STRIA::llvm PkgConfig::sndfile PkgConfig::archive)
    add_custom_command(TARGET rewrite_golden POST_BUILD
      COMMAND ${CMAKE_COMMAND} -E env STRIA_REWRITE_GOLDEN=1 $<TARGET_FILE:tests_runtime> --source-file=*golden_test.cpp
      COMMAND ${CMAKE_COMMAND} -E env STRIA_REWRITE_GOLDEN=1 STRIA=$<TARGET_FILE:stria> SOURCE_DIR=${CMAKE_SOURCE_DIR}
              bash ${CMAKE_SOURCE_DIR}/tests/golden/explain_test.sh
      VERBATIM)
    add_dependencies(rewrite_golden tests_runtime stria)
    stria_script_tests()
    stria_benchmarks("${targets}")
  endif()
  if(STRIA_SANITIZE)
    stria_fuzzers("${front_targets}")
  endif()
endfunction()

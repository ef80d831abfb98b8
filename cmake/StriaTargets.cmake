# Targets for people at work: `format` rewrites all sources, `tidy` runs .clang-tidy over every source (minutes).
find_program(CLANG_FORMAT_PROGRAM clang-format-14)
find_program(RUN_CLANG_TIDY_PROGRAM run-clang-tidy-19)

if(CLANG_FORMAT_PROGRAM)
  add_custom_target(format
    COMMAND find compiler runtime tests ( -name *.h -o -name *.cpp ) -exec ${CLANG_FORMAT_PROGRAM} -i {} +
    WORKING_DIRECTORY ${CMAKE_SOURCE_DIR} VERBATIM)
endif()
if(RUN_CLANG_TIDY_PROGRAM)
  add_custom_target(tidy
    COMMAND ${RUN_CLANG_TIDY_PROGRAM} -quiet -p ${CMAKE_BINARY_DIR} -extra-arg=-Wno-unknown-warning-option
            "/(compiler|runtime|tests)/"
    WORKING_DIRECTORY ${CMAKE_SOURCE_DIR} USES_TERMINAL VERBATIM)
endif()

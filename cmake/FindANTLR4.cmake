# The parser generated from grammar/Stria.g4 at build time, as the library STRIA::parser.
# Uses the ANTLR tool (Java) and the C++ runtime of the distribution.
include(FindPackageHandleStandardArgs)
find_program(ANTLR4_TOOL antlr4)
find_path(ANTLR4_INCLUDE_DIR antlr4-runtime.h PATH_SUFFIXES antlr4-runtime)
find_library(ANTLR4_LIBRARY antlr4-runtime)
find_package_handle_standard_args(ANTLR4 REQUIRED_VARS ANTLR4_TOOL ANTLR4_INCLUDE_DIR ANTLR4_LIBRARY)
mark_as_advanced(ANTLR4_TOOL ANTLR4_INCLUDE_DIR ANTLR4_LIBRARY)

set(grammar ${CMAKE_SOURCE_DIR}/grammar/Stria.g4)
file(GLOB grammar_found CONFIGURE_DEPENDS ${grammar})
if(ANTLR4_FOUND AND grammar_found AND NOT TARGET stria_parser)
  set(parser_dir ${CMAKE_BINARY_DIR}/generated/antlr)
  set(parser_files StriaLexer.h StriaLexer.cpp StriaParser.h StriaParser.cpp StriaVisitor.h StriaVisitor.cpp
                   StriaBaseVisitor.h StriaBaseVisitor.cpp)
  list(TRANSFORM parser_files PREPEND ${parser_dir}/)
  # Run inside the grammar's folder: the tool puts its output below -o by the path it was given.
  add_custom_command(
    OUTPUT ${parser_files}
    COMMAND ${ANTLR4_TOOL} -Dlanguage=Cpp -visitor -no-listener -package stria::grammar -Werror
            -o ${parser_dir} Stria.g4
    WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}/grammar
    DEPENDS ${grammar}
    COMMENT "Generating the parser from grammar/Stria.g4"
    VERBATIM)
  add_library(stria_parser STATIC ${parser_files})
  target_include_directories(stria_parser SYSTEM PUBLIC ${parser_dir} ${ANTLR4_INCLUDE_DIR})
  # The tool of 4.7.2 writes u8"" literals into std::string, which C++20 allows only without char8_t.
  target_compile_options(stria_parser PRIVATE -fno-char8_t -w ${STRIA_UNCHECKED_OPTIONS})
  target_link_libraries(stria_parser PUBLIC ${ANTLR4_LIBRARY})
  add_library(STRIA::parser ALIAS stria_parser)
endif()

# Compiler and linker settings, the same for every target of ours.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
endif()
# -g1: line numbers in stack traces at a fraction of full debug info's link time.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1 -DNDEBUG")

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
endif()
find_program(MOLD_PROGRAM mold)
if(MOLD_PROGRAM)
  add_link_options(-fuse-ld=mold)
endif()

if(STRIA_SANITIZE)
  # null, object-size and vptr are left out: a fifth of the compile time for faults that address reports as well.
  add_compile_options(-O1 -g1 -fno-omit-frame-pointer -fsanitize=address,undefined,fuzzer-no-link
                      -fno-sanitize=null,object-size,vptr -fno-sanitize-recover=all)
  add_link_options(-fsanitize=address,undefined)
endif()

# For code that is not ours: counted for the fuzzers' coverage, but not checked.
set(STRIA_UNCHECKED_OPTIONS $<$<BOOL:${STRIA_SANITIZE}>:-fno-sanitize=address,undefined>)

# What every source of ours is compiled with; the generated parser is not.
add_library(stria_options INTERFACE)
target_include_directories(stria_options INTERFACE ${CMAKE_SOURCE_DIR})
# -ffp-contract=off: a fused multiply-add must never appear or vanish with the compiler's mood, since the same
# spec and seed must give the same bits.
target_compile_options(stria_options INTERFACE -ffp-contract=off -Wall -Wextra)
if(STRIA_WERROR)
  target_compile_options(stria_options INTERFACE -Werror)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # g++ 12 reports `"text" + std::string` as overlapping copies (GCC bug 105651).
  target_compile_options(stria_options INTERFACE -Wno-restrict)
elseif(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # libstdc++'s own std::stable_sort calls a function that it marks deprecated.
  target_compile_options(stria_options INTERFACE -Wno-deprecated-declarations)
endif()

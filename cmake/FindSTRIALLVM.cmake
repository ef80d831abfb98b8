# LLVM 19's shared library as STRIA::llvm (LLVM Support: BLAKE3, SHA-256; later code generation). LLVM's own CMake
# package is not used: it loads every component's target and asks for development files that we do not need.
include(FindPackageHandleStandardArgs)
find_path(STRIALLVM_INCLUDE_DIR llvm/Support/BLAKE3.h PATHS /usr/lib/llvm-19/include)
find_library(STRIALLVM_LIBRARY NAMES LLVM-19 PATHS /usr/lib/llvm-19/lib)
find_package_handle_standard_args(STRIALLVM REQUIRED_VARS STRIALLVM_INCLUDE_DIR STRIALLVM_LIBRARY)
mark_as_advanced(STRIALLVM_INCLUDE_DIR STRIALLVM_LIBRARY)

if(STRIALLVM_FOUND AND NOT TARGET STRIA::llvm)
  add_library(STRIA::llvm SHARED IMPORTED)
  set_target_properties(STRIA::llvm PROPERTIES
    IMPORTED_LOCATION ${STRIALLVM_LIBRARY}
    INTERFACE_INCLUDE_DIRECTORIES ${STRIALLVM_INCLUDE_DIR})
endif()

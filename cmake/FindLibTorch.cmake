# LibTorch as STRIA::libtorch: libtorch_cpu and libc10 alone, without the CUDA toolkit that the wheel's own CMake
# package asks for. Looked for in STRIA_LIBTORCH (cache or environment), CMAKE_PREFIX_PATH, and the folder into
# which `./stria setup` unpacks it. The folder holds include/ATen and lib/libtorch_cpu.so.
include(FindPackageHandleStandardArgs)
set(LibTorch_WANTED 2.11)
set(STRIA_LIBTORCH "$ENV{STRIA_LIBTORCH}" CACHE PATH "Folder of LibTorch (holds include/ and lib/)")

set(cache_home "$ENV{XDG_CACHE_HOME}")
if(NOT cache_home)
  set(cache_home "$ENV{HOME}/.cache")
endif()
set(candidates ${STRIA_LIBTORCH})
if(NOT STRIA_LIBTORCH)
  # A prefix may be LibTorch's folder or the share/cmake folder that PyTorch itself prints for CMake.
  string(REPLACE ":" ";" env_prefixes "$ENV{CMAKE_PREFIX_PATH}")
  foreach(prefix IN LISTS CMAKE_PREFIX_PATH env_prefixes)
    list(APPEND candidates ${prefix} ${prefix}/../..)
  endforeach()
  list(APPEND candidates ${cache_home}/stria/libtorch-2.11.0)
endif()

# Not cached: a changed STRIA_LIBTORCH must win over an earlier find.
unset(LibTorch_INCLUDE_DIR CACHE)
unset(LibTorch_CPU_LIBRARY CACHE)
unset(LibTorch_C10_LIBRARY CACHE)
find_path(LibTorch_INCLUDE_DIR ATen/core/Tensor.h PATHS ${candidates} PATH_SUFFIXES include NO_DEFAULT_PATH)
find_library(LibTorch_CPU_LIBRARY torch_cpu PATHS ${candidates} PATH_SUFFIXES lib NO_DEFAULT_PATH)
find_library(LibTorch_C10_LIBRARY c10 PATHS ${candidates} PATH_SUFFIXES lib NO_DEFAULT_PATH)

if(LibTorch_INCLUDE_DIR)
  set(version_header ${LibTorch_INCLUDE_DIR}/torch/headeronly/version.h)
  if(EXISTS ${version_header})
    foreach(part MAJOR MINOR PATCH)
      file(STRINGS ${version_header} line REGEX "define TORCH_VERSION_${part} ")
      string(REGEX REPLACE ".* ([0-9]+).*" "\\1" ${part} "${line}")
    endforeach()
    set(LibTorch_VERSION ${MAJOR}.${MINOR}.${PATCH})
  endif()
  if(NOT "${MAJOR}.${MINOR}" STREQUAL "${LibTorch_WANTED}")
    message(FATAL_ERROR "LibTorch ${LibTorch_WANTED} is needed, but ${LibTorch_INCLUDE_DIR} belongs to another "
      "version (${LibTorch_VERSION}).\nName a folder of version ${LibTorch_WANTED} in STRIA_LIBTORCH, or leave it "
      "unset and run `./stria setup`.")
  endif()
endif()
find_package_handle_standard_args(LibTorch
  REQUIRED_VARS LibTorch_CPU_LIBRARY LibTorch_C10_LIBRARY LibTorch_INCLUDE_DIR
  VERSION_VAR LibTorch_VERSION
  REASON_FAILURE_MESSAGE "run `./stria setup`, or name an unpacked LibTorch in STRIA_LIBTORCH")
mark_as_advanced(LibTorch_INCLUDE_DIR LibTorch_CPU_LIBRARY LibTorch_C10_LIBRARY)

if(LibTorch_FOUND AND NOT TARGET STRIA::libtorch)
  add_library(STRIA::c10 SHARED IMPORTED)
  set_target_properties(STRIA::c10 PROPERTIES IMPORTED_LOCATION ${LibTorch_C10_LIBRARY})
  add_library(STRIA::libtorch SHARED IMPORTED)
  # FMT_HEADER_ONLY: LibTorch may bring its own, newer fmt headers, which the system's libfmt does not serve.
  # AT_PER_OPERATOR_HEADERS: its own headers, as ATen/TensorOperators.h, take single ops too, not all of them.
  set_target_properties(STRIA::libtorch PROPERTIES
    IMPORTED_LOCATION ${LibTorch_CPU_LIBRARY}
    INTERFACE_INCLUDE_DIRECTORIES ${LibTorch_INCLUDE_DIR}
    INTERFACE_COMPILE_DEFINITIONS "FMT_HEADER_ONLY;AT_PER_OPERATOR_HEADERS"
    INTERFACE_LINK_LIBRARIES STRIA::c10)
endif()

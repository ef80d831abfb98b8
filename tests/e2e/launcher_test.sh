#!/usr/bin/env bash
# The launcher at the edges that need no network: no right to install, no index to fetch LibTorch from, a LibTorch that is
# there already. It runs in a tree of its own, with a dpkg-query that says what a case wants.
set -eu
mkdir -p tree tools home
cp "$SOURCE_DIR/stria" tree/stria
cat > tools/dpkg-query <<'SH'
#!/bin/sh
for word in "$@"; do
  case " $MISSING -W " in *" $word "*) ;; *) case $word in -f=*) ;; *) echo "installed $word" ;; esac ;; esac
done
SH
chmod +x tools/dpkg-query
export PATH="$PWD/tools:$PATH" HOME="$PWD/home" MISSING=""
unset STRIA_LIBTORCH CMAKE_PREFIX_PATH XDG_CACHE_HOME PIP_FIND_LINKS PIP_EXTRA_INDEX_URL PIP_NO_INDEX
fail() { echo "$1"; cat message.txt; exit 1; }
expect() {  # <exit code> <words> <command>...
  local code=0 wanted=$1 words=$2
  shift 2
  "$@" > message.txt 2>&1 || code=$?
  [ "$code" = "$wanted" ] || fail "exit $code instead of $wanted"
  grep -q -- "$words" message.txt || fail "the message lacks: $words"
}

# Without the right to install: the exact command, and nothing else is tried.
unprivileged=()
if [ "$(id -u)" = 0 ]; then
  unprivileged=(setpriv --reuid=65534 --regid=65534 --clear-groups)
  chmod -R a+rwX . && chmod a+rx "$PWD"
fi
printf '#!/bin/sh\nexit 1\n' > tools/sudo && chmod a+rx tools/sudo
if "${unprivileged[@]}" test -x tree/stria; then
  expect 69 "sudo apt-get update && sudo apt-get install -y --no-install-recommends mold doctest-dev" \
    env MISSING="mold doctest-dev" "${unprivileged[@]}" tree/stria setup
  ! grep -q "downloading" message.txt || fail "went on without the packages"
else
  echo "not shown: another account cannot reach this folder"
fi
rm -rf tree/build tools/sudo

# An index that cannot be reached: what to do, and nothing half-made.
expect 69 "STRIA_LIBTORCH" env PIP_INDEX_URL=http://127.0.0.1:9/simple PIP_RETRIES=0 \
  PIP_CONFIG_FILE=/dev/null tree/stria setup
grep -q "nothing was kept" message.txt || fail "does not say what is left"
left=$(find home/.cache -mindepth 1 ! -name .lock ! -name stria)
[ -z "$left" ] || fail "left behind: $left"

# A LibTorch that is there: named by either variable it is used, any other folder is refused.
mkdir -p torch/lib torch/include/ATen/core torch/include/torch/headeronly torch/share/cmake
touch torch/lib/libtorch_cpu.so torch/lib/libc10.so torch/include/ATen/core/Tensor.h
printf '#define TORCH_VERSION_MAJOR 2\n#define TORCH_VERSION_MINOR 11\n#define TORCH_VERSION_PATCH 0\n' > torch/include/torch/headeronly/version.h
expect 0 "($PWD/torch)" env STRIA_LIBTORCH="$PWD/torch" tree/stria setup
expect 0 "($PWD/torch)" env CMAKE_PREFIX_PATH="$PWD/elsewhere:$PWD/torch/share/cmake" tree/stria setup
expect 69 "is not LibTorch" env STRIA_LIBTORCH="$PWD/home" tree/stria setup
[ ! -e home/.cache/stria/libtorch-2.11.0 ] || fail "fetched although one was named"

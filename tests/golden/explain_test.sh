#!/usr/bin/env bash
# What `stria explain` says of the quickstart and of a spec with cells of its own, against explain/*; with
# STRIA_REWRITE_GOLDEN=1 these are written anew. Lines of the standard library are left out, so that it can grow.
set -eu
golden="$SOURCE_DIR/tests/golden/explain"
cd "$SOURCE_DIR"
failed=0
compare() {  # <file> <argument>...
  local file=$golden/$1
  shift
  local now
  now=$("$STRIA" explain "$@" | sed -E 's|(stria/[a-z]+\.stria):[0-9]+|\1:LINE|')
  if [ -n "${STRIA_REWRITE_GOLDEN:-}" ]; then printf '%s\n' "$now" > "$file"; return; fi
  diff -u "$file" <(printf '%s\n' "$now") || failed=1
}
refuse() {  # <exit code> <words> <argument>...
  local code=0 wanted=$1 words=$2
  shift 2
  local message
  message=$("$STRIA" explain "$@" 2>&1 >/dev/null) || code=$?
  [ "$code" = "$wanted" ] && grep -q -- "$words" <<<"$message" || { echo "explain $*: exit $code: $message"; failed=1; }
}
compare quickstart.txt specs/quickstart.stria --set Quickstart.protocol.lr=1e-3
compare quickstart.json specs/quickstart.stria --model LN --json
compare own_cells.txt specs/own_cells.stria --assume N=4
compare linear.dot specs/quickstart.stria --model L --emit dot
compare own_cells.ast specs/own_cells.stria --emit ast
line=$(grep -n '^model LN' stdlib/stria/models.stria | cut -d: -f1)
"$STRIA" explain specs/quickstart.stria --model LN | grep -q "window = 215ms  *default, stria/models.stria:$line$" || {
  echo "the place of a default is not its line"
  failed=1
}
python3 -m json.tool "$golden/quickstart.json" > /dev/null
refuse 2 "run op by op" specs/quickstart.stria --emit plan
refuse 2 "not one of" specs/quickstart.stria --emit picture
refuse 2 "assume" specs/quickstart.stria --assume N=0
refuse 2 "json" specs/quickstart.stria --emit dot --json
refuse 1 "no model .GRU.; they have: L, LN, StateNet" specs/quickstart.stria --model GRU
refuse 1 "no message has the code" E9999
message=$("$STRIA" interpret 2>&1) && code=0 || code=$?
[ "$code" = 2 ] && grep -q "no command .interpret.; it has: run, check, explain, fmt" <<<"$message" || { echo "$message"; failed=1; }
exit $failed

#!/usr/bin/env bash
# What `stria explain` says of the quickstart and of a spec with cells of its own, against explain/*; with
# STRIA_REWRITE_GOLDEN=1 these are written anew. Lines of the standard library are left out, so that it can grow.
set -eu
golden="$SOURCE_DIR/tests/golden/explain"
cd "$SOURCE_DIR"
failed=0
# The JSON without what hangs on the machine, which is checked instead: something native runs each step.
summary_alone() {
  python3 -c '
import json, sys
whole = json.load(sys.stdin)
for model in whole["models"]:
    passes, steps = model.pop("passes"), model.pop("steps")
    assert model.pop("code_milliseconds") > 0 and model["lanes"] in (1, 8)
    memory = model.pop("memory")
    assert memory["budget"] == 2 << 30 and memory["batch"] == 1
    assert memory["made_again"]["longest_clip"] > 0.99 * memory["saved"]["longest_clip"] > 1000
    assert 0 < memory["made_again"]["bytes_a_bin"] < 1.01 * memory["saved"]["bytes_a_bin"]
    assert "differentiate" in [each["name"] for each in passes]
    assert all(each["milliseconds"] >= 0 and each["nodes"] > 0 for each in passes)
    assert all(each["run_by"] == "native code" and each["ops"] for each in steps)
    assert {each["kind"] for each in steps} >= {"fixed", "frames", "outer"}, steps
print(json.dumps(whole, indent=2, ensure_ascii=False))'
}
compare() {  # <file> <argument>...
  local file=$golden/$1
  shift
  local now
  local form=cat
  [[ $file != *.json ]] || form=summary_alone
  now=$("$STRIA" explain "$@" | $form | sed -E 's|(stria/[a-z]+\.stria):[0-9]+|\1:LINE|')
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
# What `explain` says with these arguments has a line that fits.
says() {  # <words> <argument>...
  local words=$1
  shift
  "$STRIA" explain "$@" | grep -q -- "$words" || { echo "explain $*: nothing fits \`$words\`"; failed=1; }
}
says "^plan train: [0-9]* steps, 1 lanes" specs/quickstart.stria --model LN --emit plan
says "^plan train: [0-9]* steps, 8 lanes" specs/quickstart.stria --model LN --emit plan --set Quickstart.protocol.batch=8
says "where states alone are saved, after steps [0-9 ]* again" specs/quickstart.stria --model StateNet --emit plan
says "^step [0-9]* frames backwards" specs/quickstart.stria --model StateNet --emit plan
says "^train_0:" specs/quickstart.stria --model LN --emit kernels
skipped=$("$STRIA" explain specs/quickstart.stria --model LN --json --skip-pass dense_window --skip-pass fold)
for pass in dense_window fold; do
  ! grep -q "\"name\": \"$pass\"" <<<"$skipped" || { echo "$pass was not skipped"; failed=1; }
done
refuse 2 "no pass .folding. that could be skipped; there are fold, simplify" specs/quickstart.stria --json --skip-pass folding
refuse 2 "skip-pass" specs/quickstart.stria --emit graph --skip-pass fold
refuse 2 "memory" specs/quickstart.stria --emit plan --memory 1GiB
refuse 2 "is not a size" specs/quickstart.stria --memory 1
refuse 2 "not one of" specs/quickstart.stria --emit picture
refuse 2 "assume" specs/quickstart.stria --assume N=0
refuse 2 "json" specs/quickstart.stria --emit dot --json
refuse 1 "no model .GRU.; they have: L, LN, StateNet" specs/quickstart.stria --model GRU
refuse 1 "no message has the code" E9999
message=$("$STRIA" interpret 2>&1) && code=0 || code=$?
[ "$code" = 2 ] && grep -q "no command .interpret.; it has: run, check, explain, fmt" <<<"$message" || { echo "$message"; failed=1; }
exit $failed

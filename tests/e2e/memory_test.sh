#!/usr/bin/env bash
# `--memory`: how many members train at once and what they keep is nowhere in the results, to the bit; what does
# not fit is refused before anything is written.
set -eu
spec=$SOURCE_DIR/specs/bench/ns1_run.stria
short=(--set Ns1Run.data.clips=4 --set Ns1Run.data.shortest=20s --set Ns1Run.data.longest=25s
  --set Ns1Run.data.population=3 --set Ns1Run.protocol.max_epochs=1)
"$STRIA" run "$spec" -o plenty "${short[@]}" --threads 2
"$STRIA" run "$spec" -o little "${short[@]}" --threads 2 --memory 24MiB 2> note.txt
"$STRIA" run "$spec" -o least "${short[@]}" --threads 2 --memory 12MiB 2> alone.txt
grep -q "1 of 2 at once" alone.txt || { cat alone.txt; exit 1; }
grep -q "save states alone and run the rest again" note.txt || { cat note.txt; exit 1; }
python3 - <<'PY'
import json
def results(name):
    whole = json.load(open(name + "/results.json"))
    for member in whole["members"]: member.pop("seconds")
    return whole["members"], whole["identity"]
assert results("plenty") == results("little") == results("least")
PY
for file in $(cd plenty && find . -name "*.safetensors" -o -name "*.npz"); do
  cmp "plenty/$file" "little/$file"
  cmp "plenty/$file" "least/$file"
done
refuse() { # refuse <code> <words> <arguments>...
  local code=0 expected=$1 words=$2
  shift 2
  "$STRIA" "$@" > out.txt 2> err.txt || code=$?
  if [ "$code" != "$expected" ] || ! grep -q -- "$words" err.txt; then
    echo "$*: exit code $code"; cat err.txt; exit 1
  fi
}
refuse 1 "where it keeps as little as it can" run "$spec" -o none "${short[@]}" --memory 2MiB
[ ! -e none ]
refuse 2 "is not a size such as" run "$spec" -o none --memory much
refuse 2 "plan executor" run "$spec" -o none --memory 1GiB --executor reference
refuse 1 "where it keeps as little as it can" bench "$spec" "${short[@]}" --frames 100000 --memory 20MiB
refuse 2 "plan executor" bench "$spec" --memory 1GiB --executor reference

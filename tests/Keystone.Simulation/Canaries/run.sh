#!/usr/bin/env bash
# Puts each known bug of this folder back into a copy of the tree and demands that the crash suite turns red.
# A suite that stays green with a bug in it proves nothing, so this script fails then.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
caught=0
missed=0
for patch in "$here"/*.patch; do
    name=$(basename "$patch" .patch)
    tree="$work/$name"
    mkdir -p "$tree"
    (cd "$root" && git ls-files -z -- '*.props' global.json .editorconfig src/Keystone.Storage tests/Keystone.Testing tests/Keystone.Simulation | xargs -0 cp --parents -t "$tree")
    (cd "$tree" && git apply --unsafe-paths --directory="$tree" "$patch" 2>/dev/null || patch -s -p1 < "$patch")
    dotnet build -c Release --nologo -v q "$tree/tests/Keystone.Simulation" > "$work/$name.build" 2>&1 || { cat "$work/$name.build"; echo "canary $name does not build"; exit 1; }
    if dotnet "$tree/artifacts/bin/Keystone.Simulation/release/Keystone.Simulation.dll" crash --seconds 120 --minimum-count 12000 > "$work/$name.out" 2>&1; then
        echo "canary $name: NOT CAUGHT"
        missed=$((missed + 1))
    else
        echo "canary $name: caught ($(head -1 "$work/$name.out" | cut -c1-140))"
        caught=$((caught + 1))
    fi
done
echo "canaries: $caught caught, $missed missed"
[ "$missed" -eq 0 ]

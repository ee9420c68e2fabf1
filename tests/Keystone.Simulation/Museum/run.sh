#!/usr/bin/env bash
# Puts each known bug of this folder back into a copy of the engine and demands that the suite which its patch names turns red.
# A suite that stays green with a bug in it proves nothing, so this script fails then.
#
# A patch begins with what is wrong and a line "suite: COMMAND": arguments of Keystone.Simulation that are green with the engine as it is.
# Both are shown here, the green first. A change to the engine may move what one seed does: when the command does not meet the bug any
# more, the suite is given some seconds of seeds, and what it finds belongs into the patch.
#
# usage: run.sh [NAME...]       The simulation has to be built before: dotnet build -c Release tests/Keystone.Simulation
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
built="$root/artifacts/bin/Keystone.Simulation/release"

# What a command may take; the longest that seeds are searched; both in seconds.
command_time_max=120
search_time_max=40

[ -f "$built/Keystone.Simulation.dll" ] || { echo "$built holds no simulation. Build tests/Keystone.Simulation with -c Release."; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tree="$work/tree"
mkdir "$tree"
(cd "$root" && find src/Keystone.Storage *.props global.json .editorconfig -type f -not -path '*/bin/*' -not -path '*/obj/*' -print0 \
    | xargs -0 cp --parents -t "$tree")
cp -r "$built" "$work/whole"
cp -r "$built" "$work/broken"
dotnet restore -v q "$tree/src/Keystone.Storage" >/dev/null

# The engine alone is built with the bug in it. What checks style has nothing to say of a bug.
build() {
    dotnet build -c Release --no-restore --nologo -v q "$tree/src/Keystone.Storage" -p:RunAnalyzers=false -p:TreatWarningsAsErrors=false \
        -p:GenerateDocumentationFile=false >"$work/build" 2>&1 || { cat "$work/build"; return 1; }
    cp "$tree/artifacts/bin/Keystone.Storage/release/Keystone.Storage.dll" "$work/broken"
}

simulate() {
    local engine=$1
    shift
    timeout "$command_time_max" dotnet "$work/$engine/Keystone.Simulation.dll" "$@" >"$work/out" 2>&1
}

# The heap fills what is freed, so that whoever reads it is found.
export MALLOC_PERTURB_=165

# Red is a promise that was broken, or a process that read what is not there, and not a run that could not begin or had too little time.
turns_red() {
    ! simulate broken "$@" && grep -qE "^(FAILED ($1 )?(case|seed)|Fatal error)" "$work/out"
}

# Several patches have one command; what was green once stays so.
declare -A green
is_green() {
    [ -n "${green[$*]:-}" ] || { simulate whole "$@" && green[$*]=1; }
}

caught=0
missed=0
for patch in "$here"/*.patch; do
    name=$(basename "$patch" .patch)
    if [ $# -gt 0 ] && [[ " $* " != *" $name "* ]]; then
        continue
    fi

    eval "suite=($(sed -n 's/^suite: //p' "$patch"))"
    (cd "$tree" && git apply "$patch") || { echo "$name does not apply any more. Put its bug back by hand and write the patch anew."; exit 1; }
    build || { echo "$name does not build."; exit 1; }
    if ! is_green "${suite[@]}"; then
        cat "$work/out"
        echo "$name: NOT GREEN without the bug: ${suite[*]}"
        missed=$((missed + 1))
    elif turns_red "${suite[@]}"; then
        echo "$name: caught: $(grep -m1 -E '^(FAILED|Fatal error)' "$work/out" | cut -c1-160)"
        caught=$((caught + 1))
    elif turns_red "${suite[0]}" --seconds "$search_time_max"; then
        echo "$name: caught, but not by its command. Write this into its patch: $(grep -m1 '^replay' "$work/out")"
        caught=$((caught + 1))
    else
        cat "$work/out"
        echo "$name: NOT CAUGHT by ${suite[*]}"
        missed=$((missed + 1))
    fi
    (cd "$tree" && git apply -R "$patch")
done
echo "museum: $caught caught, $missed missed"
[ "$missed" -eq 0 ] && [ "$caught" -gt 0 ]

#!/bin/bash
# The rulebooks that we ship are in canonical form, have no mistake and pass their own tests; so do
# the language's cases that have tests; and every recorded day of examples/ prints its golden file.
#
#     tests/examples/run_examples.sh PAWL [--update]
#
# An example is a folder with a `timeline.txt`, named after the rulebook that it runs.
set -u
pawl=$(realpath "$1")
update=${2:-}
cd "$(dirname "$0")/../.." || exit 2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0
failed=0

check() {  # name, golden file, command…
    local name=$1 golden=$2
    shift 2
    if ! "$@" >"$work/out" 2>"$work/err"; then
        echo "FAILED $name: the command failed"
        cat "$work/err"
        failed=$((failed + 1))
    elif [ "$update" = --update ]; then
        cp "$work/out" "$golden"
        passed=$((passed + 1))
    elif diff -u "$golden" "$work/out"; then
        passed=$((passed + 1))
    else
        echo "FAILED $name: it prints something else than $golden"
        failed=$((failed + 1))
    fi
}

says_yes() {  # name, command…
    local name=$1
    shift
    if "$@" >"$work/out" 2>&1; then
        passed=$((passed + 1))
    else
        echo "FAILED $name"
        grep -v '^ok ' "$work/out"
        failed=$((failed + 1))
    fi
}

finds_nothing() {  # rulebook
    "$pawl" check "$1" | tee "$work/check" && ! grep -q warning "$work/check"
}

says_yes "the layout of rulebooks and services" "$pawl" fmt --check rulebooks integrations
for book in rulebooks/*/; do
    says_yes "the check of $book, which has nothing to warn of" finds_nothing "$book"
    says_yes "the tests of $book" "$pawl" test "$book"
done
for case in $(grep -l '^test "' tests/language/ok/*.pawl); do
    says_yes "the tests of $case" "$pawl" test "$case"
done

for golden in examples/*/timeline.txt; do
    folder=$(dirname "$golden")
    name=$(basename "$folder")
    day=("$pawl" dry-run "rulebooks/$name" --events "$folder/day.ndjson")
    [ -f "$folder/state.json" ] && day+=(--state "$folder/state.json")
    [ -f "$folder/answers.ndjson" ] && day+=(--answers "$folder/answers.ndjson")
    check "the day of $name" "$golden" "${day[@]}"
    # Which file a declaration stands in makes no difference.
    mkdir -p "$work/$name"
    cat $(find "rulebooks/$name" -name '*.pawl' | sort -r) >"$work/$name/all.pawl"
    cp -r "rulebooks/$name/templates" "$work/$name/"
    day[2]=$work/$name
    "${day[@]}" --json >"$work/one_file" 2>&1
    day[2]=rulebooks/$name
    "${day[@]}" --json >"$work/many_files" 2>&1
    if [ -s "$work/many_files" ] && diff "$work/many_files" "$work/one_file" >"$work/diff"; then
        passed=$((passed + 1))
    else
        echo "FAILED the day of $name: with every declaration in one file it happens otherwise"
        head -20 "$work/diff"
        failed=$((failed + 1))
    fi
done

studio=examples/studio
check "the quarter of studio" $studio/quarter.txt "$pawl" dry-run rulebooks/studio \
    --events $studio/quarter.ndjson --state $studio/state.json \
    --answers $studio/quarter_answers.ndjson --until 2026-06-30

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]

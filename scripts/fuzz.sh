#!/usr/bin/env bash
# Fuzzes the parsers: scripts/fuzz.sh SECONDS [TARGET...]
#
# Each target runs for so many seconds, from the committed corpus and what earlier runs found (build/fuzz/TARGET). An
# input that fails is kept as build/fuzz/TARGET-crash-…, and the exit code is not 0.
#
# The engine's targets need no nightly toolchain and no cargo-fuzz: the coverage instrumentation is a pass that stable
# compilers have too. Those of the rule language run under atheris; both are libFuzzer with its options.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

seconds=${1:?usage: scripts/fuzz.sh SECONDS [TARGET...]}
shift
engine=(scap_reader event_decoder)
language=(filter_grammar rule_loader)
targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then
	targets=("${engine[@]}" "${language[@]}")
fi

is_one_of() {
	local wanted=$1 one
	shift
	for one in "$@"; do
		[ "$one" != "$wanted" ] || return 0
	done
	return 1
}

# With an explicit target the flags do not reach build scripts, which would not link with them.
host=$(rustc -vV | sed -n 's/^host: //p')
flags=(
	--cfg fuzzing
	-Cpasses=sancov-module
	-Cllvm-args=-sanitizer-coverage-level=4
	-Cllvm-args=-sanitizer-coverage-inline-8bit-counters
	-Cllvm-args=-sanitizer-coverage-pc-table
	-Cllvm-args=-sanitizer-coverage-trace-compares
	-Ccodegen-units=1
)
bins=()
for target in "${targets[@]}"; do
	if is_one_of "$target" "${engine[@]}"; then
		bins+=(--bin "$target")
	elif ! is_one_of "$target" "${language[@]}"; then
		echo "Error: there is no fuzz target $target; there are: ${engine[*]} ${language[*]}" >&2
		exit 2
	fi
done
[ ${#bins[@]} -eq 0 ] || (cd agent/rust/fuzz && CXX=${CXX:-clang++} RUSTFLAGS="${flags[*]}" cargo build --quiet --release --target "$host" "${bins[@]}")

failed=()
for target in "${targets[@]}"; do
	found=build/fuzz/$target
	mkdir -p "$found"
	log=build/fuzz/$target.log
	echo "fuzz: $target for $seconds s"
	if is_one_of "$target" "${engine[@]}"; then
		command=("agent/rust/fuzz/target/$host/release/$target")
		corpus=agent/rust/fuzz/corpus/$target
	else
		command=(.venv/bin/python -m tests.fuzz "$target")
		corpus=tests/fuzz/corpus/$target
	fi
	if "${command[@]}" -max_total_time="$seconds" -max_len=8192 -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 \
		-artifact_prefix="$found-" "$found" "$corpus" >"$log" 2>&1; then
		grep -E 'stat::(number_of_executed_units|peak_rss_mb)' "$log"
	else
		failed+=("$target")
		tail -n 20 "$log" >&2
	fi
done
if [ ${#failed[@]} -gt 0 ]; then
	echo "Error: ${failed[*]}: an input failed; it lies in build/fuzz, and the whole output in build/fuzz/*.log" >&2
	exit 1
fi

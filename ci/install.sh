#!/bin/sh
# Installs from Debian's packages what is missing for a purpose, and says what that is.
# usage: install.sh build | check
set -eu
build='gcc make pkg-config patch libssl-dev libfuse3-dev libcbor-dev libcyaml-dev libyaml-dev
	libjansson-dev libxxhash-dev libsqlite3-dev libp11-kit-dev
	libmicrohttpd-dev libgnutls28-dev libcurl4-openssl-dev'
check="$build libcmocka-dev clang clang-format cppcheck shellcheck python3-pytest afl++ llvm
	libclang-rt-dev clang-19 llvm-19 libclang-rt-19-dev python3-clang zip openssl softhsm2
	opensc python3-jsonschema chromium-driver curl"
case ${1-} in
build) wanted=$build ;;
check) wanted=$check ;;
*)
	echo "usage: $0 build | check" >&2
	exit 2
	;;
esac
missing=
for package in $wanted; do
	state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) || state=
	[ "$state" = installed ] || missing="$missing $package"
done
if [ -z "$missing" ]; then
	echo "install: nothing is missing for $1"
	exit 0
fi
sudo=
if [ "$(id -u)" != 0 ]; then
	sudo=sudo
fi
echo "install:$missing"
# Words of a list, not one word.
# shellcheck disable=SC2086
set -- $missing
$sudo apt-get -q update
DEBIAN_FRONTEND=noninteractive $sudo apt-get -qq install -y --no-install-recommends "$@"

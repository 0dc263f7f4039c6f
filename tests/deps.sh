#!/bin/sh
# Installs those of the given packages that are missing, with the system's package manager.
set -eu

if ! command -v apt-get >/dev/null; then
	echo "make deps knows apt-get alone; strait needs (by Debian's names): $*" >&2
	exit 1
fi

missing=
for package; do
	case $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) in
	installed) ;;
	*) missing="$missing $package" ;;
	esac
done
if [ -z "$missing" ]; then
	echo "deps: nothing is missing"
	exit 0
fi

sudo=
[ "$(id -u)" = 0 ] || sudo=sudo
echo "deps: installing$missing"
install() {
	# The list is words on purpose.
	# shellcheck disable=SC2086
	$sudo env DEBIAN_FRONTEND=noninteractive \
		apt-get install -y -q --no-install-recommends $missing >/dev/null
}
# A system that has never heard of the packages, or not for long, is told of them first.
install 2>/dev/null || { $sudo apt-get update -q >/dev/null && install; }

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A private apt state under the build directory: other Debian suites can be fetched from the
# mirror that this machine already uses, while the machine's own apt configuration stays as it is.
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

usage() {
	cat <<-END
	usage: apt-private.sh update [--force]             read the package lists (at most once a day)
	       apt-private.sh deb PKG[=VERSION]... DIR     download packages into DIR
	       apt-private.sh member PKG=VERSION FILE... TO  one file of a package that is too large to be kept,
	                                                   by any of these names; 3: there is none
	       apt-private.sh needs PKG[=VERSION]          what PKG depends on: PKG=VERSION a line
	       apt-private.sh source PKG [GLOB] DIR        download the newest source whose version matches
	       apt-private.sh newest-kernel 6.1|6.12|7.3   print "package version release"
	       apt-private.sh kernels [SERIES-first|-last] the same of all with headers, oldest first; or of one
	END
}

# APT_SUITES: these instead of Debian 12 and 13, in a state of their own
APT=$BUILD/apt${APT_SUITES:+-${APT_SUITES// /-}}
KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg
DOWNLOADS=$CACHE/downloads

apt_private() { # COMMAND ARG...: an apt tool on the private state
	local tool=$1
	shift
	"$tool" -c "$APT/apt.conf" "$@" 9>&-
}

# -c is read after the machine's own files: its proxy and credentials stay, its hooks do not
write_config() {
	mkdir -p "$APT/state/lists/partial" "$APT/cache/archives/partial" "$APT/preferences.d"
	: >"$APT/status"
	cat >"$APT/apt.conf" <<-END
	#clear APT::Update::Pre-Invoke;
	#clear APT::Update::Post-Invoke;
	#clear APT::Update::Post-Invoke-Success;
	#clear DPkg::Post-Invoke;
	Dir::Etc::sourcelist "$APT/sources.list";
	Dir::Etc::sourceparts "/dev/null";
	Dir::Etc::preferences "/dev/null";
	Dir::Etc::preferencesparts "$APT/preferences.d";
	Dir::State "$APT/state";
	Dir::State::status "$APT/status";
	Dir::State::lists "$APT/state/lists";
	Dir::Cache "$APT/cache";
	Dir::Cache::archives "$APT/cache/archives";
	Dir::Cache::pkgcache "pkgcache.bin";
	Dir::Cache::srcpkgcache "srcpkgcache.bin";
	APT::Architecture "amd64";
	APT::Architectures { "amd64"; };
	APT::Default-Release "";
	APT::Sandbox::User "root";
	APT::Update::Error-Mode "any";
	Acquire::Languages "none";
	Acquire::Retries "3";
	END
}

# mirrors SUITE-PATTERN: URIs of the machine's sources for these suites; those whose Release file
# says Debian come first. apt itself reads its configuration, so each format that it knows will do.
mirrors() {
	local uri file lists dir=''
	lists=$(apt-config shell dir Dir::State::lists/d)
	eval "$lists"
	apt-get update --print-uris 2>/dev/null |
		sed -nE "s#^'(.*)/dists/($1)/InRelease' ([^ ]*) .*#\1 \2 \3#p" |
		while read -r uri _ file; do
			if grep -qs '^Origin: Debian$' "$dir$file"; then echo "0 $uri"; else echo "1 $uri"; fi
		done | sort -s -u -k1,1 -k2 | awk '!seen[$2]++ { print $2 }'
}

write_sources() { # ARCHIVE SECURITY
	local suite
	{
		for suite in ${APT_SUITES:-bookworm bookworm-backports trixie trixie-backports}; do
			echo "deb [signed-by=$KEYRING] $1 $suite main"
			echo "deb-src [signed-by=$KEYRING] $1 $suite main"
		done
		if [ -n "$2" ] && [ -z "${APT_SUITES:-}" ]; then
			echo "deb [signed-by=$KEYRING] $2 bookworm-security main"
			echo "deb-src [signed-by=$KEYRING] $2 bookworm-security main"
		fi
	} >"$APT/sources.list"
}

cmd_update() {
	local archive security archives securities log=$OUT/apt-update.log
	locked "$APT/lock"
	# newer than this script, too, which names the suites
	if [ "${1:-}" != --force ] && [ "$APT/updated" -nt "$0" ] &&
	   [ -n "$(find "$APT/updated" -mtime -1)" ]; then
		return 0
	fi
	[ -f "$KEYRING" ] || die "no $KEYRING: install the package debian-archive-keyring" 2
	write_config
	mkdir -p "$OUT"
	archives=$(mirrors 'stable|oldstable|bookworm|trixie')
	securities=$(mirrors 'stable-security|oldstable-security|bookworm-security|trixie-security')
	[ -n "$archives" ] ||
		die "no Debian archive in /etc/apt/sources.list or sources.list.d: add one with suite bookworm, component main" 2
	[ -n "$securities" ] || {
		say "no suite bookworm-security in this machine's apt sources: going on without it"
		securities=-
	}
	# A repository that is not Debian's cannot pass the keyring, so trying tells which one is.
	for archive in $archives; do
		for security in $securities; do
			write_sources "$archive" "${security#-}"
			say "reading package lists (${APT_SUITES:-bookworm and trixie, security, backports})"
			if apt_private apt-get -qq update >"$log" 2>&1; then
				stamp "$APT/updated" "$(date +%s)"
				return 0
			fi
		done
	done
	tail -n 5 "$log" | sed 's/^/    /' >&2
	[ -f "$APT/updated" ] ||
		die "could not read the package lists ($log): is the network, or the proxy, up?" 2
	say "could not read the package lists: going on with those of $(date -r "$APT/updated" +%F)"
}

# verified SHA256 FILE
verified() { [ -f "$2" ] && echo "$1  $2" | sha256sum --quiet --status -c; }

# fetch NAME COMMAND...: what an apt command leaves in a scratch directory goes to the download cache
fetch() {
	local name=$1 scratch file
	shift
	mkdir -p "$DOWNLOADS"
	scratch=$(mktemp -d "$DOWNLOADS/.part.XXXXXX")
	# shellcheck disable=SC2064 # the directory of now
	trap "rm -rf '$scratch'" EXIT
	say "downloading $name"
	(cd "$scratch" && logged "$OUT/apt-download.log" apt_private "$@") ||
		die "could not download $name; run scripts/apt-private.sh update --force and try again" 2
	for file in "$scratch"/*; do
		# apt names a .deb after its full version, the archive without the epoch
		mv -f "$file" "$DOWNLOADS/$(basename "$file" | sed -E 's/_[0-9]+%3a/_/')"
	done
	rm -rf "$scratch"
}

# place SHA256 NAME DIR: from the download cache
place() {
	local sha=$1 name=$2 dir=$3
	verified "$sha" "$DOWNLOADS/$name" || die "$name was downloaded, but its checksum is wrong; try again" 2
	verified "$sha" "$dir/$name" || { cp "$DOWNLOADS/$name" "$dir/.$name.$$" && mv "$dir/.$name.$$" "$dir/$name"; }
	echo "$dir/$name"
}

cmd_deb() {
	local dir=${*: -1} spec records package version sha name
	local -a missing=()
	[ $# -ge 2 ] || { usage >&2; exit 2; }
	cmd_update
	mkdir -p "$dir"
	# apt says nothing of one that is missing among others
	records=$(apt_private apt-cache --no-all-versions show "${@:1:$#-1}" 2>"$OUT/apt-show.log" |
		awk '$1 == "Package:" { p = $2 } $1 == "Version:" { v = $2 } $1 == "SHA256:" { s = $2 }
			$1 == "Filename:" { n = $2; sub(/.*\//, "", n) }
			!NF { if (p) print p, v, s, n; p = "" } END { if (p) print p, v, s, n }') || true
	for spec in "${@:1:$#-1}"; do
		grep -q "^${spec%%=*} " <<<"$records" ||
			die "no package $spec in ${APT_SUITES:-bookworm, bookworm-security, trixie or their backports}" 2
	done
	while read -r package version sha name; do
		verified "$sha" "$DOWNLOADS/$name" || missing+=("$package=$version")
	done <<<"$records"
	[ ${#missing[@]} -eq 0 ] || fetch "${missing[*]%%=*}" apt-get -qq download "${missing[@]}"
	while read -r package version sha name; do
		place "$sha" "$name" "$dir"
	done <<<"$records"
}

# Packages with debugging information have a gigabyte, of which one file is wanted.
cmd_member() {
	[ $# -ge 3 ] || { usage >&2; exit 2; }
	local package=$1 to=${*: -1} files=("${@:2:$#-2}") size scratch pid
	cmd_update
	size=$(apt_private apt-cache --no-all-versions show "$package" 2>/dev/null | sed -n 's/^Size: //p' | head -n 1)
	[ -n "$size" ] || die "no package $package in ${APT_SUITES:-bookworm, bookworm-security, trixie or their backports}" 3
	mkdir -p "$DOWNLOADS" "$(dirname "$to")"
	scratch=$(mktemp -d "$DOWNLOADS/.part.XXXXXX")
	# shellcheck disable=SC2064 # the directory of now
	trap "rm -rf '$scratch'" EXIT
	say "downloading ${package%%=*}, $((size >> 20)) MiB"
	(cd "$scratch" && logged "$OUT/apt-download.log" apt_private apt-get -qq download "$package") &
	pid=$!
	while sleep 10 && kill -0 $pid 2>/dev/null; do
		say "$(($(find "$scratch" -type f -printf '%s+')0 >> 20)) of $((size >> 20)) MiB"
	done
	wait $pid || die "could not download $package; run scripts/apt-private.sh update --force and try again" 2
	say "unpacking $(basename "${files[0]}")"
	# the rest of the package need not be unpacked, and its end is not read; names that are links have no content
	# that tar fails is usual, for not all names are there; that there is no room is told by who writes
	{ dpkg-deb --fsys-tarfile "$scratch"/*.deb 2>/dev/null |
		tar -x -O --occurrence=1 "${files[@]/#/./}" 2>"$OUT/apt-member.log" || true; } | cat >"$to.part" || {
		rm -f "$to.part"
		die "could not write $to: is there room?" 2
	}
	if ! [ -s "$to.part" ]; then
		rm -f "$to.part"
		die "no ${files[*]} in $package" 3
	fi
	mv "$to.part" "$to"
}

# The private state has nothing installed, so apt names all that there is to need.
cmd_needs() {
	[ $# -eq 1 ] || { usage >&2; exit 2; }
	cmd_update
	apt_private apt-get -s --no-install-recommends install "$1" >"$OUT/apt-needs.log" 2>&1 ||
		die "apt cannot tell what $1 needs ($OUT/apt-needs.log)" 2
	sed -nE 's/^Inst ([^ :]+)[^(]*\(([^ ]+) .*/\1=\2/p' "$OUT/apt-needs.log" | grep -v "^${1%%=*}="
}

# newest: the highest of the Debian versions on standard input
newest() {
	local best='' version
	while read -r version; do
		if [ -z "$best" ] || dpkg --compare-versions "$version" gt "$best"; then best=$version; fi
	done
	echo "$best"
}

cmd_source() {
	[ $# -eq 2 ] && set -- "$1" '*' "$2"
	[ $# -eq 3 ] || { usage >&2; exit 2; }
	local package=$1 glob=$2 dir=$3 versions version bare record sha name
	cmd_update
	mkdir -p "$dir"
	versions=$(apt_private apt-cache --only-source showsrc "$package" 2>/dev/null | sed -n 's/^Version: //p')
	version=$(while read -r version; do
		bare=${version#*:}
		# shellcheck disable=SC2053 # a glob is meant
		if [[ $version == $glob || $bare == $glob ]]; then echo "$version"; fi
	done <<<"$versions" | newest)
	[ -n "$version" ] || die "no source of $package with a version like '$glob'; there is: ${versions//$'\n'/ }" 2
	record=$(apt_private apt-cache --only-source showsrc "$package" |
		awk -v want="Version: $version" 'BEGIN { RS = ""; FS = "\n" }
			!found { for (i = 1; i <= NF; i++) if ($i == want) { print; found = 1 } }')
	awk '/^[^ ]/ { on = /^Checksums-Sha256:/ } on && /^ / { print $1, $3 }' <<<"$record" |
		while read -r sha name; do
			verified "$sha" "$DOWNLOADS/$name" ||
				fetch "$name" apt-get -qq source --download-only --only-source "$package=$version" </dev/null
			place "$sha" "$name" "$dir"
		done
}

# The newest image of the series with headers; among equals the signed one, which is what people run.
cmd_newest_kernel() {
	local series=${1:-} suite names package version best='' best_version=''
	case $series in
	6.1 | 6.12) suite=bookworm ;;
	7.3) suite=trixie-backports ;;
	*) usage >&2; exit 2 ;;
	esac
	cmd_update
	if [ "$APT/newest-$series" -nt "$APT/updated" ]; then
		cat "$APT/newest-$series"
		return 0
	fi
	names=$(apt_private apt-cache pkgnames "linux-headers-$series." | sort |
		sed -nE 's/^linux-headers-([0-9][0-9a-z.+~-]*-amd64)$/linux-image-\1 linux-image-\1-unsigned/p' |
		tr ' ' '\n' | grep -vE -- '-(cloud|rt)-') || true
	while read -r package version; do
		if [ -z "$best" ] || dpkg --compare-versions "$version" gt "$best_version"; then
			best=$package
			best_version=$version
		fi
	done < <([ -z "$names" ] || xargs apt-cache -c "$APT/apt.conf" madison <<<"$names" 2>/dev/null |
		awk -F' *[|] *' -v suite=" $suite.*Packages\$" '$3 ~ suite { gsub(/ /, "", $1); print $1, $2 }' | sort)
	[ -n "$best" ] || die "no kernel $series with headers in the $suite suites of this machine's mirror" 2
	package=${best#linux-image-}
	stamp "$APT/newest-$series" "$best $best_version ${package%-unsigned}"
	cat "$APT/newest-$series"
}

# Every kernel of Debian's amd64 flavour whose headers and image are of one version.
cmd_kernels() {
	local which=${1:-} release version
	cmd_update
	if ! [ "$APT/kernels" -nt "$APT/updated" ] || ! [ "$APT/kernels" -nt "$0" ]; then
		while read -r release; do
			version=$(apt-cache -c "$APT/apt.conf" madison "linux-headers-$release" "linux-image-$release" |
				awk -F' *[|] *' '$3 ~ /Packages$/ { gsub(/ /, "", $1); print $2, $1 }' | sort -u |
				awk '$1 == last { print $1; exit } { last = $1 }')
			[ -z "$version" ] || echo "linux-image-$release $version $release"
		done < <(apt_private apt-cache pkgnames linux-headers- |
			sed -nE 's/^linux-headers-([0-9]+\.[0-9]+\.[0-9]+[0-9a-z.+~-]*-amd64)$/\1/p' |
			grep -vE -- '-(cloud|rt)-' | sort -V) >"$APT/.kernels"
		mv "$APT/.kernels" "$APT/kernels"
	fi
	case $which in
	'') cat "$APT/kernels" ;;
	*-first) awk -v s="${which%-*}." 'index($3, s) == 1 && !n++' "$APT/kernels" ;;
	*-last) awk -v s="${which%-*}." 'index($3, s) == 1 { l = $0 } END { if (l) print l }' "$APT/kernels" ;;
	*) usage >&2; exit 2 ;;
	esac
}

cmd=${1:-help}
shift || true
case $cmd in
update) cmd_update "$@" ;;
deb) cmd_deb "$@" ;;
member) cmd_member "$@" ;;
needs) cmd_needs "$@" ;;
source) cmd_source "$@" ;;
newest-kernel) cmd_newest_kernel "$@" ;;
kernels) cmd_kernels "$@" ;;
help | --help | -h) usage ;;
*) usage >&2; exit 2 ;;
esac

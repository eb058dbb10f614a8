#!/usr/bin/env bash
# Verify a Doorwatch package with tools that Doorwatch did not write: tar, sha256sum,
# openssl, jose, bagit, ffprobe. Imports nothing of ours.
#
#   verify.sh PACKAGE.tar [https://your-origin] [FINGERPRINT]
#
# FINGERPRINT is what the owner of the home read out. Exit 0: accepted; 1: refused;
# 2: called wrongly, or a tool is missing. A good result means "signed by whoever holds
# the key in the package, and unaltered since": not what the camera saw, nor when.
set -euo pipefail
export LC_ALL=C
umask 077

usage() { echo "usage: verify.sh PACKAGE.tar [https://your-origin] [FINGERPRINT]" >&2; exit 2; }
refuse() { echo "REFUSED: $*" >&2; exit 1; }
ok() { echo "ok: $*"; }

if [ $# -lt 1 ] || [ $# -gt 3 ]; then usage; fi
package=$1 origin=${2-} fingerprint=${3-}
[ -f "$package" ] || usage

# BAGIT may name another way to run bagit, for instance "python3 -m bagit".
if [ -n "${BAGIT-}" ]; then
  read -r -a bagit <<<"$BAGIT"
elif command -v bagit.py >/dev/null 2>&1; then
  bagit=(bagit.py)
elif command -v bagit >/dev/null 2>&1; then
  bagit=(bagit)
else
  bagit=(python3 -m bagit)
fi
for tool in tar sha256sum openssl jose ffprobe base64 base32 "${bagit[0]}"; do
  command -v "$tool" >/dev/null 2>&1 || { echo "verify.sh: $tool is missing" >&2; exit 2; }
done
# Found from here, before this goes to another folder. What cannot run refuses no package.
bagit[0]=$(command -v "${bagit[0]}")
[[ ${bagit[0]} == /* ]] || bagit[0]=$PWD/${bagit[0]}
"${bagit[@]}" --help >/dev/null 2>&1 ||
  { echo "verify.sh: bagit is missing (pip install bagit)" >&2; exit 2; }

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT

# --- What is in the tar: ten plain files of one folder, each once -------------------
# Plain, since tar would unpack a compressed one unasked, to any size.
[ "$(head -c 262 -- "$package" | tail -c 5 | tr -d '\0')" = ustar ] || refuse "not a plain tar"
tar --force-local -tf "$package" >"$work/names" 2>/dev/null || refuse "not a tar"
tar --force-local --numeric-owner -tvf "$package" >"$work/long" 2>/dev/null || refuse "not a tar"
! grep -qv '^-' "$work/long" || refuse "something in it is not a plain file"
top=$(head -n 1 "$work/names"); top=${top%%/*}
[[ $top =~ ^doorwatch-[A-Za-z0-9_-]{1,64}$ ]] || refuse "the folder in it has a wrong name"
share_id=${top#doorwatch-}
payload="data/clip.mp4 data/cover-sheet.txt data/share.json"
tags="bag-info.txt bagit.txt home.pem manifest-sha256.txt share.jws"
for name in $payload $tags tagmanifest-sha256.sig tagmanifest-sha256.txt; do
  echo "$top/$name"
done | sort >"$work/expected"
sort "$work/names" | cmp -s - "$work/expected" || refuse "it does not hold the ten files of a package"
# A sparse file can be larger than the tar that it comes in.
awk -v most="$(wc -c <"$package")" '{ all += $3 } END { exit all > most }' "$work/long" ||
  refuse "it holds more than its own size"
mkdir "$work/bag"
tar --force-local -xf "$package" -C "$work/bag" --no-same-owner --no-same-permissions || refuse "cannot be unpacked"
cd "$work/bag/$top"
ok "ten plain files, no more"

# --- Digests ------------------------------------------------------------------------
listed() { sed -n 's/^[0-9a-f]\{64\}  //p' "$1" | sort | tr '\n' ' '; }
[ "$(listed manifest-sha256.txt)" = "$payload " ] || refuse "the manifest does not list the payload"
[ "$(listed tagmanifest-sha256.txt)" = "$tags " ] || refuse "the tag manifest does not list the tag files"
sha256sum --check --strict --quiet manifest-sha256.txt 2>/dev/null || refuse "a payload file was changed"
sha256sum --check --strict --quiet tagmanifest-sha256.txt 2>/dev/null || refuse "a tag file was changed"
ok "sha256sum: every file is the one in the lists"
"${bagit[@]}" --validate --quiet . >/dev/null 2>&1 || refuse "not a valid bag"
ok "bagit: a valid bag"

# --- Signatures ---------------------------------------------------------------------
openssl dgst -sha256 -verify home.pem -signature tagmanifest-sha256.sig \
  tagmanifest-sha256.txt >/dev/null 2>&1 || refuse "the signature over the digests does not fit"
ok "openssl: the lists were signed by the key in home.pem"

# The key in the form that jose reads, made from home.pem: the last 64 bytes of a P-256
# key in DER are its point.
base64url() { base64 -w 0 | tr '+/' '-_' | tr -d '='; }
openssl ec -pubin -in home.pem -pubout -outform DER >"$work/key.der" 2>/dev/null || refuse "home.pem is not a key"
openssl ec -pubin -in home.pem -noout -text 2>/dev/null | grep -q 'prime256v1' || refuse "home.pem is not a P-256 key"
x=$(tail -c 64 "$work/key.der" | head -c 32 | base64url)
y=$(tail -c 32 "$work/key.der" | base64url)
jwk=$(printf '{"crv":"P-256","kty":"EC","x":"%s","y":"%s"}' "$x" "$y")
printf '%s' "$jwk" >"$work/home.jwk"
thumbprint=$(printf '%s' "$jwk" | openssl dgst -sha256 -binary | base64url)
jose jws ver -i share.jws -k "$work/home.jwk" -O "$work/claims" 2>/dev/null || refuse "the statement's signature does not fit"
header=$(jose b64 dec -i - < <(cut -d . -f 1 share.jws | tr -d '\n'))
[ "$header" = "{\"alg\":\"ES256\",\"kid\":\"$thumbprint\",\"typ\":\"doorwatch-share+jwt\"}" ] ||
  refuse "share.jws is another kind of document"
ok "jose: the statement was signed by the same key"

# --- What the statement says: the very bytes of share.json, from this key, for you ---
claims=$(cat "$work/claims")
share=$(cat data/share.json)
start='^\{"aud":"([^"\\]+)","iat":([0-9]+),"iss":"([^"\\]+)","jti":"([^"\\]+)","share":'
[[ $claims =~ $start ]] || refuse "the statement has another form"
audience=${BASH_REMATCH[1]} issued=${BASH_REMATCH[2]} issuer=${BASH_REMATCH[3]} jti=${BASH_REMATCH[4]}
[ "$claims" = "${BASH_REMATCH[0]}$share}" ] || refuse "share.json is not what was signed"
[ "$issuer" = "$thumbprint" ] || refuse "the statement names another home"
[ "$jti" = "$share_id" ] || refuse "the statement is about another share"
[ -z "$origin" ] || [ "$audience" = "${origin%/}" ] || refuse "it was made for $audience"
[ "$issued" -le $(($(date +%s) + 300)) ] || refuse "it was made in the future: check the clocks"
clip=$(sha256sum <data/clip.mp4 | cut -d ' ' -f 1)
# The digest stands in the part "file", which ends the search at its closing bracket.
[[ $share =~ \"file\":\{[^{}]*(\{[^{}]*\})?[^{}]*\"sha256\":\"$clip\" ]] || refuse "the statement is about another video"
ok "the statement is share.json, made for $audience at $(date -u -d "@$issued" '+%F %T') UTC by the home's clock"

# --- Video --------------------------------------------------------------------------
kinds=$(ffprobe -v error -protocol_whitelist file -f mp4 -show_entries stream=codec_type \
  -of csv=p=0 "$PWD/data/clip.mp4" 2>/dev/null) || refuse "ffprobe cannot read the video"
grep -q video <<<"$kinds" || refuse "there is no picture in the video"
ok "ffprobe: a video (${kinds//[[:space:]]/ })"

# --- Who it is from -----------------------------------------------------------------
shown=$(printf '%s=' "$thumbprint" | tr '_-' '/+' | base64 -d | base32 | tr -d '=\n')
if [ -n "$fingerprint" ]; then
  typed=$(printf '%s' "$fingerprint" | tr -d ' \t-' | tr "[:lower:]" "[:upper:]")
  [ "$typed" = "$shown" ] || refuse "another home's key: $(fold -w 4 <<<"$shown" | tr '\n' ' ')"
  ok "the key is the one whose fingerprint the owner read out"
else
  echo "identity not proved: let the owner read out the home's fingerprint"
fi
echo "home: $(fold -w 4 <<<"$shown" | tr '\n' ' ')"
echo "ACCEPTED: signed by whoever holds this key, and unaltered since."

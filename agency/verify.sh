#!/usr/bin/env bash
# Verify a Doorwatch package with tools that Doorwatch did not write: age and tar or unzip,
# sha256sum, openssl, jose, bagit, ffprobe. Imports nothing of ours.
#
#   verify.sh [-i IDENTITY] [-k KNOWN [-l LABEL]] PACKAGE [https://your-origin] [FINGERPRINT]
#
# PACKAGE is the .tar.age as it came, opened with the age identity of -i, a .tar that was
# decrypted before, or a .zip that a person handed over. KNOWN is a text file in which accepted homes and shares are
# remembered; LABEL is your own word for a home, one line. FINGERPRINT is what the owner of
# the home read out. Exit 0: accepted; 1: refused; 2: called wrongly, or a tool is missing.
# A good result means "signed by whoever holds the key in the package, and unaltered
# since": not what the camera saw, nor when.
set -euo pipefail
export LC_ALL=C
umask 077

usage() {
  echo "usage: verify.sh [-i IDENTITY] [-k KNOWN [-l LABEL]] PACKAGE [https://your-origin] [FINGERPRINT]" >&2
  exit 2
}
wrong() { echo "verify.sh: $*" >&2; exit 2; }
refuse() { echo "REFUSED: $*" >&2; exit 1; }
ok() { echo "ok: $*"; }

identity='' known='' label=''
while getopts i:k:l: option; do
  case $option in
    i) identity=$OPTARG ;;
    k) known=$OPTARG ;;
    l) label=$OPTARG ;;
    *) usage ;;
  esac
done
shift $((OPTIND - 1))
if [ $# -lt 1 ] || [ $# -gt 3 ]; then usage; fi
package=$1 origin=${2-} fingerprint=${3-}
[ -f "$package" ] || usage
[ -z "$label" ] || [ -n "$known" ] || wrong "-l needs -k: where to remember it"
[[ ! $label =~ [[:cntrl:]] ]] || wrong "the label must be one line"
read -r -a words <<<"$label"
label=${words[*]-}
[ -z "$known" ] || [[ $known == /* ]] || known=$PWD/$known
[ -z "$known" ] || [ -d "$(dirname -- "$known")" ] || wrong "the folder of $known is not there"
encrypted=''
[ "$(head -c 22 -- "$package" | tr -d '\0')" != age-encryption.org/v1 ] || encrypted=yes
zipped=''
[ "$(head -c 2 -- "$package" | tr -d '\0')" != PK ] || zipped=yes
unpacker=tar
[ -z "$zipped" ] || unpacker=unzip
[ -z "$encrypted" ] || [ -f "$identity" ] || wrong "it is encrypted: give your age identity with -i"

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
for tool in ${encrypted:+age} $unpacker sha256sum openssl jose ffprobe base64 base32 "${bagit[0]}"; do
  command -v "$tool" >/dev/null 2>&1 || wrong "$tool is missing"
done
# Found from here, before this goes to another folder. What cannot run refuses no package.
bagit[0]=$(command -v "${bagit[0]}")
[[ ${bagit[0]} == /* ]] || bagit[0]=$PWD/${bagit[0]}
"${bagit[@]}" --help >/dev/null 2>&1 || wrong "bagit is missing (pip install bagit)"

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT

# --- Encryption ---------------------------------------------------------------------
if [ -n "$encrypted" ]; then
  age -d -i "$identity" -o "$work/package.tar" -- "$package" >/dev/null 2>&1 ||
    refuse "age cannot open it: changed, cut off, or encrypted to another identity"
  package=$work/package.tar
  ok "age: opened with your identity, whole and as it was encrypted"
elif [ -n "$zipped" ]; then
  echo "a zip: a person handed it over, not encrypted; ask who did, and who could read it"
else
  echo "not encrypted: if you did not decrypt it yourself, ask who could read it"
fi

# --- What is in it: ten plain files of one folder, each once ------------------------
# Names go to $work/names; kind and size of each to $work/long.
if [ -n "$zipped" ]; then
  [[ $package == /* ]] || package=$PWD/$package
  ln -s -- "$package" "$work/package.zip" # a name that unzip takes for no pattern
  package=$work/package.zip
  [ "$(head -c 4 "$package" | tr -d '\0')" = $'PK\3\4' ] || refuse "not a plain zip"
  [ "$(tail -c 22 "$package" | head -c 4 | tr -d '\0')" = $'PK\5\6' ] || refuse "not a plain zip, or cut off"
  unzip -Z1 "$package" >"$work/names" 2>/dev/null || refuse "not a zip"
  unzip -Zs "$package" '*' >"$work/listed" 2>/dev/null || refuse "not a zip"
  awk '$5 !~ /^[bt]/ || $6 != "stor" { exit 1 }' "$work/listed" || refuse "something in it is locked or compressed"
  awk '{ print $1, $4 }' "$work/listed" >"$work/long"
else
  # Plain, since tar would unpack a compressed one unasked, to any size.
  [ "$(head -c 262 -- "$package" | tail -c 5 | tr -d '\0')" = ustar ] || refuse "not a plain tar"
  tar --force-local -tf "$package" >"$work/names" 2>/dev/null || refuse "not a tar"
  tar --force-local --numeric-owner -tvf "$package" >"$work/listed" 2>/dev/null || refuse "not a tar"
  awk '{ print $1, $3 }' "$work/listed" >"$work/long"
fi
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
all=$(awk '{ all += $2 } END { printf "%.0f", all }' "$work/long")
size=$(wc -c <"$package")
# A sparse file can be larger than the tar that it comes in; files of a zip can overlap.
((all <= size)) || refuse "it holds more than its own size"
if [ -n "$zipped" ]; then
  # Headers and list of ten files, and no more besides than Zip64 needs.
  ((size - all - 2 * $(wc -c <"$work/names") - 762 <= 600)) || refuse "something is hidden in it"
fi
mkdir "$work/bag"
if [ -n "$zipped" ]; then
  # Refused too when it only warns: of two readings, of something before or between.
  unzip -qq -P '' "$package" -d "$work/bag" </dev/null >/dev/null 2>&1 || refuse "cannot be unpacked: changed, or an odd zip"
else
  tar --force-local -xf "$package" -C "$work/bag" --no-same-owner --no-same-permissions || refuse "cannot be unpacked"
fi
(cd "$work/bag" && find "$top" -type f) | sort | cmp -s - "$work/expected" || refuse "it unpacks to something else than it lists"
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
stated() { jose fmt -j data/share.json -g file "$@" 2>/dev/null || true; }
if [ "$(stated -g derived -o-)" = true ]; then
  areas=$(stated -g edits -g redact -l -o-)
  echo "note: the video is a copy from which something was left out; see the cover sheet"
  [ "${areas:-0}" = 0 ] ||
    echo "note: areas of its picture were painted black, and all pictures encoded anew: $areas"
  original=$(stated -g original_sha256 -u-)
  [[ ! $original =~ ^[0-9a-f]{64}$ ]] ||
    echo "note: the owner may still have the original, whose SHA-256 is $original"
fi
[[ $share != *'"root_thumbprint":null'* ]] || echo "made for a person to hand over: your name and page are as they were typed in the home"

# --- Video --------------------------------------------------------------------------
kinds=$(ffprobe -v error -protocol_whitelist file -f mp4 -show_entries stream=codec_type \
  -of csv=p=0 "$PWD/data/clip.mp4" 2>/dev/null) || refuse "ffprobe cannot read the video"
grep -q video <<<"$kinds" || refuse "there is no picture in the video"
ok "ffprobe: a video (${kinds//[[:space:]]/ })"

# --- Known already? -----------------------------------------------------------------
# A line each: "share NUMBER HOME DIGEST DAY" and "home THUMBPRINT DAY LABEL".
digest=$(sha256sum <tagmanifest-sha256.txt | cut -d ' ' -f 1)
met='' named=''
if [ -n "$known" ] && [ -f "$known" ]; then
  while read -r kind one two three rest; do
    case "$kind $one" in
      "share $share_id")
        [ "$two" = "$thumbprint" ] || refuse "a share of this number came on $rest from another home's key"
        [ "$three" = "$digest" ] || refuse "a share of this number came on $rest with other contents"
        refuse "this very share was received on $rest: it is a copy, not a new one"
        ;;
      "home $thumbprint")
        met=${met:-$two}
        named+="|$three${rest:+ $rest}|"
        ;;
      home\ *)
        [ -z "$label" ] || [ "$three${rest:+ $rest}" != "$label" ] ||
          refuse "earlier packages of $label were signed with another home's key. Ask the owner whether the system was set up anew, and for the new fingerprint; then use a new label"
        ;;
    esac
  done <"$known"
fi

# --- Who it is from -----------------------------------------------------------------
shown=$(printf '%s=' "$thumbprint" | tr '_-' '/+' | base64 -d | base32 | tr -d '=\n')
if [ -n "$fingerprint" ]; then
  typed=$(printf '%s' "$fingerprint" | tr -d ' \t-' | tr "[:lower:]" "[:upper:]")
  [ "$typed" = "$shown" ] || refuse "another home's key: $(fold -w 4 <<<"$shown" | tr '\n' ' ')"
  ok "the key is the one whose fingerprint the owner read out"
elif [ -n "$met" ]; then
  ok "the same home as on $met (proved only if you compared its fingerprint then)"
else
  echo "identity not proved: let the owner read out the home's fingerprint"
fi
if [ -n "$known" ]; then
  day=$(date -u +%F)
  {
    if [ -z "$met" ] || [[ $named != *"|$label|"* ]]; then
      echo "home $thumbprint $day $label"
    fi
    echo "share $share_id $thumbprint $digest $day"
  } >>"$known" || wrong "cannot write to $known"
fi
echo "home: $(fold -w 4 <<<"$shown" | tr '\n' ' ')"
echo "ACCEPTED: signed by whoever holds this key, and unaltered since."

#!/usr/bin/env bash
# Verify a Doorwatch package with tools of others: age and tar or unzip, sha256sum, openssl,
# jose, bagit, ffprobe. Uses no code of Doorwatch.
#
#   verify.sh [-i IDENTITY] [-k KNOWN [-l LABEL]] [-d DOCUMENT]... PACKAGE [https://your-origin] [FINGERPRINT]
#
# PACKAGE is the .tar.age as received, which -i decrypts with an age identity, a decrypted
# .tar, or a .zip that a person handed over. KNOWN is a text file with accepted homes and
# shares; LABEL is your own name for a home, one line. DOCUMENT is what you publish
# (.well-known/doorwatch-agency) or published before, or the folder in which `publish` keeps
# all versions: it shows whether a request that the package answers was yours. FINGERPRINT is
# what the owner of the home read out.
# Exit 0: accepted; 1: refused; 2: wrong usage, or a tool is missing.
# Acceptance means "signed by the holder of the key in the package, and unchanged since": not
# what the camera saw, nor when.
set -euo pipefail
export LC_ALL=C
umask 077

usage() {
  echo "usage: verify.sh [-i IDENTITY] [-k KNOWN [-l LABEL]] [-d DOCUMENT]... PACKAGE [https://your-origin] [FINGERPRINT]" >&2
  exit 2
}
wrong() { echo "verify.sh: $*" >&2; exit 2; }
refuse() { echo "REFUSED: $*" >&2; exit 1; }
ok() { echo "ok: $*"; }
# Remove invisible characters, bidi controls included, so that a text can't control the
# terminal.
plain() {
  tr -d '[:cntrl:]' <<<"$1" | sed -E $'s/\xc2[\x80-\x9f\xad]|\xcd\x8f|\xd8\x9c|\xe1(\x85[\x9f\xa0]|\xa0\x8e)|\xe2(\x80[\x8b\x8e\x8f\xa8-\xae]|\x81[\xa0-\xaf]|\xa0\x80)|\xe3\x85\xa4|\xef(\xbb\xbf|\xbe\xa0|\xbf[\xb9-\xbb])|[\xf3\xf4][\x80-\xbf]{3}/?/g'
}

identity='' known='' label='' documents=()
while getopts i:k:l:d: option; do
  case $option in
    i) identity=$OPTARG ;;
    k) known=$OPTARG ;;
    l) label=$OPTARG ;;
    d) if [ -d "$OPTARG" ]; then documents+=("$OPTARG"/./*.jws); else documents+=("$OPTARG"); fi ;;
    *) usage ;;
  esac
done
shift $((OPTIND - 1))
if [ $# -lt 1 ] || [ $# -gt 3 ]; then usage; fi
package=$1 origin=${2-} fingerprint=${3-}
[ -f "$package" ] || usage
[ -z "$label" ] || [ -n "$known" ] || wrong "-l needs -k, the file that remembers it"
[[ ! $label =~ [[:cntrl:]] ]] || wrong "the label must be one line"
for i in "${!documents[@]}"; do
  [ -f "${documents[i]}" ] || wrong "${documents[i]} does not exist"
  [[ ${documents[i]} == /* ]] || documents[i]=$PWD/${documents[i]}
done
read -r -a words <<<"$label"
label=${words[*]-}
[ -z "$known" ] || [[ $known == /* ]] || known=$PWD/$known
[ -z "$known" ] || [ -d "$(dirname -- "$known")" ] || wrong "the folder of $known does not exist"
# Without NUL bytes, which no variable can contain.
start=$(head -c 64 -- "$package" | tr -d '\0')
start=${start%%$'\n'*}
encrypted='' zipped='' unpacker=tar
[ "$start" != age-encryption.org/v1 ] || encrypted=yes
if [ "$(head -c 2 -- "$package" | tr -d '\0')" = PK ]; then zipped=yes unpacker=unzip; fi
[ -z "$encrypted" ] || [ -f "$identity" ] || wrong "it is encrypted. Add your age identity with -i"

# BAGIT may contain another command for bagit, for example "python3 -m bagit".
if [ -n "${BAGIT-}" ]; then
  read -r -a bagit <<<"$BAGIT"
elif command -v bagit.py >/dev/null 2>&1; then
  bagit=(bagit.py)
elif command -v bagit >/dev/null 2>&1; then
  bagit=(bagit)
else
  bagit=(python3 -m bagit)
fi
for tool in ${encrypted:+age} $unpacker sha256sum openssl jose ffprobe awk od base64 base32 "${bagit[0]}"; do
  command -v "$tool" >/dev/null 2>&1 || wrong "$tool is missing"
done
# Resolve a relative path before changing the folder, so that bagit is found there, too.
bagit[0]=$(command -v "${bagit[0]}")
[[ ${bagit[0]} == /* ]] || bagit[0]=$PWD/${bagit[0]}

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT

# --- Encryption ---------------------------------------------------------------------
armor='-----BEGIN AGE ENCRYPTED FILE-----'
[[ $(head -c 64 -- "$package" | tr -d '\0 \t\r\n') != "${armor// /}"* ]] ||
  refuse "it is encrypted as text (armored age), which is not supported. Homes send binary files"
[ -n "$encrypted" ] || [[ $start != age-encryption.org/* ]] ||
  refuse "it is encrypted, but is not an age v1 file, or it was damaged by being sent as text"
if [ -n "$encrypted" ]; then
  # The header is text and ends with the line of its MAC.
  head -c 65536 -- "$package" | sed -n '1,/^--- /p' | tr -d '\0' >"$work/header"
  grep -q '^--- ' "$work/header" || refuse "the header of the encrypted file is not an age header"
  kinds=$(sed -n 's/^-> \([!-~]*\).*/\1/p' "$work/header" | sort -u | tr '\n' ' ')
  [[ " $kinds" == *" X25519 "* ]] ||
    refuse "it is encrypted in a way that is not supported (${kinds% }). Homes encrypt to the X25519 recipients in your document"
  age -d -i "$identity" -o "$work/package.tar" -- "$package" >/dev/null 2>&1 ||
    refuse "age cannot open it: changed, cut off, or encrypted to another identity"
  package=$work/package.tar
  ok "age: opened with your identity, complete and exactly as it was encrypted"
elif [ -n "$zipped" ]; then
  echo "a zip: a person handed it over, not encrypted. Ask who did, and who could read it"
else
  echo "not encrypted: if you did not decrypt it yourself, ask who could read it"
fi

# --- Contents: regular files in one folder, each once, and nothing else ---------------
# Read here from the first byte to the last as homes write it, because programs disagree about
# data before, between and after the files of an unusual tar or zip.
[[ $package == /* ]] || package=$PWD/$package
size=$(wc -c <"$package")
part() { dd if="$package" bs=64K iflag=skip_bytes,count_bytes,fullblock skip="$1" count="$2" status=none; }
payload="data/clip.mp4 data/cover-sheet.txt data/share.json"
along="data/declaration.txt data/requests.jws" # only in some packages
tags="bag-info.txt bagit.txt home.pem manifest-sha256.txt share.jws"
top='' found=0 listed=''
has() { [[ $'\n'$listed == *$'\n'"$1"$'\n'* ]]; }
# belongs NAME SIZE: check that it is a file of a package, not a duplicate, and not too large.
belongs() {
  top=${top:-${1%%/*}}
  [[ $top =~ ^doorwatch-[A-Za-z0-9_-]{1,64}$ ]] || refuse "its folder has the wrong name"
  [[ $1 == "$top"/* && " $payload $along $tags tagmanifest-sha256.sig tagmanifest-sha256.txt " == *" ${1#"$top"/} "* ]] ||
    refuse "it contains something other than the files of a package"
  ! has "$1" || refuse "it contains ${1#"$top"/} twice"
  local most=$((2 << 20))
  [ "${1#"$top"/}" != data/clip.mp4 ] || most=$((4 << 30))
  [ "${1#"$top"/}" != data/requests.jws ] || most=4000000
  (($2 <= most)) || refuse "${1#"$top"/} is too large: $2 bytes"
  listed+=$1$'\n'
  found=$((found + 1))
}

# Variables can't contain NUL, so \1 replaces it, and \2 replaces \1.
text() { part "$1" "$2" | tr '\0\1' '\1\2'; }
nul=$'\1'
printf -v zeros '%512s' ''
zeros=${zeros// /$nul}
# The tar header of a home: name, size, time, checksum.
header() { header=$1${zeros:${#1}:100-${#1}}0000644${nul}0000000${nul}0000000$nul$2$nul$3$nul$4${zeros:0:100}ustar${nul}00${zeros:0:247}; }
# The checksum of a header whose checksum field contains spaces.
sum_of() {
  local i code text=${1//"$nul"/}
  sum=0
  for ((i = 0; i < ${#text}; i++)); do
    printf -v code %d "'${text:i:1}"
    sum=$((sum + code))
  done
  printf -v sum %06o "$sum"
}
read_tar() {
  local at=0 block name bytes made sum header
  [ "$(part 257 5 | tr -d '\0')" = ustar ] || refuse "not a plain tar, or compressed"
  while block=$(text "$at" 512) && [ -n "${block//"$nul"/}" ]; do
    name=${block:0:100} name=${name%%"$nul"*}
    [ "${block:156:1}" = 0 ] || refuse "something in it is not a plain file"
    bytes=${block:124:11} made=${block:136:11}
    [[ $bytes =~ ^[0-7]{11}$ && $made =~ ^[0-7]{11}$ ]] || refuse "a header in it is invalid, or it is cut off"
    header "$name" "$bytes" "$made" '        0'
    sum_of "$header"
    header "$name" "$bytes" "$made" "$sum$nul 0"
    [ "$block" = "$header" ] || refuse "a header in it is not how homes write it"
    bytes=$((8#$bytes))
    belongs "$name" "$bytes"
    at=$((at + 512 + bytes)) made=$((-bytes & 511))
    ((at + made < size)) || refuse "it is cut off"
    [ "$(text "$at" "$made")" = "${zeros:0:made}" ] || refuse "something is hidden after a file in it"
    at=$((at + made))
  done
  ((size - at >= 512)) || refuse "it is cut off"
  [ "$(part "$at" $((size - at)) | tr -d '\0' | wc -c)" = 0 ] || refuse "something is hidden after its end"
}

# Numbers of a zip (little-endian) are compared in hex.
hex() { part "$1" "$2" | od -An -v -tx1 | tr -d ' \n'; }
little() {
  local n=$1 i
  for ((i = 0; i < $2; i++)); do printf '%02x' $((n & 255)) && n=$((n >> 8)); done
}
number() {
  local text='' i
  for ((i = ${#1} - 2; i >= 0; i -= 2)); do text+=${1:i:2}; done
  [[ ${text} =~ ^0*([0-9a-f]{1,13})$ ]] || refuse "a number in it is too large"
  echo $((16#${BASH_REMATCH[1]}))
}
# The expected Zip64 field for numbers whose field is all ones: pairs of field and number.
in_zip64() {
  local more='' field=$1
  shift
  while [ $# -gt 0 ]; do
    if [ "$1" = ffffffff ]; then more+=$(little "$2" 8); else [ "$1" = "$(little "$2" 4)" ] || return 1; fi
    shift 2
  done
  [ -z "$more" ] || more=0100$(little $((${#more} / 2)) 2)$more
  [ "$field" = "$more" ]
}
odd() { refuse "this zip is not how homes make it: $*"; }
read_zip() {
  local at=0 head what name length more bytes one names=() about=() sizes=() places=()
  while head=$(hex "$at" 30) && [ "${head:0:8}" = 504b0304 ]; do
    [ ${#head} = 60 ] || odd "it is cut off"
    [ "${head:12:8}" = 00000000 ] || odd "something in it is locked or compressed"
    length=$(number "${head:52:4}")
    [ "$(part $((at + 30)) "$length" | tr -d '\0' | wc -c)" = "$length" ] || odd "a name in it does not match"
    name=$(part $((at + 30)) "$length")
    more=$(hex $((at + 30 + length)) "$(number "${head:56:4}")")
    bytes=${head:44:8}
    [ "$bytes" != ffffffff ] || bytes=${more:8:16}
    bytes=$(number "${bytes:-00}") || exit 1
    in_zip64 "$more" "${head:44:8}" "$bytes" "${head:36:8}" "$bytes" || odd "the sizes of a file do not match"
    belongs "$name" "$bytes"
    names+=("$name") about+=("${head:12:24}") sizes+=("$bytes") places+=("$at")
    at=$((at + 30 + length + ${#more} / 2 + bytes))
    ((at < size)) || odd "it is cut off"
  done
  local begin=$at
  for ((one = 0; one < ${#names[@]}; one++)); do
    head=$(hex "$at" 46) length=${#names[one]}
    [ "${head:0:8}" = 504b0102 ] || odd "there is something between the files and their list"
    [ "${head:16:24}${head:56:4}${head:64:8}" = "${about[one]}$(little "$length" 2)00000000" ] ||
      odd "its list and a file in it do not agree"
    [ "$(part $((at + 46)) "$length" | tr -d '\0')" = "${names[one]}" ] || odd "its list has a different name for a file"
    [[ ${head:82:1} == [08] && $((16#${head:76:2} & 24)) = 0 ]] || refuse "something in it is not a plain file"
    more=$(hex $((at + 46 + length)) "$(number "${head:60:4}")")
    in_zip64 "$more" "${head:48:8}" "${sizes[one]}" "${head:40:8}" "${sizes[one]}" "${head:84:8}" "${places[one]}" ||
      odd "its list and a file in it do not agree"
    at=$((at + 46 + length + ${#more} / 2))
  done
  local end=$at all=$((at - begin)) large='' count=${#names[@]}
  what=$(hex "$at" 4)
  if [ "$what" = 504b0606 ]; then
    large=yes
    # Without the two versions of the format.
    head=$(little 44 8)$(little 0 8)$(little "$count" 8)$(little "$count" 8)$(little "$all" 8)$(little "$begin" 8)
    [ "$(hex $((at + 4)) 8)$(hex $((at + 16)) 40)" = "$head" ] || odd "its end record does not match"
    [ "$(hex $((at + 56)) 20)" = "504b0607$(little 0 4)$(little "$end" 8)$(little 1 4)" ] || odd "its end record does not match"
    at=$((at + 76))
  fi
  head=$(hex "$at" $((size - at < 23 ? size - at : 23)))
  [ "${#head} ${head:0:16}${head:40:4}" = "44 504b0506000000000000" ] || odd "something is hidden in it, or it is cut off"
  for what in "${head:16:4} $count 2" "${head:20:4} $count 2" "${head:24:8} $all 4" "${head:32:8} $begin 4"; do
    read -r more bytes length <<<"$what"
    [ "$more" = "$(little "$bytes" "$length")" ] || [[ -n $large && $more =~ ^f+$ ]] || odd "its end record does not match"
  done
}
if [ -n "$zipped" ] && [ -z "$encrypted" ]; then read_zip; else read_tar; fi
for one in $along; do ! has "$top/$one" || payload+=" $one"; done
payload=$(tr ' ' '\n' <<<"$payload" | sort | tr '\n' ' ')
payload=${payload% }
files=$(wc -w <<<"$payload")
((found == files + 7)) || refuse "it does not contain all the files of a package"
for one in $payload $tags; do has "$top/$one" || refuse "it is missing $one"; done
share_id=${top#doorwatch-}
mkdir "$work/bag"
if [ -n "$zipped" ] && [ -z "$encrypted" ]; then
  ln -s -- "$package" "$work/package.zip" # a name without patterns for unzip
  # Also fails for warnings and for a wrong checksum.
  unzip -qq -P '' "$work/package.zip" -d "$work/bag" </dev/null >/dev/null 2>&1 || refuse "it cannot be unpacked: it was changed, or it is an invalid zip"
else
  tar --force-local -xf "$package" -C "$work/bag" --no-same-owner --no-same-permissions || refuse "it cannot be unpacked"
fi
(cd "$work/bag" && find "$top" -type f) | sort | cmp -s - <(printf %s "$listed" | sort) || refuse "it does not unpack to what it lists"
cd "$work/bag/$top"
ok "$found plain files, and nothing else"

# --- Digests ------------------------------------------------------------------------
printf 'BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n' | cmp -s - bagit.txt || refuse "bagit.txt names a different format"
# Names of the digests; the file must have no other lines.
listed() {
  grep -E '^[0-9a-f]{64}  [!-~]+$' "$1" | cmp -s - "$1" || return 0
  sed 's/^[0-9a-f]*  //' "$1" | sort | tr '\n' ' '
}
[ "$(listed manifest-sha256.txt)" = "$payload " ] || refuse "the manifest does not list the payload"
[ "$(listed tagmanifest-sha256.txt)" = "$tags " ] || refuse "the tag manifest does not list the tag files"
sha256sum --check --strict --quiet manifest-sha256.txt 2>/dev/null || refuse "a payload file was changed"
sha256sum --check --strict --quiet tagmanifest-sha256.txt 2>/dev/null || refuse "a tag file was changed"
ok "sha256sum: every file matches its digest in the lists"
# Six lines, without characters that some programs treat as a line end.
[ "$(tail -c 1 bag-info.txt | od -An -tx1)" = ' 0a' ] || refuse "bag-info.txt is cut off"
cmp -s <(tr -d '\000-\011\013-\037\177' <bag-info.txt) bag-info.txt || refuse "bag-info.txt contains a control character"
! grep -qF -e $'\xc2\x85' -e $'\xe2\x80\xa8' -e $'\xe2\x80\xa9' bag-info.txt || refuse "bag-info.txt contains an unusual line ending"
info="Bag-Software-Agent Bagging-Date External-Description External-Identifier Internal-Sender-Identifier Payload-Oxum"
[ "$(sed 's/: .*//' bag-info.txt | tr '\n' ' ')" = "$info " ] || refuse "bag-info.txt does not say what it must"
oxum=0
for one in $payload; do oxum=$((oxum + $(wc -c <"$one"))); done
grep -qxF "Payload-Oxum: $oxum.$files" bag-info.txt || refuse "bag-info.txt names a different size"
grep -qxF "External-Identifier: $share_id" bag-info.txt || refuse "bag-info.txt is about a different share"
"${bagit[@]}" --validate --quiet . >/dev/null 2>&1 || {
  "${bagit[@]}" --help >/dev/null 2>&1 || wrong "bagit is missing (pip install bagit)"
  refuse "not a valid bag"
}
ok "bagit: a valid bag"

# --- Signatures ---------------------------------------------------------------------
# openssl ignores data after the longest possible signature.
(($(wc -c <tagmanifest-sha256.sig) <= 72)) || refuse "the signature does not match the digests"
openssl dgst -sha256 -verify home.pem -signature tagmanifest-sha256.sig \
  tagmanifest-sha256.txt >/dev/null 2>&1 || refuse "the signature does not match the digests"
ok "openssl: the lists were signed by the key in home.pem"

# The key in jose's format, from home.pem: the last 64 bytes of a P-256 key in DER are its
# point.
base64url() { base64 -w 0 | tr '+/' '-_' | tr -d '='; }
openssl ec -pubin -in home.pem -pubout -outform DER >"$work/key.der" 2>/dev/null || refuse "home.pem is not a key"
openssl ec -pubin -in home.pem -noout -text 2>/dev/null | grep -q 'prime256v1' || refuse "home.pem is not a P-256 key"
openssl ec -pubin -in home.pem -pubout 2>/dev/null | cmp -s - home.pem || refuse "home.pem contains more than a key"
x=$(tail -c 64 "$work/key.der" | head -c 32 | base64url)
y=$(tail -c 32 "$work/key.der" | base64url)
jwk=$(printf '{"crv":"P-256","kty":"EC","x":"%s","y":"%s"}' "$x" "$y")
printf '%s' "$jwk" >"$work/home.jwk"
thumbprint=$(printf '%s' "$jwk" | openssl dgst -sha256 -binary | base64url)
grep -qxF "Internal-Sender-Identifier: $thumbprint" bag-info.txt || refuse "bag-info.txt names a different home"
token=$(tr -d '\0' <share.jws)
[[ $token =~ ^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.([A-Za-z0-9_-]+)$ && ${#token} = $(wc -c <share.jws) ]] ||
  refuse "share.jws is not a signed document"
[ "$(printf '%s' "${BASH_REMATCH[1]}" | jose b64 dec -i - 2>/dev/null | jose b64 enc -I - 2>/dev/null)" = "${BASH_REMATCH[1]}" ] ||
  refuse "share.jws spells its signature differently than it must"
jose jws ver -i share.jws -k "$work/home.jwk" -O "$work/claims" 2>/dev/null || refuse "the statement's signature does not match"
protected=$(printf '{"alg":"ES256","kid":"%s","typ":"doorwatch-share+jwt"}' "$thumbprint" | base64url)
[ "${token%%.*}" = "$protected" ] || refuse "share.jws is a different kind of document"
base64url <"$work/claims" | cmp -s - <(printf '%s' "$token" | cut -d . -f 2 | tr -d '\n') || refuse "share.jws is spelled differently than it must be"
ok "jose: the statement was signed by the same key"

# --- The statement: exactly share.json, signed with this key, for you ----------------
# share.json must be canonical JSON: only one encoding, no duplicate names. awk prints the values
# that are used below as they are, and the exact bytes of the notice.
jose fmt -j data/share.json -O 2>/dev/null || refuse "share.json is not JSON in UTF-8"
cmp -s <(tr -d '\000-\011\013-\037' <data/share.json) data/share.json || refuse "share.json contains a control character"
awk -v notice="$work/notice" '
  BEGIN {
    processing = "consent\tpii_processing\tprivacy_notice\t"
    asked = "share_id,file\tsha256,file\tsize,agency\troot_thumbprint,consent\trecord_id,consent\tpii_principal_id," processing "digest"
    for (k = split(asked, paths, ","); k > 0; k--) wanted["\t" paths[k]] = 1
  }
  function wrong() { failed = 1; exit 1 }
  function text(  from, c) {
    from = i++
    while ((c = substr(s, i, 1)) != "\"") {
      if (c == "") wrong()
      if (c != "\\") { i++; continue }
      c = substr(s, i + 1, 1)
      if (c ~ /["\\bfnrt]/) i += 2
      else if (c == "u" && substr(s, i + 2, 4) ~ /^00(0[1-7bef]|1[0-9a-f])$/) i += 6
      else wrong()
    }
    return substr(s, from, ++i - from)
  }
  # The shortest digits of this number, as Python writes them.
  function shortest(x,  p, t, sign, digits, power, k) {
    for (p = 0; p < 17; p++) { t = sprintf("%." p "e", x); if (t + 0 == x) break }
    sign = substr(t, 1, 1) == "-" ? "-" : ""
    sub(/^-/, "", t)
    power = substr(t, index(t, "e") + 1) + 0
    digits = substr(t, 1, index(t, "e") - 1)
    sub(/\./, "", digits)
    if (power < -4 || power >= 16)
      return sign substr(digits, 1, 1) (length(digits) > 1 ? "." substr(digits, 2) : "") \
        sprintf("e%s%02d", power < 0 ? "-" : "+", power < 0 ? -power : power)
    if (power < 0) { for (k = -1; k > power; k--) digits = "0" digits; return sign "0." digits }
    while (length(digits) < power + 2) digits = digits "0"
    return sign substr(digits, 1, power + 1) "." substr(digits, power + 2)
  }
  function value(path, depth,  from, c, name, last, n) {
    if (depth > 64) wrong()
    from = i
    c = substr(s, i, 1)
    if (c == "{") {
      if (substr(s, ++i, 1) == "}") i++
      else for (;;) {
        if (substr(s, i, 1) != "\"") wrong()
        name = text()
        name = substr(name, 2, length(name) - 2)
        if (name ~ /\\/ || (n++ && (name "") <= (last ""))) wrong()
        last = name
        if (substr(s, i++, 1) != ":") wrong()
        value(path "\t" name, depth + 1)
        c = substr(s, i++, 1)
        if (c == "}") break
        if (c != ",") wrong()
      }
    } else if (c == "[") {
      if (substr(s, ++i, 1) == "]") i++
      else for (;;) {
        value(path "\t" n++, depth + 1)
        c = substr(s, i++, 1)
        if (c == "]") break
        if (c != ",") wrong()
      }
    } else if (c == "\"") text()
    else {
      while (substr(s, i, 1) ~ /[-+.a-z0-9]/) i++
      c = substr(s, from, i - from)
      if (c !~ /^(true|false|null|0|-0\.0|-?[1-9][0-9]*)$/ && (c !~ /^-?[0-9]+(\.[0-9]+)?(e[-+][0-9]+)?$/ || c != shortest(c + 0))) wrong()
      sub(/^-/, "", c)
      if (c ~ /^[0-9]+$/ && length(c) > 18) wrong()
    }
    # Names cannot contain a tab, so paths are unambiguous.
    if (path == "\t" processing "notice") printf "%s", substr(s, from, i - from) > notice
    if (path in wanted) print path, substr(s, from, i - from)
  }
  { if (NR > 1) wrong(); s = $0; i = 1; value("", 0); if (i != length(s) + 1) wrong() }
  END { if (failed || NR != 1) exit 1 }
' data/share.json >"$work/said" || refuse "share.json is not canonical JSON"
[ "$(tail -c 1 data/share.json | od -An -tx1)" = ' 0a' ] || refuse "share.json is cut off"
said() { tr '\t' / <"$work/said" | sed -n "s,^/$1 ,,p"; }
head -c 4096 "$work/claims" | tr -d '\0' >"$work/begin"
start='^\{"aud":"([^"\\]+)","iat":(0|[1-9][0-9]{0,11}),"iss":"([^"\\]+)","jti":"([^"\\]+)","share":'
[[ $(cat "$work/begin") =~ $start ]] || refuse "the statement has a different form"
audience=${BASH_REMATCH[1]} issued=${BASH_REMATCH[2]} issuer=${BASH_REMATCH[3]} jti=${BASH_REMATCH[4]}
{ printf '%s' "${BASH_REMATCH[0]}" && head -c -1 data/share.json && printf '}'; } | cmp -s - "$work/claims" ||
  refuse "share.json is not what was signed"
[ "$issuer" = "$thumbprint" ] || refuse "the statement names a different home"
[ "\"$jti\" $(said share_id)" = "\"$share_id\" \"$share_id\"" ] || refuse "the statement is about a different share"
[ -z "$origin" ] || [ "$audience" = "${origin%/}" ] || refuse "it was made for $(plain "$audience"), not for you"
[ "$issued" -le $(($(date +%s) + 300)) ] || refuse "it says that it was made in the future. Check the clocks"
clip=$(sha256sum <data/clip.mp4 | cut -d ' ' -f 1)
[ "$(said file/sha256) $(said file/size)" = "\"$clip\" $(wc -c <data/clip.mp4)" ] ||
  refuse "the statement is about a different video"
wrong_consent="the consent record does not belong to this share"
[[ -f $work/notice && $(head -c 1 "$work/notice") = '{' ]] || refuse "$wrong_consent"
shown=$(sha256sum <"$work/notice" | cut -d ' ' -f 1)
[ "$(said consent/record_id) $(said consent/pii_principal_id)" = "\"$share_id\" \"$thumbprint\"" ] || refuse "$wrong_consent"
[ "$(said consent/pii_processing/privacy_notice/digest)" = "\"$shown\"" ] || refuse "$wrong_consent"
ok "the statement is share.json, made for $(plain "$audience") at $(date -u -d "@$issued" '+%F %T') UTC by the home's clock"

# --- The request that it answers, and a draft of a declaration ------------------------
# jose writes equal texts in the same way, so its output can be compared.
of() { jose fmt -j "$1" "${@:2}" -o- 2>/dev/null || true; }
in_notice() { of data/share.json -g consent -g pii_processing -g privacy_notice -g notice "$@"; }
in_request() { of data/share.json -g request "$@"; }
null() { [[ -z $1 || $1 = null ]]; }
sum() { sha256sum <"$1" | cut -d ' ' -f 1; }
# A time as homes write it, with milliseconds.
moment() {
  [[ $1 =~ ^\"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(\.[0-9]{1,6})?Z\"$ ]] || return 0
  local fraction=${BASH_REMATCH[2]#.}000
  echo "\"${BASH_REMATCH[1]}.${fraction:0:3}Z\""
}
version() { if [[ $1 =~ ^[1-9][0-9]{0,9}$ && $1 -lt 2147483648 ]]; then echo "$1"; else echo 1; fi; }
# Split a document into its three parts, in canonical encoding; decode header and claims.
mark=$(head -c 16 /dev/urandom | od -An -v -tx1 | tr -d ' \n')
open_jws() {
  local part
  tr -d 'A-Za-z0-9_-' <"$1" | cmp -s - <(printf ..) || return 1
  for part in 1 2 3; do
    cut -d . -f $part "$1" | tr -d '\n' >"$work/part"
    [ -s "$work/part" ] || return 1
    jose b64 dec -i "$work/part" -O "$2.$part" 2>/dev/null || return 1
    jose b64 enc -I "$2.$part" 2>/dev/null | cmp -s - "$work/part" || return 1
    # jose ignores data after an object, but not in a list.
    [ $part = 3 ] || { printf '[' && cat "$2.$part" && printf ',"%s"]' "$mark"; } >"$work/listed"
    [ $part = 3 ] || [ "$(of "$work/listed" -l) $(of "$work/listed" -g 1)" = "2 \"$mark\"" ] || return 1
  done
  [[ $(of "$2.1" -g alg) = '"ES256"' && $(of "$2.1" -g typ) = "\"$3\"" ]]
}
# The keys that your documents list; one of them may have signed the feed.
: >"$work/vouched"
roots=()
for document in "${documents[@]}"; do
  tr -d ' \t\r\n' <"$document" >"$work/document.jws"
  open_jws "$work/document.jws" "$work/document" doorwatch-agency+jwt || wrong "$document is not an agency's document"
  of "$work/document.1" -g jwk >"$work/root.jwk"
  jose jws ver -i "$work/document.jws" -k "$work/root.jwk" >/dev/null 2>&1 || wrong "$document is not an agency's document"
  if [ "$(of "$work/document.2" -g iss)" != "\"$audience\"" ]; then
    [[ $document == */./* ]] || wrong "$document is another agency's document"
    continue # from a trial, in the folder
  fi
  jose fmt -j "$work/document.2" -g keys -O -g keys -A -f "$work/keys" 2>/dev/null || : >"$work/keys"
  roots+=("$(jose jwk thp -i "$work/root.jwk")")
  # Only the four members of the thumbprint.
  while read -r line; do
    printf '%s' "$line" >"$work/online.jwk"
    crv=$(of "$work/online.jwk" -g crv) kty=$(of "$work/online.jwk" -g kty) x=$(of "$work/online.jwk" -g x) y=$(of "$work/online.jwk" -g y)
    printf '{"crv":%s,"kty":%s,"x":%s,"y":%s}\n' "$crv" "$kty" "$x" "$y" >>"$work/vouched"
  done <"$work/keys"
done
while read -r root; do
  [ -z "$root" ] ||
    echo "your documents are signed with the root key $(printf '%s=' "$root" | tr '_-' '/+' | base64 -d | base32 | tr -d '=\n' | fold -w 4 | tr '\n' ' '). Compare it with your printed one"
done < <(printf '%s\n' "${roots[@]-}" | sort -u)
declaration=$(of data/share.json -g declaration_sha256)
if null "$declaration"; then
  [ ! -e data/declaration.txt ] || refuse "data/declaration.txt is included, but the statement does not mention it"
  null "$(in_notice -g declaration_sha256)" || refuse "the person read a declaration that is not included"
else
  [ -e data/declaration.txt ] || refuse "data/declaration.txt is missing"
  [[ $declaration = "\"$(sum data/declaration.txt)\"" && $declaration = "$(in_notice -g declaration_sha256)" ]] ||
    refuse "the person read a different declaration than the included one"
  ok "data/declaration.txt is the draft that the person read. No one has signed it"
fi
if null "$(in_request)"; then
  [ ! -e data/requests.jws ] || refuse "data/requests.jws is included, but the statement does not mention it"
  null "$(in_notice -g request)" || refuse "the person read a different request than the package names"
  named=$(of data/share.json -g request_id)
  null "$named" ||
    echo "it names the request $(plain "$named"), but includes no feed. Not proved: that such a request ever existed, or what the person read of it"
else
  [ -e data/requests.jws ] || refuse "data/requests.jws is missing"
  [ "$(in_request -g feed_sha256)" = "\"$(sum data/requests.jws)\"" ] || refuse "data/requests.jws is not the feed that the person read from"
  texts="case_reference contact investigation_code offence terms text title" times="begins ends until"
  without=()
  for one in $texts $times request_id version; do without+=(-d "$one"); done
  [ "$(in_request "${without[@]}" -d feed_sha256)" = '{}' ] || refuse "data/share.json does not describe the request as homes do"
  id=$(in_request -g request_id)
  [[ $(in_request -d feed_sha256) = "$(in_notice -g request)" && $id = "$(of data/share.json -g request_id)" ]] ||
    refuse "the person read a different request than the package names"
  feed=$work/feed
  open_jws data/requests.jws "$feed" doorwatch-requests+jwt || refuse "data/requests.jws is not a signed feed"
  kid=$(of "$feed.1" -g kid)
  [[ $kid = \"* && $(of "$feed.1" -d alg -d typ -d kid) =~ ^(\{\}|\{\"jwk\":.*\})$ ]] || refuse "data/requests.jws is a different kind of document"
  [ -z "$(of "$feed.1" -d alg -d typ -d kid -g jwk)" ] || [ "$(of "$feed.1" -d alg -d typ -d kid -d jwk)" = '{}' ] ||
    refuse "data/requests.jws is a different kind of document"
  [ "$(of "$feed.2" -g iss)" = "\"$audience\"" ] || refuse "data/requests.jws is another agency's feed"
  issued=$(of "$feed.2" -g iat)
  [[ $issued =~ ^(0|[1-9][0-9]{0,11})$ && $issued -lt 137438953472 ]] || refuse "data/requests.jws does not say when it was made"
  # One to 200 visible ASCII characters, two of which jose escapes.
  visible='^"([]!#-[^-~]|\\["\\]){1,200}"$'
  [[ $id =~ $visible ]] || refuse "the request is not in data/requests.jws"
  found=0
  jose fmt -j "$feed.2" -g feed -O -g features -A -f "$work/features" 2>/dev/null || : >"$work/features"
  while read -r line; do
    printf '%s' "$line" >"$work/one"
    if [ "$(of "$work/one" -O -g id)" = "$id" ]; then
      found=$((found + 1))
      cp "$work/one" "$work/feature"
    fi
  done < <(grep -F -e "\"id\":$id" "$work/features" || true)
  [[ $found = 1 && $(of "$work/feature" -g featureType) != '"bulletin"' ]] || refuse "the request is not in data/requests.jws"
  [ "$(of "$work/feature" -g properties -O -g state)" != '"closed"' ] ||
    refuse "the request is closed in data/requests.jws, and homes do not answer closed requests"
  ends=$(of "$work/feature" -g time -O -g interval -A)
  [[ -n $ends && $(of "$work/feature" -g time -g interval -l) = 2 ]] || ends=''
  for one in $texts $times; do
    said=$(in_request -g "$one")
    case $one in
      begins) asked=${ends:+$(of "$work/feature" -g time -g interval -g 0)} ;;
      ends) asked=${ends:+$(of "$work/feature" -g time -g interval -g 1)} ;;
      *) asked=$(of "$work/feature" -g properties -O -g "$one") ;;
    esac
    [[ $said != null || " case_reference offence contact begins ends " == *" $one "* ]] || continue
    [[ " $times " != *" $one "* ]] || asked=$(moment "$asked")
    [[ $said = \"* && $said = "$asked" ]] || refuse "data/requests.jws has a different $one for the request than was shown"
  done
  [ "$(in_request -g version)" = "$(version "$(of "$work/feature" -g properties -O -g version)")" ] ||
    refuse "data/requests.jws has a different version of the request"
  yours=''
  while read -r line; do
    printf '%s' "$line" >"$work/online.jwk"
    [ "\"$(jose jwk thp -i "$work/online.jwk" 2>/dev/null)\"" = "$kid" ] || continue
    jose jws ver -i data/requests.jws -k "$work/online.jwk" >/dev/null 2>&1 || refuse "data/requests.jws: the signature does not match"
    yours=yes
  done <"$work/vouched"
  echo "it answers the request $(plain "$id"), version $(in_request -g version), of the case $(plain "$(in_request -g case_reference)")"
  echo "the person read it as it appears in the included feed, dated $(date -u -d "@$issued" +%F)"
  confirmed=$(of data/share.json -g confirmed_at) over=$(in_request -g until) exp=$(of "$feed.2" -g exp)
  [[ $over = \"* ]] || over='"~"'
  if [[ $exp =~ ^(0|[1-9][0-9]{0,11})$ && $exp -lt 137438953472 ]]; then
    exp="\"$(date -u -d "@$exp" +%FT%T.000Z)\""
    [[ $over < $exp ]] || over=$exp
  fi
  [[ $confirmed != \"* || $confirmed < $over ]] ||
    echo "by the home's clock, the request or the feed had already ended when the person tapped"
  if [ -n "$yours" ]; then
    ok "jose: a key that your document vouches for signed that feed, so this request is yours"
  elif [ ${#documents[@]} = 0 ]; then
    echo "not checked: whether this request is yours. Add your published document with -d"
  else
    echo "not proved: that this request is yours. The feed names a key that your document does not list, or no longer lists: $(plain "$kid"). If it was yours at the time, also add the document from that time with another -d"
  fi
fi

stated() { jose fmt -j data/share.json -g file "$@" 2>/dev/null || true; }
if [ "$(stated -g derived -o-)" = true ]; then
  areas=$(stated -g edits -g redact -l -o-)
  echo "note: the video is a copy with something left out. See the cover sheet"
  [ "${areas:-0}" = 0 ] ||
    echo "note: covered areas: $areas. They are black, and every frame was re-encoded"
  original=$(stated -g original_sha256 -u-)
  [[ ! $original =~ ^[0-9a-f]{64}$ ]] ||
    echo "note: the owner may still have the original, whose SHA-256 is $original"
fi
[ "$(said agency/root_thumbprint)" != null ] || echo "made for a person to hand over: your name and page are as they were typed in the home"

# --- Video --------------------------------------------------------------------------
probed=$(timeout 120 ffprobe -v error -protocol_whitelist file -f mp4 -show_entries stream=codec_type:format=duration \
  -of csv=p=0 "$PWD/data/clip.mp4" 2>/dev/null) || refuse "ffprobe cannot read the video"
[[ ${probed##*$'\n'} =~ ^[0-9]+(\.[0-9]+)?$ ]] || refuse "ffprobe cannot read the video"
kinds=$(sed '$d' <<<"$probed")
grep -qx video <<<"$kinds" || refuse "the file has no video track"
ok "ffprobe: a video (${kinds//[[:space:]]/ })"

# --- Known already? -----------------------------------------------------------------
# Lines of KNOWN: "share NUMBER HOME DIGEST DAY" and "home THUMBPRINT DAY LABEL".
digest=$(sha256sum <tagmanifest-sha256.txt | cut -d ' ' -f 1)
met='' named=''
if [ -n "$known" ] && [ -f "$known" ]; then
  while read -r kind one two three rest; do
    case "$kind $one" in
      "share $share_id")
        [ "$two" = "$thumbprint" ] || refuse "a share with this number arrived on $rest, signed with another home's key"
        [ "$three" = "$digest" ] || refuse "a share with this number arrived on $rest with different contents"
        refuse "this same share was received on $rest. It is a copy, not a new one (without -k, it is checked again)"
        ;;
      "home $thumbprint")
        met=${met:-$two}
        named+="|$three${rest:+ $rest}|"
        ;;
      home\ *)
        [ -z "$label" ] || [ "$three${rest:+ $rest}" != "$label" ] ||
          refuse "earlier packages labeled $label were signed with another home's key. Ask the owner whether the system was set up again, and for the new fingerprint. Then use a new label"
        ;;
    esac
  done <"$known"
fi

# --- Who it is from -----------------------------------------------------------------
shown=$(printf '%s=' "$thumbprint" | tr '_-' '/+' | base64 -d | base32 | tr -d '=\n')
if [ -n "$fingerprint" ]; then
  typed=$(printf '%s' "$fingerprint" | tr -d ' \t-' | tr "[:lower:]" "[:upper:]")
  [ "$typed" = "$shown" ] || refuse "another home's key: $(fold -w 4 <<<"$shown" | tr '\n' ' ')"
  ok "identity proved: the key is the one whose fingerprint the owner read out"
elif [ -n "$met" ]; then
  echo "the same home as on $met. Its identity is proved only if you compared its fingerprint then"
else
  echo "identity not proved: have the owner read out the home's fingerprint"
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
echo "ACCEPTED: signed by whoever holds this home's key, and unaltered since."

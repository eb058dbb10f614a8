#!/bin/sh
# Verify an exported ledger with a shell and sha256sum alone.
#
#   verify-ledger.sh LEDGER.jsonl [DIGEST]
#
# Each line ends with the SHA-256 of the line before (64 zeros for the first) and its
# own number. DIGEST is a head that an outsider knows, for example from a package's
# share.json: it must be the digest of one of the lines. Without one, this shows only that
# no line was changed, removed, or added later by someone who did not also rewrite all
# the lines after it.
set -eu
LC_ALL=C
export LC_ALL

if [ $# -lt 1 ] || [ ! -f "$1" ]; then echo "usage: verify-ledger.sh LEDGER.jsonl [DIGEST]" >&2; exit 2; fi
known=${2-}
previous=0000000000000000000000000000000000000000000000000000000000000000
number=0
seen=
while IFS= read -r line || [ -n "$line" ]; do
  number=$((number + 1))
  case $line in
    *",\"previous\":\"$previous\",\"seq\":$number}") ;;
    *) echo "line $number does not follow the one before" >&2; exit 1 ;;
  esac
  previous=$(printf '%s' "$line" | sha256sum)
  previous=${previous%% *}
  if [ "$previous" = "$known" ]; then seen=$number; fi
done <"$1"
if [ -n "$known" ]; then
  [ -n "$seen" ] || { echo "no line has the digest $known" >&2; exit 1; }
  echo "the digest matches line $seen"
fi
echo "$number lines, each follows the one before. Head: $previous"

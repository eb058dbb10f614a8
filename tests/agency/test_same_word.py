"""The command and the script agree about every package, good or bad.

The script shares no code with the command, so each can detect mistakes of the other.
"""

import base64
from collections.abc import Callable, Mapping
from dataclasses import replace
import gzip
import hashlib
import io
import json
from pathlib import Path
import re
import stat
import struct
import subprocess
import tarfile
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
import pytest

from custom_components.doorwatch.engine.sharing.signing.canonical import canonical_json
from custom_components.doorwatch.engine.sharing.signing.jws import (
    DocumentKind,
    public_pem,
    sign_bytes,
    thumbprint,
)
from tests.age_program import desk, make_identity
from tests.agency.zips import moved
from tests.engine.sharing.evidence import NOW, ORIGIN, Made, new_key
from tests.series import named

from .bench import TOP, Desk, Parts, said_by_both
from .tarballs import PARTS, manifest, read_parts


def members(
    parts: Mapping[str, bytes],
    top: str = TOP,
    changes: Mapping[str, object] | None = None,
) -> list[tuple[tarfile.TarInfo, bytes]]:
    """List files for a tar, with changes to the first header."""
    listed: list[tuple[tarfile.TarInfo, bytes]] = []
    for name, content in parts.items():
        info = tarfile.TarInfo(f"{top}/{name}")
        info.size = len(content)
        if not listed:
            for field, value in (changes or {}).items():
                setattr(info, field, value)
        listed.append((info, content))
    return listed


def tar_of(
    files: list[tuple[tarfile.TarInfo, bytes]], form: int = tarfile.USTAR_FORMAT
) -> bytes:
    """Write a tar."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=form) as tar:
        for info, content in files:
            tar.addfile(info, io.BytesIO(content))
    return stream.getvalue()


def odd_first(
    form: int = tarfile.USTAR_FORMAT, **changes: object
) -> Callable[[Desk], bytes]:
    """Make a tar with a changed first header."""
    return lambda desk: tar_of(members(desk.parts, changes=changes), form)


def put(name: str, content: bytes) -> Callable[[Desk], bytes]:
    """Replace a part, signed by the home."""
    return lambda desk: desk.resigned(lambda parts: parts.update({name: content}))


def edited(name: str, edit: Callable[[bytes], bytes]) -> Callable[[Desk], bytes]:
    """Edit a part, signed by the home."""

    def make(desk: Desk) -> bytes:
        return desk.resigned(lambda parts: parts.update({name: edit(parts[name])}))

    return make


def lists_edited(name: str, edit: Callable[[bytes], bytes]) -> Callable[[Desk], bytes]:
    """Edit a manifest itself, and update the later lists and the signature."""

    def make(desk: Desk) -> bytes:
        parts = desk.parts
        parts[name] = edit(parts[name])
        if name != "tagmanifest-sha256.txt":
            tags = [
                one for one in PARTS if not one.startswith(("data/", "tagmanifest"))
            ]
            parts["tagmanifest-sha256.txt"] = manifest(
                {one: parts[one] for one in tags}
            )
        signed = sign_bytes(parts["tagmanifest-sha256.txt"], desk.made.key)
        parts["tagmanifest-sha256.sig"] = signed
        return tar_of(members(parts))

    return make


def raw(name: str, edit: Callable[[bytes], bytes]) -> Callable[[Desk], bytes]:
    """Edit a part without a new signature."""

    def make(desk: Desk) -> bytes:
        parts = desk.parts
        return tar_of(members(parts | {name: edit(parts[name])}))

    return make


def notice(share: dict[str, Any]) -> dict[str, Any]:
    """Return the notice."""
    found: dict[str, Any] = share["consent"]["pii_processing"]["privacy_notice"]
    return found


def _claims(
    edit: Callable[[bytes], bytes], header: Mapping[str, object] | bytes | None = None
) -> Callable[[Desk], bytes]:
    """Sign edited claims or another header, without other changes."""

    def make(desk: Desk) -> bytes:
        token = desk.signed(edit(desk.claims()), header)
        return put("share.jws", token)(desk)

    return make


def last_sextet(token: bytes) -> bytes:
    """Return another encoding of the same signature."""
    letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return token[:-1] + letters[letters.index(token[-1:]) + 1 :][:1]


def pem_of(form: str, desk: Desk) -> bytes:
    """Write the home's key in another form."""
    key = desk.made.key.public_key()
    point = key.public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.CompressedPoint
    )
    if form == "compressed":
        der = bytes.fromhex("3039301306072a8648ce3d020106082a8648ce3d030107032200")
        text = base64.b64encode(der + point).decode()
        lines = "\n".join(text[at : at + 64] for at in range(0, len(text), 64))
        return (
            f"-----BEGIN PUBLIC KEY-----\n{lines}\n-----END PUBLIC KEY-----\n".encode()
        )
    pem = public_pem(key)
    return {
        "text in front": b"my key\n" + pem,
        "two keys": pem + public_pem(new_key().public_key()),
        "another first": public_pem(new_key().public_key()) + pem,
        "CRLF": pem.replace(b"\n", b"\r\n"),
        "one line": pem.replace(b"\n", b"").replace(b"-----M", b"-----\nM"),
        "line behind": pem + b"\n",
    }[form]


def pem(form: str) -> Callable[[Desk], bytes]:
    """Replace the home's key with another form of it, signed by the home."""
    return lambda desk: put("home.pem", pem_of(form, desk))(desk)


def zip_of(
    parts: Mapping[str, bytes],
    *,
    kinds: Mapping[str, int] | None = None,
    comment: bytes = b"",
    deflated: bool = False,
    extra: bytes = b"",
) -> bytes:
    """Write a zip."""
    stream = io.BytesIO()
    with ZipFile(stream, "w") as archive:
        for name, content in parts.items():
            info = ZipInfo(f"{TOP}/{name}")
            kind = (kinds or {}).get(name, stat.S_IFREG)
            info.external_attr = (kind | 0o644) << 16
            info.compress_type = ZIP_DEFLATED if deflated else 0
            info.extra = extra
            archive.writestr(info, content)
        archive.comment = comment
    return stream.getvalue()


def in_zip(where: str, by: int, form: str, value: int) -> Callable[[Desk], bytes]:
    """Write a number into the last header of a kind."""
    sign = {"file": b"PK\x03\x04", "list": b"PK\x01\x02", "end": b"PK\x05\x06"}[where]

    def make(desk: Desk) -> bytes:
        content = bytearray(desk.zip)
        struct.pack_into(f"<{form}", content, content.rindex(sign) + by, value)
        return bytes(content)

    return make


def first_in_zip(by: int, form: str, add: int) -> Callable[[Desk], bytes]:
    """Add to a number in the first file header."""

    def make(desk: Desk) -> bytes:
        content = bytearray(desk.zip)
        (value,) = struct.unpack_from(f"<{form}", content, by)
        struct.pack_into(f"<{form}", content, by, value + add)
        return bytes(content)

    return make


def sealed(make: Callable[[Desk], bytes]) -> Callable[[Desk], bytes]:
    """Encrypt a made package, as anyone can."""

    def encrypt(one: Desk) -> bytes:
        command = ["age", "-r", desk().recipient]
        return subprocess.run(
            command, input=make(one), capture_output=True, check=True, timeout=60
        ).stdout

    return encrypt


def armored(one: Desk) -> bytes:
    """Encrypt to armored text."""
    command = ["age", "-a", "-r", desk().recipient]
    return subprocess.run(
        command, input=one.tar, capture_output=True, check=True, timeout=60
    ).stdout


def to_somebody_else(one: Desk) -> bytes:
    """Encrypt to an SSH key."""
    form = serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
    ssh = Ed25519PrivateKey.generate().public_key().public_bytes(*form).decode()
    command = ["age", "-r", ssh]
    return subprocess.run(
        command, input=one.tar, capture_output=True, check=True, timeout=60
    ).stdout


def _folder(name: str) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type = tarfile.DIRTYPE
    return info


def _global_pax() -> bytes:
    return tarfile.TarInfo.create_pax_global_header({"comment": "x"})


def _long_name(name: str) -> bytes:
    """Write a GNU header with the name of the next file."""
    info = tarfile.TarInfo("././@LongLink")
    info.type = tarfile.GNUTYPE_LONGNAME
    info.size = len(name) + 1
    return info.tobuf(tarfile.GNU_FORMAT) + name.encode().ljust(512, b"\0")


def _summed(tar: bytes, at: int, value: bytes) -> bytes:
    """Change the first header of a tar, and correct its checksum."""
    header = bytearray(tar[:512])
    header[at : at + len(value)] = value
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header) + tar[512:]


def _sparse(desk: Desk) -> bytes:
    """Make a sparse tar with GNU tar."""
    for name, content in desk.parts.items():
        path = desk.folder / TOP / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    with (desk.folder / TOP / "data/clip.mp4").open("r+b") as file:
        file.truncate(10 << 20)
    command = ["tar", "--format=gnu", "-S", "--owner=0", "--group=0", "-cf", "-"]
    return subprocess.run(
        [*command, *(f"{TOP}/{name}" for name in desk.parts)],
        cwd=desk.folder,
        capture_output=True,
        check=True,
        timeout=60,
    ).stdout


def _flipped(content: bytes, at: int) -> bytes:
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


def _between(content: bytes) -> bytes:
    """Insert bytes before the central directory, and correct the end record."""
    begin, end = content.index(b"PK\x01\x02"), content.rindex(b"PK\x05\x06")
    changed = bytearray(content)
    struct.pack_into("<L", changed, end + 16, begin + 6)
    return bytes(changed[:begin]) + b"hidden" + bytes(changed[begin:])


def _as_json(token: bytes) -> bytes:
    """Write a token in the JSON serialization, which jose reads too."""
    header, claims, signature = token.decode().split(".")
    whole = {"payload": claims, "protected": header, "signature": signature}
    return json.dumps(whole).encode()


def _info(old: bytes, new: bytes, count: int = 0) -> Callable[[Desk], bytes]:
    """Edit bag-info.txt, signed by the home."""

    def edit(data: bytes) -> bytes:
        found = re.sub(old, new, data, count=count)
        assert found != data
        return found

    return edited("bag-info.txt", edit)


def read_parts_of(desk: Desk) -> Parts:
    """Return the parts of the zip."""
    return read_parts(desk.zipped.package.path)[1]


def set_in(*path: str, to: object) -> Callable[[dict[str, Any]], None]:
    """Change a member of the statement."""

    def edit(share: dict[str, Any]) -> None:
        for name in path[:-1]:
            share = share[name]
        share[path[-1]] = to

    return edit


def in_notice(**said: object) -> Callable[[dict[str, Any]], None]:
    """Add members to the notice, and correct its digest."""

    def edit(share: dict[str, Any]) -> None:
        shown = share["consent"]["pii_processing"]["privacy_notice"]
        shown["notice"] |= said
        shown["digest"] = hashlib.sha256(canonical_json(shown["notice"])).hexdigest()

    return edit


def states(
    edit: Callable[[dict[str, Any]], None] = lambda _: None, **more: Any
) -> Callable[[Desk], bytes]:
    """Change the statement in all places that hold it."""
    return lambda desk: desk.restated(edit, **more)


def spells(old: bytes, new: bytes, **said: object) -> Callable[[Desk], bytes]:
    """Change the spelling of the signed statement."""

    def spell(data: bytes) -> bytes:
        assert old in data
        return data.replace(old, new, 1)

    return lambda desk: desk.restated(in_notice(**said), spell)


def in_other_words(share: dict[str, Any]) -> None:
    """Use the texts of another version, which have the same meaning."""
    share["consent"]["event"]["method"] = "Somebody tapped it."
    (purpose,) = share["consent"]["pii_processing"]["purposes"]
    for name, said in purpose.items():
        if isinstance(said, str):
            purpose[name] = f"As before: {said}"
    share["proves"] = ["That nothing was changed."]
    share["does_not_prove"] = []


SHEET = "data/cover-sheet.txt"
OTHER_SHEET = b"WHAT THE PERSON WAS TOLD\n- The recording has sound.\n"
NUMBERS: dict[str, object] = {
    "integers": [0, -1, 7, 10**17, -(10**17)],
    "floats": [0.0, -0.0, 0.1, 1e-05, 1e16, 1.5e300, 5e-324, 123456.789],
    "more": [0.30000000000000004, 2.0, 1e15, 0.0001, 1 / 3, 100.0, 1e22, -2.5e-7],
}
LETTERS: dict[str, object] = {
    "text": '\x01\x1f\x7f\x85"\\/\b\f\n\r\t\u2028é🚪\ufeff',
    "empty": {},
    "none": [],
}
NUL_IN_WORDS: dict[str, object] = {"no_nul": "\\u0000 \\\\u0000"}
BRACE: dict[str, object] = {"brace": '}],"notice":{"a":"'}


def all_at_once(desk: Desk) -> bytes:
    """Make a package with all unusual forms that readers must accept."""

    def edit(share: dict[str, Any]) -> None:
        in_other_words(share)
        in_notice(**NUMBERS, **LETTERS, **NUL_IN_WORDS, **BRACE)(share)

    path = desk.folder / "stated.tar"
    path.write_bytes(states(edit)(desk))
    made = replace(desk.made, package=replace(desk.made.package, path=path))
    put(SHEET, OTHER_SHEET)(replace(desk, made=made))
    parts = read_parts(desk.folder / "resigned.tar")[1]
    return tar_of(members(dict(reversed(parts.items())))) + bytes(20 * 512)


def behind_the_longest(desk: Desk) -> bytes:
    """Append a byte to a signature of 72 bytes, the most that openssl reads."""
    name = "tagmanifest-sha256.sig"
    for number in range(200):  # a quarter of signatures are that long
        put(SHEET, b"%d" % number)(desk)
        parts = read_parts(desk.folder / "resigned.tar")[1]
        if len(parts[name]) == 72:
            return tar_of(members(parts | {name: parts[name] + b"\n"}))
    raise AssertionError


LONG = "a" * 40

# Both must accept these packages, so that the bad ones are refused only for their changes.
GOOD: dict[str, Callable[[Desk], bytes]] = {
    "as it was decrypted": lambda desk: desk.tar,
    "as it came": lambda desk: desk.made.sealed.path.read_bytes(),
    "encrypted by somebody else": sealed(lambda desk: desk.tar),
    "a zip": lambda desk: desk.zip,
    "packed by tarfile": lambda desk: tar_of(members(desk.parts)),
    "in another order": lambda desk: tar_of(
        members(dict(reversed(desk.parts.items())))
    ),
    "signed anew": lambda desk: desk.resigned(lambda _: None),
    "stated anew": states(),
    "stated in other words": states(in_other_words),
    "a cover sheet in other words": put(SHEET, OTHER_SHEET),
    "more zeros behind": lambda desk: desk.tar + bytes(20 * 512),
    "few zeros behind": lambda desk: (
        desk.tar.rstrip(b"\0") + bytes(-len(desk.tar.rstrip(b"\0")) % 512 + 512)
    ),
    "numbers of all kinds": states(in_notice(**NUMBERS)),
    "letters of all kinds": states(in_notice(**LETTERS)),
    "what looks like a NUL in a text": states(in_notice(**NUL_IN_WORDS)),
    "a brace in a text": states(in_notice(**BRACE)),
    "all of that at once": sealed(all_at_once),
}

TAR: dict[str, Callable[[Desk], bytes]] = {
    "data behind the end": lambda desk: desk.tar + b"more",
    "data behind the end, in a block": lambda desk: desk.tar + b"x" * 512,
    "a byte in the last block": lambda desk: desk.tar[:-1] + b"x",
    "a tar behind the end": lambda desk: desk.tar + desk.tar,
    "a byte behind a file": lambda desk: desk.tar.replace(b"UTF-8\n\0", b"UTF-8\n!", 1),
    "data in front": lambda desk: b"x" * 512 + desk.tar,
    "zeros in front": lambda desk: bytes(512) + desk.tar,
    "nothing": lambda _: b"",
    "one byte": lambda _: b"x",
    "zeros": lambda _: bytes(10240),
    "cut in a file": lambda desk: desk.tar[: len(desk.tar) // 2],
    "cut in a header": lambda desk: desk.tar[:300],
    "cut at the end": lambda desk: desk.tar.rstrip(b"\0"),
    "no zeros behind": lambda desk: (
        desk.tar.rstrip(b"\0") + bytes(-len(desk.tar.rstrip(b"\0")) % 512)
    ),
    "compressed": lambda desk: gzip.compress(desk.tar),
    "a file twice": lambda desk: tar_of(
        members(desk.parts) + members({"home.pem": desk.parts["home.pem"]})
    ),
    "a file more": lambda desk: tar_of(members(desk.parts | {"run.sh": b"x"})),
    "an empty file more": lambda desk: tar_of(members(desk.parts | {"data/x": b""})),
    "a hidden file more": lambda desk: tar_of(members(desk.parts | {".a": b""})),
    "two bags": lambda desk: tar_of(
        members(desk.parts) + members({"home.pem": b"x"}, "doorwatch-b")
    ),
    "a folder": lambda desk: tar_of(
        [(_folder(f"{TOP}/data/"), b""), *members(desk.parts)]
    ),
    "another folder": lambda desk: tar_of(members(desk.parts, "evil")),
    "too long a folder": lambda desk: tar_of(
        members(desk.parts, f"doorwatch-{'x' * 65}")
    ),
    "another share's folder": lambda desk: tar_of(members(desk.parts, "doorwatch-b")),
    "an absolute path": odd_first(name=f"/{TOP}/bagit.txt"),
    "a path upward": odd_first(name=f"{TOP}/../{TOP}/bagit.txt"),
    "a path upward in front": odd_first(name=f"../{TOP}/bagit.txt"),
    "a dot in a path": odd_first(name=f"./{TOP}/bagit.txt"),
    "two slashes": odd_first(name=f"{TOP}//bagit.txt"),
    "a line feed in a name": odd_first(name=f"{TOP}/bagit.txt\n"),
    "a link": odd_first(type=tarfile.SYMTYPE, linkname="/etc/passwd", size=0),
    "a hard link": odd_first(type=tarfile.LNKTYPE, linkname=f"{TOP}/home.pem", size=0),
    "a device": odd_first(type=tarfile.CHRTYPE, size=0),
    "a fifo": odd_first(type=tarfile.FIFOTYPE, size=0),
    "an old kind of file": odd_first(type=tarfile.AREGTYPE),
    "a contiguous file": odd_first(type=tarfile.CONTTYPE),
    "an unknown kind of file": odd_first(type=b"Z"),
    "a pax header": odd_first(tarfile.PAX_FORMAT, pax_headers={"comment": "x" * 10}),
    "a pax header with another path": odd_first(
        tarfile.PAX_FORMAT, pax_headers={"path": f"{TOP}/bagit.txt"}
    ),
    "a pax header with another size": odd_first(
        tarfile.PAX_FORMAT, pax_headers={"size": "1"}
    ),
    "a pax header for all": lambda desk: _global_pax() + desk.tar,
    "a GNU header": odd_first(tarfile.GNU_FORMAT),
    "a long name of GNU": lambda desk: _long_name(f"{TOP}/bagit.txt") + desk.tar,
    "another mode": odd_first(mode=0o600),
    "no mode": odd_first(mode=0),
    "an owner": odd_first(uid=1000),
    "an owner's name": odd_first(uname="root"),
    "a group": odd_first(gname="root"),
    "a link's name without a link": odd_first(linkname="x"),
    "a number of a device": lambda desk: _summed(desk.tar, 329, b"0000001\0"),
    "a wrong sum": lambda desk: desk.tar[:148] + b"0000000" + desk.tar[155:],
    "a size below zero": lambda desk: _summed(desk.tar, 124, b"-0000000001\0"),
    "a size in base 256": lambda desk: _summed(
        desk.tar, 124, b"\x80" + bytes(9) + len(desk.parts["bagit.txt"]).to_bytes(2)
    ),
    "a size with spaces": lambda desk: _summed(
        desk.tar, 124, b"%11o " % len(desk.parts["bagit.txt"])
    ),
    "a prefix": lambda desk: _summed(
        _summed(desk.tar, 0, b"bagit.txt".ljust(100, b"\0")), 345, TOP.encode()
    ),
    "something behind a name": lambda desk: _summed(desk.tar, 99, b"x"),
    "something behind a header": lambda desk: _summed(desk.tar, 511, b"x"),
    "a hole": lambda desk: _sparse(desk),
}


def without(part: str) -> Callable[[Desk], bytes]:
    """Remove a part."""
    return lambda desk: tar_of(
        members({name: one for name, one in desk.parts.items() if name != part})
    )


for part in PARTS:
    TAR[f"without {part}"] = without(part)
    TAR[f"{part} is empty"] = raw(part, lambda _: b"")
    TAR[f"a byte more in {part}"] = raw(part, lambda data: data + b"\n")
    TAR[f"a byte changed in {part}"] = raw(part, lambda data: b"\x01" + data[1:])

AGE: dict[str, Callable[[Desk], bytes]] = {
    "data behind the end of the tar in it": sealed(lambda desk: desk.tar + b"more"),
    "a byte changed in the tar in it": sealed(raw("home.pem", lambda _: b"x")),
    "nothing in it": sealed(lambda _: b""),
    "a zip in it": sealed(lambda desk: desk.zip),
    "age twice": sealed(lambda desk: desk.made.sealed.path.read_bytes()),
    "data behind age": lambda desk: desk.made.sealed.path.read_bytes() + b"x",
    "age cut off": lambda desk: desk.made.sealed.path.read_bytes()[:-1],
    "age cut in its header": lambda desk: desk.made.sealed.path.read_bytes()[:80],
    "a byte changed in age": lambda desk: _flipped(
        desk.made.sealed.path.read_bytes(), 5000
    ),
    "armored": armored,
    "to an SSH key": to_somebody_else,
    "to another identity": lambda one: (
        subprocess.run(
            ["age", "-r", make_identity().recipient],
            input=one.tar,
            capture_output=True,
            check=True,
            timeout=60,
        ).stdout
    ),
    "another version of age": lambda desk: desk.made.sealed.path.read_bytes().replace(
        b"/v1\n", b"/v2\n", 1
    ),
    "age as text": lambda desk: desk.made.sealed.path.read_bytes().replace(
        b"\n", b"\r\n"
    ),
}

LISTS: dict[str, Callable[[Desk], bytes]] = {
    f"{what} in {name}": lists_edited(name, edit)
    for name in ("manifest-sha256.txt", "tagmanifest-sha256.txt")
    for what, edit in {
        "capitals": lambda data: data[:64].upper() + data[64:],
        "CRLF": lambda data: data.replace(b"\n", b"\r\n"),
        "a form feed": lambda data: data.replace(b"\n", b"\x0c\n", 1),
        "an empty line": lambda data: data + b"\n",
        "no last line feed": lambda data: data[:-1],
        "a remark": lambda data: b"# made today\n" + data,
        "a byte order mark": lambda data: b"\xef\xbb\xbf" + data,
        "one space": lambda data: data.replace(b"  ", b" ", 1),
        "a star": lambda data: data.replace(b"  ", b" *", 1),
        "a backslash": lambda data: b"\\" + data,
        "a dot and a slash": lambda data: data.replace(b"  ", b"  ./", 1),
        "an absolute path": lambda data: data.replace(b"  ", b"  /", 1),
        "a path upward": lambda data: data + b"0" * 64 + b"  ../../etc/passwd\n",
        "a line twice": lambda data: data + data.splitlines(keepends=True)[0],
        "a line less": lambda data: b"".join(data.splitlines(keepends=True)[1:]),
        "a digest cut off": lambda data: data[1:],
        "another digest": lambda data: b"0" * 64 + data[64:],
        "a NUL": lambda data: data + b"\0",
        "nothing": lambda _: b"",
    }.items()
}

BAG: dict[str, Callable[[Desk], bytes]] = {
    "another version of BagIt": put(
        "bagit.txt", b"BagIt-Version: 0.97\nTag-File-Character-Encoding: UTF-8\n"
    ),
    "another encoding": put(
        "bagit.txt", b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-16\n"
    ),
    "half a bagit.txt": put("bagit.txt", b"BagIt-Version: 1.0\n"),
    "CRLF in bagit.txt": edited("bagit.txt", lambda data: data.replace(b"\n", b"\r\n")),
    "a byte order mark in bagit.txt": edited(
        "bagit.txt", lambda data: b"\xef\xbb\xbf" + data
    ),
    "another size in bag-info.txt": _info(rb"Oxum: .*", b"Oxum: 1.3"),
    "another share in bag-info.txt": _info(rb"Identifier: 4.*", b"Identifier: x"),
    "another home in bag-info.txt": _info(rb"(Sender-Identifier: ).*", b"\\1x"),
    "no colon in bag-info.txt": _info(rb": ", b" ", 1),
    "nothing in bag-info.txt": put("bag-info.txt", b""),
    "a line more in bag-info.txt": _info(rb"^", b"Title: x\n"),
    "a line less in bag-info.txt": _info(rb"^.*\n", b""),
    "a line twice in bag-info.txt": _info(rb"^(.*\n)", b"\\1\\1"),
    "CRLF in bag-info.txt": _info(rb"\n", b"\r\n"),
    "no last line feed in bag-info.txt": edited("bag-info.txt", lambda data: data[:-1]),
    "a byte order mark in bag-info.txt": _info(rb"^", b"\xef\xbb\xbf"),
    "no UTF-8 in bag-info.txt": _info(rb"Agent: .*", b"Agent: \xff"),
    "a control character in bag-info.txt": _info(rb"Agent: .*", b"Agent: \x1b[2J"),
    "a NUL in bag-info.txt": _info(rb"Agent: .*", b"Agent: \0"),
    "a line separator in bag-info.txt": _info(
        rb"Agent: .*", "Agent: a\u2028b: c".encode()
    ),
    "a next line in bag-info.txt": _info(rb"Agent: .*", "Agent: a\x85b: c".encode()),
    "a folded line in bag-info.txt": _info(rb"Agent: .*", b"Agent: a\n b: c"),
    "an empty video": put("data/clip.mp4", b""),
    "another video": put("data/clip.mp4", b"x" * 1000),
    "another cover sheet, not signed": raw("data/cover-sheet.txt", lambda _: b"x"),
}

KEYS: dict[str, Callable[[Desk], bytes]] = {
    "a foreign key": lambda desk: desk.resigned(lambda _: None, new_key()),
    "no key": put("home.pem", b"x"),
    "a key of another curve": lambda desk: put(
        "home.pem",
        ec.generate_private_key(ec.SECP384R1())
        .public_key()
        .public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        ),
    )(desk),
    "a private key": lambda desk: put(
        "home.pem",
        desk.made.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
    )(desk),
    **{
        f"key: {form}": pem(form)
        for form in (
            *("compressed", "text in front", "two keys", "another first", "CRLF"),
            *("one line", "line behind"),
        )
    },
    "a signature of nothing": raw("tagmanifest-sha256.sig", lambda _: b""),
    "a byte behind the signature": raw(
        "tagmanifest-sha256.sig", lambda data: data + b"\0"
    ),
    "a byte behind the longest signature": behind_the_longest,
    "a signature of another list": lambda desk: tar_of(
        members(
            desk.parts | {"tagmanifest-sha256.sig": sign_bytes(b"other", desk.made.key)}
        )
    ),
}

JWS: dict[str, Callable[[Desk], bytes]] = {
    "no document": put("share.jws", b"x"),
    "two parts": put("share.jws", b"e30.e30"),
    "nothing signed": edited("share.jws", lambda data: data.rpartition(b".")[0] + b"."),
    "a line feed behind": edited("share.jws", lambda data: data + b"\n"),
    "a line feed in front": edited("share.jws", lambda data: b"\n" + data),
    "a NUL behind": edited("share.jws", lambda data: data + b"\0"),
    "padding": edited("share.jws", lambda data: data + b"=="),
    "another spelling of the signature": edited("share.jws", last_sextet),
    "as JSON": edited("share.jws", _as_json),
    "another signature": edited("share.jws", lambda data: data[:-8] + b"AAAAAAAA"),
    "no algorithm": _claims(lambda data: data, {"alg": "none", "typ": "x"}),
    "another kind": _claims(lambda data: data, {"alg": "ES256", "typ": "JWT"}),
    "no name of the key": _claims(
        lambda data: data, {"alg": "ES256", "typ": DocumentKind.SHARE.value}
    ),
    "another name of the key": _claims(
        lambda data: data,
        {"alg": "ES256", "kid": "x" * 43, "typ": DocumentKind.SHARE.value},
    ),
    "more in the header": lambda desk: _claims(
        lambda data: data,
        {
            "alg": "ES256",
            "crit": [],
            "kid": thumbprint(desk.made.key.public_key()),
            "typ": DocumentKind.SHARE.value,
        },
    )(desk),
    "spaces in the header": lambda desk: _claims(
        lambda data: data,
        json.dumps(
            {
                "alg": "ES256",
                "kid": thumbprint(desk.made.key.public_key()),
                "typ": DocumentKind.SHARE.value,
            }
        ).encode(),
    )(desk),
    "spaces in the claims": _claims(lambda data: data.replace(b":", b": ", 1)),
    "a space behind the claims": _claims(lambda data: data + b" "),
    "a name twice in the claims": _claims(
        lambda data: data.replace(b'"iat"', b'"iat":1,"iat"', 1)
    ),
    "another share in the claims": _claims(
        lambda data: data.replace(b"2026/117", b"2026/118")
    ),
    "claims that are none": _claims(lambda _: b"[]"),
    "an end": states(exp=2**36),
    "an end in the past": states(exp=NOW + 1),
    "something more": states(zzz=1),
    "no time": states(iat=None),
    "a time in the future": states(iat=2**35),
    "a time far in the future": states(iat=10**30),
    "a time below zero": states(iat=-1),
    "half a second": states(iat=NOW + 0.5),
    "true as a time": states(iat=True),
    "a time as text": states(iat=str(NOW)),
    "another agency": states(aud="https://other.example"),
    "several agencies": states(aud=[ORIGIN]),
    "no agency": states(aud=None),
    "another home": states(iss="x" * 43),
    "another number": states(jti="another"),
    "no number": states(jti=None),
}

STATED: dict[str, Callable[[Desk], bytes]] = {
    "share.json that was not signed": edited(
        "data/share.json", lambda data: data.replace(b"2026/117", b"2026/118")
    ),
    "a line feed more": edited("data/share.json", lambda data: data + b"\n"),
    "no line feed": edited("data/share.json", lambda data: data[:-1]),
    "CRLF behind": edited("data/share.json", lambda data: data[:-1] + b"\r\n"),
    "a NUL": edited("data/share.json", lambda data: data[:-1] + b"\0\n"),
    "a byte order mark": edited("data/share.json", lambda data: b"\xef\xbb\xbf" + data),
    "share.json that is none": put("data/share.json", b"[]\n"),
    "an empty one": put("data/share.json", b"{}\n"),
    "another number inside": states(set_in("share_id", to="another")),
    "no number inside": states(lambda share: share.pop("share_id")),
    "a notice that does not fit": states(
        set_in("consent", "pii_processing", "privacy_notice", "digest", to="ab" * 32)
    ),
    "a notice that was changed": states(
        set_in("consent", "pii_processing", "privacy_notice", "notice", "note", to="x")
    ),
    "a digest in capitals": states(
        lambda share: set_in(
            *("consent", "pii_processing", "privacy_notice", "digest"),
            to=notice(share)["digest"].upper(),
        )(share)
    ),
    "no notice": states(lambda share: notice(share).pop("notice")),
    "a notice that is a text": states(
        lambda share: notice(share).update(
            notice="x", digest=hashlib.sha256(b'"x"').hexdigest()
        )
    ),
    "no consent": states(lambda share: share.pop("consent")),
    "consent in a list": states(lambda share: share.update(consent=[share["consent"]])),
    "a consent to another share": states(set_in("consent", "record_id", to="x")),
    "a consent by another home": states(
        set_in("consent", "pii_principal_id", to="x" * 43)
    ),
    "no file": states(lambda share: share.pop("file")),
    "another video inside": states(set_in("file", "sha256", to="ab" * 32)),
    "another size inside": states(set_in("file", "size", to=5)),
    "a size with a point": states(
        lambda share: share["file"].update(size=float(share["file"]["size"]))
    ),
    "a size as text": states(
        lambda share: share["file"].update(size=str(share["file"]["size"]))
    ),
    "the video's digest elsewhere": states(
        lambda share: share.update(
            file={"sha256": "ab" * 32, "size": 5, "z": share["file"]}
        )
    ),
    "a path that looks like another": states(
        lambda share: share.update(
            {"file/sha256": share.pop("file")["sha256"], "file": {}}
        )
    ),
    "a space": spells(b":", b": "),
    "a space in the end": spells(b'"}', b'" }'),
    "a name twice": spells(b'"clip":{', b'"agency":1,"clip":{'),
    "a name twice deep inside": spells(b'"audio":', b'"audio":false,"audio":'),
    "names not in order": spells(b'{"agency":', b'{"zzz":1,"agency":'),
    "a slash that is escaped": spells(b"https://", b"https:\\/\\/"),
    "a letter that is escaped": spells(LONG.encode(), b"\\u0061" + b"a" * 39, x=LONG),
    "an escape in capitals": spells(b"\\u001f", b"\\u001F", x="\x1f"),
    "an escape of its own": spells(b"\\n", b"\\u000a", x="a\nb"),
    "a NUL that is escaped": states(in_notice(x="\0")),
    "half a character": spells(LONG.encode(), b"\\ud800", x=LONG),
    "no UTF-8": spells(LONG.encode(), b"\xff", x=LONG),
    "half a character in UTF-8": spells(LONG.encode(), b"\xed\xa0\x80", x=LONG),
    "too long UTF-8": spells(LONG.encode(), b"\xc0\xaf", x=LONG),
    "a control character": spells(LONG.encode(), b"\x1f", x=LONG),
    "a line feed in a text": spells(LONG.encode(), b"\n", x=LONG),
    "an escape in a name": states(in_notice(**{'a"b': 1})),
    "a number too large": states(in_notice(x=10**30)),
    "a number of no end": spells(b'"x":1', b'"x":1e999', x=1),
    "no number": spells(b'"x":1', b'"x":NaN', x=1),
    "an endless number": spells(b'"x":1', b'"x":Infinity', x=1),
    "a zero in front": spells(b'"x":1', b'"x":01', x=1),
    "a plus": spells(b'"x":1', b'"x":+1', x=1),
    "minus nothing": spells(b'"x":1', b'"x":-0', x=1),
    "a zero behind": spells(b'"x":1.5', b'"x":1.50', x=1.5),
    "an exponent": spells(b'"x":1.5', b'"x":15e-1', x=1.5),
    "a large exponent": spells(b'"x":1e+16', b'"x":1E16', x=1e16),
    "a number written out": spells(b'"x":1e-05', b'"x":0.00001', x=1e-05),
    "too many digits": spells(b'"x":0.1', b'"x":0.1000000000000000055', x=0.1),
    "a hexadecimal number": spells(b'"x":1', b'"x":0x1', x=1),
    "a word": spells(b'"x":true', b'"x":True', x=True),
    "a comma too many": spells(b'"x":[1]', b'"x":[1,]', x=[1]),
    "a comma too few": spells(b'"x":[1,2]', b'"x":[1 2]', x=[1, 2]),
    "nested too deeply": spells(b'"x":1', b'"x":' + b"[" * 70 + b"1" + b"]" * 70, x=1),
    "something behind": lambda desk: desk.restated(spell=lambda data: data + b"{}"),
    "a note behind": lambda desk: desk.restated(spell=lambda data: data + b"//"),
}

ZIP: dict[str, Callable[[Desk], bytes]] = {
    "data behind a zip": lambda desk: desk.zip + b"x",
    "data in front of a zip": lambda desk: b"x" + desk.zip,
    "a program in front of a zip": lambda desk: b"#!/bin/sh\n" + moved(desk.zip, 10),
    "two zips": lambda desk: desk.zip + moved(desk.zip, len(desk.zip)),
    "a comment": lambda desk: zip_of(read_parts_of(desk), comment=b"x"),
    "a comment that is an end": lambda desk: zip_of(
        read_parts_of(desk), comment=b"PK\x05\x06" + bytes(18)
    ),
    "a zip cut off": lambda desk: desk.zip[:-1],
    "a zip cut in its list": lambda desk: desk.zip[:-100],
    "a zip cut in a file": lambda desk: desk.zip[:5000],
    "two letters": lambda _: b"PK",
    "an empty zip": lambda _: b"PK\x05\x06" + bytes(18),
    "deflated": lambda desk: zip_of(read_parts_of(desk), deflated=True),
    "an extra field": lambda desk: zip_of(
        read_parts_of(desk), extra=struct.pack("<HHBL", 0x7075, 5, 1, 0)
    ),
    "a link in a zip": lambda desk: zip_of(
        read_parts_of(desk) | {"home.pem": b"/etc/passwd"},
        kinds={"home.pem": stat.S_IFLNK},
    ),
    "a device in a zip": lambda desk: zip_of(
        read_parts_of(desk), kinds={"home.pem": stat.S_IFCHR}
    ),
    "a folder in a zip": lambda desk: zip_of(
        read_parts_of(desk), kinds={"home.pem": stat.S_IFDIR}
    ),
    "a file more in a zip": lambda desk: zip_of(read_parts_of(desk) | {"x": b""}),
    "a path upward in a zip": lambda desk: zip_of(
        read_parts_of(desk) | {"../../evil": b""}
    ),
    "an absolute path in a zip": lambda desk: desk.zip.replace(
        f"{TOP}/home.pem".encode(), f"/{TOP[1:]}/home.pem".encode()
    ),
    "a file less in a zip": lambda desk: zip_of(
        {name: one for name, one in read_parts_of(desk).items() if name != "home.pem"}
    ),
    "another name in front": lambda desk: desk.zip.replace(b"home.pem", b"HOME.pem", 1),
    "a NUL in a name": lambda desk: desk.zip.replace(b"home.pem", b"home.pe\0"),
    "a backslash in a name": lambda desk: desk.zip.replace(b"/home.pem", b"\\home.pem"),
    "a byte between": lambda desk: _between(desk.zip),
    "the video changed": lambda desk: _flipped(desk.zip, 3000),
    "a locked file": first_in_zip(6, "H", 1),
    "another method": first_in_zip(8, "H", 8),
    "another time in front": first_in_zip(10, "H", 1),
    "another checksum in front": first_in_zip(14, "L", 1),
    "another packed size in front": first_in_zip(18, "L", 1),
    "another size in front": first_in_zip(22, "L", 1),
    "another length of a name in front": first_in_zip(26, "H", 1),
    "an extra field in front": first_in_zip(28, "H", 1),
    "a locked file in the list": in_zip("list", 8, "H", 1),
    "another method in the list": in_zip("list", 10, "H", 8),
    "another time in the list": in_zip("list", 12, "L", 5),
    "another checksum in the list": in_zip("list", 16, "L", 5),
    "another packed size in the list": in_zip("list", 20, "L", 5),
    "another size in the list": in_zip("list", 24, "L", 5),
    "a comment in the list": in_zip("list", 32, "H", 1),
    "on another disk": in_zip("list", 34, "H", 1),
    "a label of DOS": in_zip("list", 38, "L", 0x81A40008),
    "another place in the list": in_zip("list", 42, "L", 5),
    "the end on another disk": in_zip("end", 4, "H", 1),
    "fewer listed here": in_zip("end", 8, "H", 9),
    "fewer listed": in_zip("end", 10, "H", 9),
    "another length of the list": in_zip("end", 12, "L", 5),
    "another place of the list": in_zip("end", 16, "L", 5),
    "Zip64 that is not there": in_zip("end", 16, "L", 0xFFFFFFFF),
    "a comment that is not there": in_zip("end", 20, "H", 1),
}

BAD = {
    f"{kind}: {name}": make
    for kind, listed in {
        "tar": TAR,
        "age": AGE,
        "lists": LISTS,
        "bag": BAG,
        "key": KEYS,
        "jws": JWS,
        "statement": STATED,
        "zip": ZIP,
    }.items()
    for name, make in listed.items()
}


# Ordinary runs use only these cases: one for each container, and one for each reason of the
# script or the command to refuse a package.
GOOD_KEPT = (
    *("as it was decrypted", "as it came", "a zip", "few zeros behind"),
    "all of that at once",
)
BAD_KEPT = (
    "tar: data behind the end",
    "tar: a byte behind a file",
    "tar: data in front",
    "tar: cut in a file",
    "tar: a file twice",
    "tar: a file more",
    "tar: two bags",
    "tar: a folder",
    "tar: another folder",
    "tar: another share's folder",
    "tar: a pax header",
    "tar: a GNU header",
    "tar: a size below zero",
    "tar: without bagit.txt",
    "tar: bagit.txt is empty",
    "tar: bag-info.txt is empty",
    "tar: manifest-sha256.txt is empty",
    "tar: tagmanifest-sha256.txt is empty",
    "tar: a byte more in tagmanifest-sha256.txt",
    "tar: tagmanifest-sha256.sig is empty",
    "tar: data/cover-sheet.txt is empty",
    "tar: a path upward in front",
    "tar: a hole",
    "age: data behind age",
    "age: age cut in its header",
    "age: armored",
    "age: to an SSH key",
    "age: to another identity",
    "age: another version of age",
    "lists: no last line feed in manifest-sha256.txt",
    "lists: a dot and a slash in manifest-sha256.txt",
    "lists: a star in tagmanifest-sha256.txt",
    "lists: a line twice in manifest-sha256.txt",
    "bag: another size in bag-info.txt",
    "bag: another home in bag-info.txt",
    "bag: no colon in bag-info.txt",
    "bag: nothing in bag-info.txt",
    "bag: CRLF in bag-info.txt",
    "bag: no UTF-8 in bag-info.txt",
    "bag: a line separator in bag-info.txt",
    "bag: an empty video",
    "key: a foreign key",
    "key: a key of another curve",
    "key: a private key",
    "key: key: compressed",
    "jws: no document",
    "jws: another spelling of the signature",
    "jws: no algorithm",
    "jws: another kind",
    "jws: spaces in the claims",
    "jws: another share in the claims",
    "jws: an end",
    "jws: no time",
    "jws: a time in the future",
    "jws: another agency",
    "jws: another home",
    "jws: another number",
    "statement: a line feed more",
    "statement: no line feed",
    "statement: CRLF behind",
    "statement: a byte order mark",
    "statement: a notice that does not fit",
    "statement: names not in order",
    "statement: a name twice deep inside",
    "statement: an escape of its own",
    "statement: a zero behind",
    "statement: nested too deeply",
    "statement: too long UTF-8",
    "statement: a path that looks like another",
    "statement: consent in a list",
    "zip: a comment",
    "zip: a zip cut in a file",
    "zip: deflated",
    "zip: an extra field",
    "zip: another name in front",
    "zip: a NUL in a name",
    "zip: a byte between",
    "zip: a locked file",
    "zip: another time in front",
    "zip: another packed size in front",
    "zip: fewer listed here",
)


@pytest.fixture
def bench(made: Made, handed_over: Made, tmp_path: Path) -> Desk:
    """Return a desk with good packages."""
    return Desk(made=made, zipped=handed_over, folder=tmp_path)


@pytest.mark.parametrize("name", named(GOOD_KEPT, GOOD))
def test_both_accept_what_is_good(
    bench: Desk, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    """Unusual packages with a single meaning are good."""
    command, script, words = said_by_both(bench, GOOD[name](bench), capsys)
    assert (command, script) == (0, 0), words


@pytest.mark.parametrize("name", named(BAD_KEPT, BAD))
def test_both_refuse_what_is_bad(
    bench: Desk, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    """Any of the readers may detect the fault."""
    command, script, words = said_by_both(bench, BAD[name](bench), capsys)
    assert (command, script) == (1, 1), words

"""The intake logs a line for each event, within limits, and without private data."""

import http.client
from pathlib import Path
import re

import pytest

from tests.engine.sharing.evidence import SHARE_ID, new_key

from .office import Office

CONTENT = bytes(range(256)) * 100
CODE = "a code of twelve or more"
OTHER = "o" * 32


def events(office: Office) -> list[str]:
    """Return the log lines of the events, without those of start and stop."""
    return [
        line
        for line in office.intake.said()
        if not line.startswith(("listening", "warning", "hint", "stopped"))
    ]


def test_a_line_for_each_event_in_the_life_of_a_share(tmp_path: Path) -> None:
    """Each line has the time in UTC and the share id."""
    office = Office(tmp_path)
    with office.intake:
        assert office.create(len(CONTENT)) == 201
        assert office.patch(CONTENT[:1000]) == 204
        assert office.patch(CONTENT[1000:2000], 1000) == 204
        office.intake.kill()
        office.intake.start()
        assert office.patch(CONTENT[2000:], 2000) == 204
        assert office.receipt()[0] == 200
        assert office.receipt()[0] == 200
        token = office.withdrawal(CONTENT)
        assert office.withdraw(token)[0] == 200
        assert office.withdraw(token)[0] == 200
        assert office.create(10, OTHER) == 201
        assert office.call("DELETE", f"/uploads/{OTHER}", Tus_Resumable="1.0.0")[0]
        office.intake.stop()
    assert events(office) == [
        f"begun {SHARE_ID} 25600 bytes",
        f"resumed {SHARE_ID} at 2000 of 25600 bytes",
        f"arrived {SHARE_ID} 25600 bytes, receipt given",
        f"receipt fetched {SHARE_ID}",
        f"withdrawal asked {SHARE_ID}",
        f"withdrawal done {SHARE_ID}, deleted from the inbox",
        f"begun {OTHER} 10 bytes",
        f"removed {OTHER}, its home gave up",
    ]
    for line in office.intake.log.read_text().splitlines():
        assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z [a-z]", line)
    assert office.intake.said()[-1] == "stopped"


def test_why_there_is_no_receipt_and_when_there_is_one(tmp_path: Path) -> None:
    """The package is accepted without a receipt, and the log gives the reason."""
    office = Office(tmp_path)
    document = office.intake.public / ".well-known/doorwatch-agency"
    kept = document.read_text()
    with office.intake:
        document.unlink()
        office.upload(CONTENT)
        document.write_text("spoilt")
        office.upload(CONTENT, OTHER)
        document.write_text(kept)
        assert office.receipt()[0] == 200
    assert events(office) == [
        f"begun {SHARE_ID} 25600 bytes",
        f"arrived {SHARE_ID} 25600 bytes, no receipt: no document is published",
        f"begun {OTHER} 25600 bytes",
        f"error unreadable doorwatch-agency (receipt of {OTHER})",
        f"arrived {OTHER} 25600 bytes, no receipt: unreadable doorwatch-agency",
        f"receipt given {SHARE_ID}",
        f"receipt fetched {SHARE_ID}",
    ]


def test_a_withdrawal_that_waits_is_said_once(tmp_path: Path) -> None:
    """Repeated requests of the home are not logged."""
    office = Office(tmp_path)
    with office.intake:
        office.upload(CONTENT)
        office.package.unlink()
        token = office.withdrawal(CONTENT)
        for _ in range(3):
            assert office.withdraw(token)[0] == 200
    assert events(office)[2:] == [
        f"withdrawal asked {SHARE_ID}",
        f"withdrawal waits {SHARE_ID}, the package was taken or opened",
    ]


def test_what_is_refused_and_why(tmp_path: Path) -> None:
    """The log names a share id only if the request had the upload code."""
    office = Office(tmp_path, max_bytes=100_000, upload_code=CODE)
    tus = {"Tus_Resumable": "1.0.0", "Authorization": f"Bearer {CODE}"}
    with office.intake:
        assert office.create(10) == 401
        assert office.call("HEAD", f"/uploads/{OTHER}", b"", **tus)[0] == 404
        assert office.call("GET", f"/uploads/{OTHER}", b"", **tus)[0] == 405
        assert office.call("POST", "/uploads", b"", **tus)[0] == 400
        assert (
            office.call("POST", "/uploads", b"", Upload_Concat="partial", **tus)[0]
            == 501
        )
        del tus["Tus_Resumable"]
        assert office.call("HEAD", f"/uploads/{OTHER}", b"", **tus)[0] == 412
        assert office.withdraw("nothing")[0] == 400
        assert office.withdraw(office.withdrawal(b""))[0] == 404
        assert office.withdraw(office.withdrawal(b"", key=new_key()))[0] == 403
    assert events(office) == [
        "refused 401 upload code required",
        f"refused {OTHER} 404 unknown share",
        "refused 405 packages can't be downloaded",
        "refused 400 malformed",
        "refused 501 not offered",
        "refused 412 no tus version",
        "refused 400 not a withdrawal",
        "refused 404 unknown share",
        "refused 403 not signed by that home for this agency",
    ]


def test_conflicts_and_limits_name_the_share(tmp_path: Path) -> None:
    """An officer can then tell a home what happened to its share."""
    office = Office(tmp_path, max_bytes=100_000, uploads_per_minute=1)
    with office.intake:
        assert office.create(10) == 201
        assert office.create(11) == 409
        assert office.patch(b"x", 5) == 409
        assert office.create(10, OTHER) == 429
        assert office.create(100_001) == 413
    assert events(office)[1:] == [
        f"refused {SHARE_ID} 409 this share already exists with a different size or home",
        f"refused {SHARE_ID} 409 other offset",
        f"refused {OTHER} 429 too many requests, try again later",
        f"refused {SHARE_ID} 413 too large",
    ]


def test_a_flood_is_counted_not_written(tmp_path: Path) -> None:
    """A client can't fill the disk with log lines."""
    office = Office(tmp_path, upload_code=CODE)
    with office.intake:
        connection = http.client.HTTPConnection("127.0.0.1", office.intake.port, 60)
        for _ in range(400):
            connection.request("HEAD", f"/uploads/{OTHER}")
            response = connection.getresponse()
            response.read()
            assert response.status == 401
        office.intake.stop()
    lines = [line for line in office.intake.said() if " 401 " in line]
    refused = "refused 401 upload code required"
    said = lines.count(refused)
    counted = [
        int(found.group(1))
        for line in lines
        if (found := re.fullmatch(rf"in this minute also (\d+) x {refused}", line))
    ]
    assert said + len(counted) == len(lines) < 20
    assert said + sum(counted) == 400


def test_no_address_no_code_and_nothing_of_a_package_is_written(tmp_path: Path) -> None:
    """No request header or body is logged, whether the request is accepted or refused."""
    secrets = [
        *("198.51.100.7", "home.example.net", "wrongcodewrongcode", "agentagent"),
        *("namednamednamed", "metametameta", "bodybodybody", "queryquery"),
    ]
    address, host, wrong, agent, named, meta, body, query = secrets
    office = Office(tmp_path, upload_code=CODE)
    spread = {
        "X_Forwarded_For": address,
        "Forwarded": f"for={address}",
        "X_Real_IP": address,
        "Host": host,
        "User_Agent": agent,
    }
    good = spread | {"Tus_Resumable": "1.0.0", "Authorization": f"Bearer {CODE}"}
    with office.intake:
        call = office.call
        for token in (CODE, wrong):
            headers = good | {"Authorization": f"Bearer {token}"}
            for more in ({}, {"Upload_Length": named}, {"Upload_Offset": named}):
                for method in ("POST", "PATCH", "HEAD", "DELETE", "OPTIONS", "PUT"):
                    path = f"/uploads/{named}.{query}?{query}={address}"
                    call(method, path, body.encode(), **headers, **more)
                    call(method, f"/{query}", body.encode(), **headers, **more)
            headers["Upload_Length"] = "5"
            call("POST", "/uploads", b"", **headers, Upload_Metadata=f"{meta} {meta}")
        call("POST", "/withdrawals", body.encode(), Content_Type="application/jose")
        call("POST", "/withdrawals", body.encode(), Content_Type=named)
        call("GET", f"//{query}:x/", b"", **good)
        office.intake.stop()
    text = office.intake.log.read_text().lower()
    assert text.count("refused") > 10
    for secret in [*secrets, CODE, "127.0.0.1:"]:
        lines = [line for line in text.splitlines() if " listening on " not in line]
        assert secret not in "\n".join(lines), secret


@pytest.mark.parametrize("name", ["record", "note"])
def test_a_record_that_cannot_be_read_stops_nothing_else(
    tmp_path: Path, name: str
) -> None:
    """The error names the file without its content."""
    office = Office(tmp_path)
    with office.intake:
        office.upload(CONTENT)
        office.upload(CONTENT, OTHER)
        assert office.withdraw(office.withdrawal(CONTENT))[0] == 200
    folder = {"record": ".incoming", "note": ".withdrawals"}[name]
    (office.intake.inbox / folder / f"{SHARE_ID}.json").write_text("spoilt words")
    with office.intake:
        assert office.receipt(OTHER)[0] == 200
    assert f"error unreadable {SHARE_ID}.json" in office.intake.said()
    assert "spoilt" not in office.intake.log.read_text()

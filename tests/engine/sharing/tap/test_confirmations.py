"""Test that a confirmation is valid for exactly one tap."""

from collections.abc import Callable
import copy
from dataclasses import replace
from pathlib import Path
import pickle
import re
from typing import Any

import mypy.api
import pytest

from custom_components.doorwatch.engine.sharing.model import Intent
from custom_components.doorwatch.engine.sharing.tap.confirmations import (
    LIFETIME,
    ConfirmationRefused,
    Confirmations,
    Confirmed,
    _Token,
)
from tests.engine.sharing.outbox.parts import confirmed, make_document, make_intent

DOCUMENT = make_document("https://agency.example/uploads")


class _Time:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> _Time:
    """Return a clock."""
    return _Time()


@pytest.fixture
def confirmations(clock: _Time) -> Confirmations:
    """Return the pending confirmations."""
    return Confirmations(clock)


@pytest.fixture
def intent(tmp_path: Path) -> Intent:
    """Return the intent that is shown to the person."""
    return make_intent(tmp_path, DOCUMENT)


ALL_THAT_IS_SHOWN: list[dict[str, Any]] = [
    {"issuer": "x"},
    {"root_thumbprint": "x"},
    {"terms_digest": "x"},
    {"upload_origin": "x"},
    {"name": "x"},
    {"jurisdiction": "x"},
    {"contact": "x"},
    {"recipients": ("x",)},
]
CONNECTION = object()


def _seen() -> bool:
    """Act as a preview that was seen."""
    return True


def _tap(confirmations: Confirmations, token: str | None, **changes: Any) -> Intent:
    """Redeem a token as a tap does, with these changes."""
    arguments: dict[str, Any] = {
        "connection": CONNECTION,
        "user_id": "user",
        "clip_id": "0193-clip",
        "agency_id": "agency",
        "agency": DOCUMENT.as_shown,
    }
    return confirmations.redeem(token, **(arguments | changes)).intent


def test_a_tap_gets_what_was_shown_once(
    confirmations: Confirmations, intent: Intent
) -> None:
    token = confirmations.issue(CONNECTION, intent, _seen)
    assert _tap(confirmations, token) is intent
    with pytest.raises(ConfirmationRefused) as caught:
        _tap(confirmations, token)
    assert caught.value.reason == "unknown"
    assert caught.value.problem == "confirmation_required"


def test_what_nobody_could_have_seen_is_refused_until_somebody_could(
    confirmations: Confirmations, intent: Intent
) -> None:
    """The preview is checked at the tap, and the token remains valid after a refusal."""
    seen = False
    token = confirmations.issue(CONNECTION, intent, lambda: seen)
    with pytest.raises(ConfirmationRefused) as caught:
        _tap(confirmations, token)
    assert caught.value.reason == "preview_unseen"
    seen = True
    assert _tap(confirmations, token) is intent


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"connection": object()}, "other_connection"),
        ({"connection": None}, "other_connection"),
        ({"user_id": "somebody"}, "other_user"),
        ({"user_id": None}, "other_user"),
        ({"clip_id": "another"}, "other_clip"),
        ({"agency_id": "another"}, "other_agency"),
        ({"agency": None}, "agency_changed"),
        *(
            ({"agency": replace(DOCUMENT.as_shown, **changes)}, "agency_changed")
            for changes in ALL_THAT_IS_SHOWN
        ),
    ],
)
def test_anything_else_is_refused_and_uses_nothing_up(
    confirmations: Confirmations,
    intent: Intent,
    changes: dict[str, object],
    reason: str,
) -> None:
    token = confirmations.issue(CONNECTION, intent, _seen)
    with pytest.raises(ConfirmationRefused) as caught:
        _tap(confirmations, token, **changes)
    assert caught.value.reason == reason
    assert token not in str(caught.value)
    assert _tap(confirmations, token) is intent


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        (None, "missing"),
        ("", "missing"),
        ("guess", "unknown"),
        ("\N{SNOWMAN}", "unknown"),
        ("\ud800", "unknown"),
        (5, "unknown"),
    ],
)
def test_no_token_and_a_wrong_one_are_refused(
    confirmations: Confirmations, intent: Intent, token: Any, reason: str
) -> None:
    confirmations.issue(CONNECTION, intent, _seen)
    with pytest.raises(ConfirmationRefused) as caught:
        _tap(confirmations, token)
    assert caught.value.reason == reason


def test_it_lives_ten_minutes(
    confirmations: Confirmations, intent: Intent, clock: _Time
) -> None:
    token = confirmations.issue(CONNECTION, intent, _seen)
    clock.now += LIFETIME
    with pytest.raises(ConfirmationRefused) as caught:
        _tap(confirmations, token)
    assert caught.value.reason == "expired"
    token = confirmations.issue(CONNECTION, intent, _seen)
    clock.now += LIFETIME - 0.01
    assert _tap(confirmations, token) is intent


@pytest.mark.parametrize("how", ["replaced", "longer", "removed"])
def test_another_file_in_its_place_is_refused(
    confirmations: Confirmations, intent: Intent, how: str
) -> None:
    token = confirmations.issue(CONNECTION, intent, _seen)
    path = intent.staged.path
    if how == "replaced":
        other = path.with_name("other")
        other.write_bytes(b"x" * intent.staged.size)
        other.replace(path)
    elif how == "longer":
        path.write_bytes(b"longer than before")
    else:
        path.unlink()
    with pytest.raises(ConfirmationRefused) as caught:
        _tap(confirmations, token)
    assert caught.value.reason == "staged_changed"


def test_a_closed_dialog_leaves_nothing_to_tap(
    confirmations: Confirmations, intent: Intent
) -> None:
    token = confirmations.issue(CONNECTION, intent, _seen)
    other = confirmations.issue(CONNECTION, intent, _seen)
    assert confirmations.drop(token) is intent
    with pytest.raises(ConfirmationRefused):
        _tap(confirmations, token)
    assert _tap(confirmations, other) is intent


def test_tokens_are_long_and_differ(
    confirmations: Confirmations, intent: Intent
) -> None:
    tokens = {confirmations.issue(CONNECTION, intent, _seen) for _ in range(100)}
    assert len(tokens) == 100
    assert min(map(len, tokens)) >= 43  # 256 bits in base64


def test_another_request_than_the_one_shown_is_not_answered(
    confirmations: Confirmations, intent: Intent
) -> None:
    """The token remains valid, because the request may be published unchanged again."""
    problem: list[str | None] = ["request_closed"]
    token = confirmations.issue(CONNECTION, intent, lambda: True, lambda: problem[0])
    given: dict[str, Any] = {
        "connection": CONNECTION,
        "user_id": intent.user_id,
        "clip_id": intent.clip.clip_id,
        "agency_id": intent.agency_id,
        "agency": intent.agency,
    }
    with pytest.raises(ConfirmationRefused) as err:
        confirmations.redeem(token, **given)
    assert err.value.reason == err.value.problem == "request_closed"
    # The reason is only returned on the connection that showed the request.
    with pytest.raises(ConfirmationRefused) as err:
        confirmations.redeem(token, **given | {"connection": object()})
    assert err.value.problem == "confirmation_required"
    problem[0] = None
    assert confirmations.redeem(token, **given).intent is intent


@pytest.mark.parametrize(
    "copied", [replace, copy.copy, copy.deepcopy, copy.replace, pickle.dumps]
)
def test_what_was_confirmed_cannot_be_copied(
    intent: Intent, copied: Callable[[Any], object]
) -> None:
    with pytest.raises(TypeError):
        copied(confirmed(intent))


def test_what_was_confirmed_is_shared_once(intent: Intent) -> None:
    one = confirmed(intent)
    assert one.use() is intent
    with pytest.raises(TypeError):
        one.use()


def test_only_a_redemption_confirms(intent: Intent) -> None:
    made: Any = Confirmed
    for tokens in ((), (object(),), (_Token(),)):
        with pytest.raises(TypeError):
            made(intent, *tokens)


# Other files are not checked, to save time.
_MYPY_CONFIG = """
[mypy]
explicit_package_bases = True
follow_imports = skip
[mypy-{0}.model,{0}.outbox.jobs,{0}.outbox.outbox,{0}.tap.confirmations]
follow_imports = silent
"""
_ATTEMPTS = """
from {0}.model import Intent, StoppedBy
from {0}.outbox.jobs import StoppedBySystem
from {0}.outbox.outbox import Outbox
from {0}.tap.confirmations import Confirmed

async def attempts(outbox: Outbox, confirmed: Confirmed, intent: Intent) -> None:
    await outbox.add(confirmed, cancel_window=10)
    await outbox.add(intent, cancel_window=10)  # refused
    Confirmed(intent)  # refused
    Confirmed(intent, object())  # refused
    await outbox.cancel("share", StoppedBy("user"))
    await outbox.cancel("share", StoppedBy(None))  # refused
    await outbox.cancel("share", StoppedBySystem("agency_changed"))  # refused
    await outbox.withdraw("share", user_id="user")
    await outbox.withdraw("share", user_id=None)  # refused
    await outbox.withdraw("share")  # refused

class Another(Confirmed): ...  # refused
"""


def test_mypy_refuses_other_ways_into_the_outbox(tmp_path: Path) -> None:
    """Intents, new `Confirmed` objects, and stops and withdrawals without a person are refused."""
    package = "custom_components.doorwatch.engine.sharing"
    config = tmp_path / "mypy.ini"
    config.write_text(_MYPY_CONFIG.format(package))
    attempts = _ATTEMPTS.format(package)

    said, _, _ = mypy.api.run(
        [f"--config-file={config}", "--cache-dir=/dev/null", "-c", attempts]
    )

    refused = {int(line) for line in re.findall(r"<string>:(\d+): error", said)}
    lines = enumerate(attempts.splitlines(), 1)
    assert refused == {at for at, line in lines if line.endswith("# refused")}, said

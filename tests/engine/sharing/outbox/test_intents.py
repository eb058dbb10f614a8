"""Test storing what a person confirmed."""

from pathlib import Path

import pytest

from custom_components.doorwatch.engine.sharing.outbox.intents import (
    confirmed,
    intent_from_json,
    intent_to_json,
)

from .old_outbox import old_intent
from .parts import answering, make_document, make_intent


def test_an_intent_survives_being_written_down(tmp_path: Path) -> None:
    intent = make_intent(tmp_path, make_document("https://agency.example/uploads"))
    assert intent_from_json(intent_to_json(intent)) == intent
    answers = answering(intent)
    assert intent_from_json(intent_to_json(answers)) == answers
    with pytest.raises((KeyError, TypeError, ValueError)):
        intent_from_json("{}")


def test_a_request_that_nobody_looked_up_is_left_to_the_notice() -> None:
    """Earlier versions accepted any text as a request id."""
    text = old_intent("https://agency.example").replace(
        '"request_id": null', '"request_id": "2025-1"'
    )
    assert intent_from_json(text).request is None


def test_the_ledger_names_the_request_and_no_more_of_it(tmp_path: Path) -> None:
    """The texts of the request are stored with the share."""
    intent = make_intent(tmp_path, make_document("https://agency.example/uploads"))
    assert "request_id" not in confirmed(intent)
    said = confirmed(answering(intent))
    assert said == {**confirmed(intent), "request_id": "2025-0001"}

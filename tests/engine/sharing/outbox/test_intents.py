"""What a person saw survives a restart."""

from pathlib import Path

import pytest

from custom_components.doorwatch.engine.sharing.outbox.intents import (
    intent_from_json,
    intent_to_json,
)

from .parts import make_document, make_intent


def test_an_intent_survives_being_written_down(tmp_path: Path) -> None:
    """An intent survives being written down."""
    intent = make_intent(tmp_path, make_document("https://agency.example/uploads"))
    assert intent_from_json(intent_to_json(intent)) == intent
    with pytest.raises((KeyError, TypeError, ValueError)):
        intent_from_json("{}")

"""What concerns a home of all that agencies ask."""

from custom_components.doorwatch.requests.board import board
from tests.sharing_fixtures import Home


async def test_without_agencies_that_ask_nothing_concerns_a_home(home: Home) -> None:
    """Nor is there anything about other places."""
    assert board(home.hass).concerns == ()
    assert board(home.hass).elsewhere == 0

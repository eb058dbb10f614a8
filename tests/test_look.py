"""A confirmation is good only once its preview could have been looked at."""

from .sharing_fixtures import Home, prepare, tap


async def test_a_preview_that_nobody_fetched_cannot_be_shared(home: Home) -> None:
    """The tap is refused and counted, and uses nothing up."""
    client = await home.connect()
    ready = await prepare(client, home, look=False)

    answer = await tap(client, home, ready["confirmation"])

    assert not answer["success"]
    assert answer["error"]["translation_key"] == "confirmation_required"
    assert await home.shares() == []
    assert await home.refusals() == [("dashboard", "preview_unseen")]

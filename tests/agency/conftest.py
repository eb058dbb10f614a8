"""A package for the agency's tools."""

import pytest

from custom_components.doorwatch.clips.model import Clip
from custom_components.doorwatch.sharing.model import Edits, PersonalDetails
from tests import media
from tests.sharing.evidence.parts import Made, make_clip, make_intent, make_package


@pytest.fixture(scope="session")
def clip() -> Clip:
    """Give a saved clip with sound; not to be changed."""
    return make_clip(media.make(media.SMALL).path)


@pytest.fixture(scope="session")
def made(clip: Clip, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Give a package with everything in it; not to be changed."""
    folder = tmp_path_factory.mktemp("made")
    intent = make_intent(
        clip,
        folder / "staging",
        edits=Edits(start=2.0, end=6.0, audio=True),
        personal=PersonalDetails(name="Ann\u202e \x1b[2JExample"),
        note="Zoë's parcel: 100 %",
        case_reference="2026/117",
    )
    return make_package(intent, folder / "package.tar")

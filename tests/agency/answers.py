"""Packages that answer a request, and the agency documents for the key of its feed."""

from pathlib import Path

import pytest

from custom_components.doorwatch.engine.clips.model import Clip
from custom_components.doorwatch.engine.sharing.signing.jws import jwk_of
from tests.engine.sharing.answering import ONLINE, make_answer
from tests.engine.sharing.evidence import Made, agency_token, make_package, new_key


@pytest.fixture(scope="session")
def answering(clip: Clip, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Return a package that answers a request and holds a declaration; tests must not change it."""
    folder = tmp_path_factory.mktemp("answering")
    return make_package(make_answer(clip, folder / "staging"), folder / "package.tar")


@pytest.fixture
def document(tmp_path: Path) -> Path:
    """Return the path of the document that lists the key that signed the feed."""
    keys = [jwk_of(key.public_key()) for key in (new_key(), ONLINE)]
    path = tmp_path / "document"
    path.write_text(agency_token(keys={"keys": keys}))
    return path


@pytest.fixture
def later(tmp_path: Path) -> Path:
    """Return the path of a later document that no longer lists the key of the feed."""
    path = tmp_path / "later"
    path.write_text(agency_token())
    return path

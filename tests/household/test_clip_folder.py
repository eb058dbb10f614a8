"""Test that clips are stored where Home Assistant doesn't serve files."""

from collections.abc import Callable
from pathlib import Path

from homeassistant.components.repairs import repairs_flow_manager
from homeassistant.config_entries import SOURCE_IMPORT
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest

from custom_components.doorwatch.const import (
    CONF_FOLDER,
    CONF_KIND,
    DOMAIN,
    KIND_HOUSEHOLD,
)
from custom_components.doorwatch.domain.data import DATA
from custom_components.doorwatch.engine.clips.files.presence import MARKER
from custom_components.doorwatch.engine.sharing.files import private_folder
from custom_components.doorwatch.household import clip_folder
from custom_components.doorwatch.household.clip_folder import (
    default_folder,
    folder_problem,
    served_folders,
)
from custom_components.doorwatch.household.household import household, household_entry
from custom_components.doorwatch.household.private import PrivateFolder
from custom_components.doorwatch.issues import CLIPS_SERVED


@pytest.fixture
def share(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Create a folder `/share`, as on Home Assistant OS."""
    folder = tmp_path / "share"
    folder.mkdir()
    monkeypatch.setattr(clip_folder, "SHARE", folder)
    return folder


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Return a configuration folder."""
    folder = tmp_path / "config"
    folder.mkdir()
    return folder


def test_clips_lie_in_share_where_there_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without `/share`, the folder is in the configuration folder."""
    monkeypatch.setattr(clip_folder, "SHARE", tmp_path / "share")
    config = str(tmp_path / "config")

    assert default_folder(config, []) == tmp_path / "config/doorwatch"
    (tmp_path / "share").mkdir()
    assert default_folder(config, []) == tmp_path / "share/doorwatch"


@pytest.mark.parametrize(
    "served", ["share", "share/doorwatch", "share/doorwatch/videos"]
)
def test_a_new_home_begins_where_nobody_serves_the_clips(
    tmp_path: Path, config: Path, share: Path, served: str
) -> None:
    """Many configurations contain `media_dirs: {share: /share}`."""
    place = default_folder(str(config), [tmp_path / served])

    assert place == config / "doorwatch"


def test_clips_that_are_there_stay_although_they_are_served(
    config: Path, share: Path
) -> None:
    """Only the household knows the other files on that disk, even if theirs is away."""
    noted = PrivateFolder(str(config))
    private_folder(noted.path)
    noted.note_library(share / "doorwatch", "0" * 32)
    assert default_folder(str(config), [share]) == share / "doorwatch"

    noted.note_library(share / "doorwatch", None)
    assert default_folder(str(config), [share]) == config / "doorwatch"
    (share / "doorwatch").mkdir()
    (share / "doorwatch" / MARKER).write_text("0" * 32)
    assert default_folder(str(config), [share]) == share / "doorwatch"


def test_without_a_safe_place_clips_lie_in_the_usual_one(
    tmp_path: Path, config: Path, share: Path
) -> None:
    """Clips are recorded all the same."""
    assert default_folder(str(config), [tmp_path]) == share / "doorwatch"


def link(place: Path, target: Path) -> None:
    """Make a folder available under another path."""
    target.mkdir(exist_ok=True)
    place.symlink_to(target)


def move_configuration(top: Path) -> None:
    """Leave a link in its place."""
    (top / "config").rename(top / "real")
    link(top / "config", top / "real")


@pytest.mark.parametrize(
    ("prepare", "chosen"),
    [
        pytest.param(lambda _: None, "videos/clips", id="inside"),
        pytest.param(lambda _: None, "videos", id="itself"),
        pytest.param(lambda _: None, ".", id="around"),
        pytest.param(lambda _: None, "config", id="around www"),
        pytest.param(
            lambda top: link(top / "config/www", top / "web"), "web/clips", id="linked"
        ),
        pytest.param(
            lambda top: link(top / "other", top / "config/www"), "other", id="by a link"
        ),
        pytest.param(
            move_configuration,
            "real/www/clips",
            id="linked configuration",
        ),
    ],
)
async def test_no_folder_is_taken_that_is_served(
    hass: HomeAssistant,
    tmp_path: Path,
    config: Path,
    prepare: Callable[[Path], object],
    chosen: str,
) -> None:
    """Links to a served folder and parent folders are recognized too."""
    hass.config.config_dir = str(config)
    hass.config.media_dirs = {"videos": str(tmp_path / "videos")}
    prepare(tmp_path)

    problem = folder_problem(str(tmp_path / chosen), served_folders(hass))

    assert problem == "folder_is_served"
    assert folder_problem(str(tmp_path / "clips"), served_folders(hass)) is None


@pytest.fixture
async def begun(
    hass: HomeAssistant, hass_config_dir: str, doorwatch: HomeAssistant, share: Path
) -> HomeAssistant:
    """Make Doorwatch available in a home that serves `/share`."""
    hass.config.media_dirs = {"share": str(share)}
    assert await async_setup_component(hass, "repairs", {})
    assert await async_setup_component(hass, DOMAIN, {})
    return hass


async def make_household(hass: HomeAssistant) -> None:
    """Create the household's entry, which opens the library."""
    await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_IMPORT}, data={CONF_KIND: KIND_HOUSEHOLD}
    )
    await hass.async_block_till_done()


async def restart(hass: HomeAssistant) -> None:
    """Close everything as at a stop, and open it again."""
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    await hass.async_block_till_done()
    assert DATA not in hass.data
    entry = household_entry(hass)
    assert entry is not None
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_a_new_home_that_serves_share_has_nothing_to_repair(
    begun: HomeAssistant,
) -> None:
    """The other default folder is used."""
    await make_household(begun)

    inside = Path(begun.config.config_dir) / "doorwatch"
    assert begun.data[DATA].library.folder == inside
    assert ir.async_get(begun).async_get_issue(DOMAIN, CLIPS_SERVED.kind) is None


async def test_clips_that_are_served_are_moved_from_the_repair(
    begun: HomeAssistant, share: Path
) -> None:
    """Recording continues meanwhile; the issue is deleted at the next start."""
    hass, issues = begun, ir.async_get(begun)
    safe = Path(hass.config.config_dir) / "doorwatch"
    (share / "doorwatch").mkdir()
    (share / "doorwatch" / MARKER).write_text("0" * 32)
    await make_household(hass)
    assert hass.data[DATA].library.folder == share / "doorwatch"
    issue = issues.async_get_issue(DOMAIN, CLIPS_SERVED.kind)
    assert issue is not None
    assert issue.severity is ir.IssueSeverity.ERROR
    assert issue.translation_placeholders == {
        "folder": str(share / "doorwatch"),
        "served": str(share),
        "safe": str(safe),
    }

    manager = repairs_flow_manager(hass)
    assert manager is not None
    result = await manager.async_init(DOMAIN, data={"issue_id": CLIPS_SERVED.kind})
    hass.config.media_dirs["config"] = hass.config.config_dir
    result = await manager.async_configure(result["flow_id"], {})
    assert result["errors"] == {"base": "folder_is_served"}
    del hass.config.media_dirs["config"]
    result = await manager.async_configure(result["flow_id"], {})
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "restart_now"
    assert household(hass).folder == str(safe)
    assert issues.async_get_issue(DOMAIN, CLIPS_SERVED.kind) is not None

    await restart(hass)
    assert hass.data[DATA].library.folder == safe
    assert issues.async_get_issue(DOMAIN, CLIPS_SERVED.kind) is None
    assert not (share / "doorwatch").exists()


async def test_a_chosen_folder_that_became_a_media_folder_is_said(
    begun: HomeAssistant, tmp_path: Path
) -> None:
    """Each start checks the folder; the repair offers a safe folder if there is one."""
    hass, issues = begun, ir.async_get(begun)
    await make_household(hass)
    entry = household_entry(hass)
    assert entry is not None
    chosen = tmp_path / "clips"
    hass.config_entries.async_update_entry(entry, options={CONF_FOLDER: str(chosen)})
    await restart(hass)
    assert issues.async_get_issue(DOMAIN, CLIPS_SERVED.kind) is None

    hass.config.media_dirs["everything"] = "/"
    await restart(hass)
    issue = issues.async_get_issue(DOMAIN, CLIPS_SERVED.kind)
    assert issue is not None
    assert issue.translation_key == "clips_served_everywhere"
    assert not issue.is_fixable
    assert hass.data[DATA].library.folder == chosen

    hass.config.media_dirs = {}
    await restart(hass)
    assert issues.async_get_issue(DOMAIN, CLIPS_SERVED.kind) is None


async def test_the_repair_of_a_home_without_household_ends(
    begun: HomeAssistant, share: Path
) -> None:
    """The household was removed while the repair was open."""
    hass = begun
    (share / "doorwatch").mkdir()
    (share / "doorwatch" / MARKER).write_text("0" * 32)
    await make_household(hass)
    manager = repairs_flow_manager(hass)
    assert manager is not None
    result = await manager.async_init(DOMAIN, data={"issue_id": CLIPS_SERVED.kind})
    entry = household_entry(hass)
    assert entry is not None
    await hass.config_entries.async_remove(entry.entry_id)

    result = await manager.async_configure(result["flow_id"], {})
    assert result["reason"] == "not_loaded"

"""Forms and options for the events and clip lengths of a doorbell."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from homeassistant.components import webhook
from homeassistant.config_entries import ConfigFlow, ConfigFlowResult, OptionsFlow
from homeassistant.const import CONF_NAME
from homeassistant.core import HomeAssistant, callback
from homeassistant.data_entry_flow import section
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.network import NoURLAvailableError
from homeassistant.helpers.selector import (
    BooleanSelector,
    EntitySelector,
    EntitySelectorConfig,
    EntityWithDeviceFilterSelectorConfig,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
import voluptuous as vol

from ..const import (
    CONF_CAMERA,
    CONF_COOL_DOWN,
    CONF_LABELS,
    CONF_LONGEST,
    CONF_ON_EVENT,
    CONF_ONE_CONNECTION,
    CONF_PICTURE_MOTION,
    CONF_POST_ROLL,
    CONF_PRE_ROLL,
    CONF_PROVIDER,
    CONF_SENSITIVITY,
    CONF_SOURCE,
    CONF_WEBHOOK,
    CONF_WEBHOOK_ID,
    DEFAULT_COOL_DOWN,
    DEFAULT_LONGEST,
    DEFAULT_POST_ROLL,
    DEFAULT_PRE_ROLL,
    DOMAIN,
    SOURCE_DEMO,
    SOURCE_ONVIF,
    SOURCES,
)
from ..discovery.companions import found_labels
from ..engine.doorbells.base import Label
from ..engine.motion.detector import Sensitivity
from ..names import is_name_taken
from ..registry import entity_id_of, lasting_id_of
from .fields import Input, number

SECTION_LENGTHS: Final = "lengths"
SECTION_PICTURE: Final = "picture"
SECTION_CONNECTION: Final = "connection"

PICTURE: Final = vol.Schema(
    {
        vol.Required(CONF_PICTURE_MOTION, default=False): BooleanSelector(),
        vol.Required(
            CONF_SENSITIVITY, default=Sensitivity.MEDIUM.value
        ): SelectSelector(
            SelectSelectorConfig(
                options=[sensitivity.value for sensitivity in Sensitivity],
                mode=SelectSelectorMode.DROPDOWN,
                translation_key="sensitivity",
            )
        ),
        vol.Required(CONF_COOL_DOWN, default=DEFAULT_COOL_DOWN): number(0, 600, "s"),
    }
)
LENGTHS: Final = vol.Schema(
    {
        vol.Required(CONF_PRE_ROLL, default=DEFAULT_PRE_ROLL): number(0, 30, "s"),
        vol.Required(CONF_POST_ROLL, default=DEFAULT_POST_ROLL): number(1, 60, "s"),
        vol.Required(CONF_LONGEST, default=DEFAULT_LONGEST): number(30, 600, "s"),
    }
)
CONNECTION: Final = vol.Schema(
    {
        vol.Required(CONF_ON_EVENT, default=False): BooleanSelector(),
        vol.Required(CONF_ONE_CONNECTION, default=False): BooleanSelector(),
    }
)
# Not asked for fetched clips, and in part not for a demo; such forms keep the values.
NOT_ALWAYS_ASKED: Final = frozenset(
    str(field) for part in (PICTURE, LENGTHS, CONNECTION) for field in part.schema
)


@callback
def source_fields(hass: HomeAssistant) -> dict[vol.Marker, EntitySelector]:
    """Return the fields for the entities that report motion and rings."""
    selector = _entities(hass)
    return {vol.Optional(option): selector for option in SOURCES}


@callback
def _entities(hass: HomeAssistant, *, multiple: bool = False) -> EntitySelector:
    return EntitySelector(
        EntitySelectorConfig(
            # A doorbell cannot trigger itself.
            exclude_entities=[
                entity.entity_id
                for entity in er.async_get(hass).entities.values()
                if entity.platform == DOMAIN
            ],
            filter=[
                EntityWithDeviceFilterSelectorConfig(domain=["binary_sensor", "event"])
            ],
            multiple=multiple,
        )
    )


@callback
def _events_schema(
    hass: HomeAssistant,
    source: str,
    *,
    webhook: bool,
    fetched: bool = False,
    more: Mapping[vol.Marker, object],
) -> vol.Schema:
    """Return the fields for events and clip lengths.

    `webhook` is its default. `fetched` means that the manufacturer records the clips.
    """
    entities = _entities(hass, multiple=True)
    labels = vol.Schema({vol.Optional(label.value): entities for label in Label})
    sources = {
        **source_fields(hass),
        vol.Required(CONF_WEBHOOK, default=webhook): BooleanSelector(),
        vol.Optional(CONF_LABELS): section(labels, {"collapsed": True}),
    }
    if fetched:
        return vol.Schema({**sources, **more})
    lengths = {
        vol.Optional(SECTION_PICTURE): section(PICTURE, {"collapsed": True}),
        vol.Required(SECTION_LENGTHS): section(LENGTHS, {"collapsed": True}),
    }
    if source == SOURCE_DEMO:
        return vol.Schema({**lengths, **more})
    return vol.Schema(
        {
            **sources,
            **lengths,
            vol.Optional(SECTION_CONNECTION): section(CONNECTION, {"collapsed": True}),
            **more,
        }
    )


@callback
def _device_of(hass: HomeAssistant, data: Mapping[str, Any]) -> str | None:
    """Return the device of the linked camera, if there is one."""
    camera = er.async_get(hass).entities.get_entry(data.get(CONF_CAMERA, ""))
    return None if camera is None else camera.device_id


@callback
def _chosen_labels(
    hass: HomeAssistant, data: Mapping[str, Any], options: Mapping[str, Any]
) -> dict[str, Any]:
    """Keep only label entities that differ from those that are found on the device."""
    if (wanted := options.get(CONF_LABELS)) is None:
        return dict(options)
    found = found_labels(hass, _device_of(hass, data))
    chosen = {
        label.value: ids
        for label in Label
        if (ids := sorted({lasting_id_of(hass, one) for one in wanted.get(label, ())}))
        != sorted(entity.id for entity in found.get(label, ()))
    }
    kept = {key: value for key, value in options.items() if key != CONF_LABELS}
    return {**kept, CONF_LABELS: chosen} if chosen else kept


@callback
def _shown_labels(
    hass: HomeAssistant, data: Mapping[str, Any], options: Mapping[str, Any]
) -> dict[str, list[str]]:
    """Return the current entity IDs for each label."""
    chosen: Mapping[str, list[str]] = options.get(CONF_LABELS, {})
    found = found_labels(hass, _device_of(hass, data))
    return {
        label.value: [
            entity_id
            for one in chosen.get(label, [each.id for each in found.get(label, ())])
            if (entity_id := entity_id_of(hass, one))
        ]
        for label in Label
    }


@callback
def lasting_options(hass: HomeAssistant, options: Mapping[str, Any]) -> dict[str, Any]:
    """Replace entity IDs by registry IDs, which do not change when an entity is renamed."""
    return {
        **options,
        **{key: lasting_id_of(hass, options[key]) for key in SOURCES if key in options},
    }


@callback
def shown_options(hass: HomeAssistant, options: Mapping[str, Any]) -> dict[str, Any]:
    """Put flat options into the form's sections, with current entity IDs."""
    return {
        **options,
        **{key: entity_id_of(hass, options[key]) for key in SOURCES if key in options},
        SECTION_LENGTHS: dict(options),
        SECTION_PICTURE: dict(options),
        SECTION_CONNECTION: dict(options),
    }


@callback
def _webhook_address(hass: HomeAssistant, webhook_id: str) -> str:
    try:
        return webhook.async_generate_url(hass, webhook_id)
    except NoURLAvailableError:
        return webhook.async_generate_path(webhook_id)


@callback
def ask_events(
    flow: ConfigFlow | OptionsFlow,
    *,
    step_id: str,
    data: Mapping[str, Any],
    shown: Mapping[str, Any],
    user_input: Input,
    save: Callable[[dict[str, Any]], ConfigFlowResult],
    placeholders: Mapping[str, str] | None = None,
    first: Mapping[vol.Marker, object] | None = None,
    more: Mapping[vol.Marker, object] | None = None,
) -> ConfigFlowResult:
    """Show the form for events, or pass the options to `save`.

    `data` belongs to the entry, and `shown` is suggested. The fields of `first` come
    first, those of `more` last. A name that another doorbell has is an error.
    """
    errors: dict[str, str] = {}
    source: str = data[CONF_SOURCE]
    if user_input is not None:
        if not is_name_taken(flow.hass, user_input.get(CONF_NAME, "")):
            options = dict(user_input)
            for name in (SECTION_LENGTHS, SECTION_PICTURE, SECTION_CONNECTION):
                options.update(options.pop(name, {}))
            options = _chosen_labels(flow.hass, data, options)
            return save(lasting_options(flow.hass, options))
        errors[CONF_NAME] = "name_taken"
    words = dict(placeholders or {})
    if webhook_id := data.get(CONF_WEBHOOK_ID):
        words["webhook"] = _webhook_address(flow.hass, webhook_id)
    schema = _events_schema(
        flow.hass,
        source,
        # An ONVIF doorbell reports events without a webhook.
        webhook=shown.get(CONF_WEBHOOK, source != SOURCE_ONVIF),
        fetched=CONF_PROVIDER in data,
        more=more or {},
    )
    return flow.async_show_form(
        step_id=step_id,
        data_schema=flow.add_suggested_values_to_schema(
            vol.Schema({**(first or {}), **schema.schema}),
            user_input or {**shown, CONF_LABELS: _shown_labels(flow.hass, data, shown)},
        ),
        errors=errors,
        description_placeholders=words,
    )

"""Constants of the integration."""

from typing import Final

DOMAIN: Final = "doorwatch"

# data["kind"] of a config entry
CONF_KIND: Final = "kind"
KIND_DOORBELL: Final = "doorbell"
KIND_AGENCY: Final = "agency"
KIND_HOUSEHOLD: Final = "household"

# data["source"] of a doorbell entry
CONF_SOURCE: Final = "source"
SOURCE_RTSP: Final = "rtsp"
SOURCE_DEMO: Final = "demo"
SOURCE_LINKED: Final = "linked"
SOURCE_ONVIF: Final = "onvif"

GIGABYTE: Final = 10**9  # decimal, as on disk labels

# doorbell entry: data
CONF_DEVICE_NAME: Final = "device_name"  # by device ID: its last known name
CONF_STREAM: Final = "stream"  # address without credentials
CONF_USERNAME: Final = "username"
CONF_PASSWORD: Final = "password"

# linked doorbell entry: data
CONF_CAMERA: Final = "camera"  # registry ID of the camera entity
# The recording provider of a camera without a stream; the key is its old name.
CONF_PROVIDER: Final = "keeper"
# ONVIF doorbell entry: data
CONF_HOST: Final = "host"
CONF_PORT: Final = "port"
CONF_MAC: Final = "mac"
CONF_SERIAL: Final = "serial"
CONF_MAKE: Final = "make"
CONF_MODEL: Final = "model"
CONF_LENS: Final = "lens"  # token of a video source; the first one by default
CONF_ENDPOINT: Final = "endpoint"  # its endpoint address in WS-Discovery

# doorbell entry: options
CONF_PRE_ROLL: Final = "pre_roll"
CONF_POST_ROLL: Final = "post_roll"
CONF_LONGEST: Final = "longest_clip"
CONF_SUB_STREAM: Final = "sub_stream"  # data: address of the smaller stream
CONF_ON_EVENT: Final = "connect_on_event"  # for battery doorbells
CONF_ONE_CONNECTION: Final = "one_connection"  # the live view comes from the recorder
CONF_PICTURE_MOTION: Final = "picture_motion"  # detect motion in the picture
CONF_SENSITIVITY: Final = "sensitivity"
CONF_AREAS: Final = "areas"
CONF_COOL_DOWN: Final = "cool_down"
CONF_MOTION_ENTITY: Final = "motion_entity"
CONF_RING_ENTITY: Final = "ring_entity"
# Entities that report motion and rings.
SOURCES: Final = (CONF_MOTION_ENTITY, CONF_RING_ENTITY)
# Entities by label; a missing label uses the entities found on the device.
CONF_LABELS: Final = "labels"
CONF_WEBHOOK: Final = "webhook"  # offer a webhook for motion and ring
CONF_WEBHOOK_ID: Final = "webhook_id"  # data: created once, secret

DEFAULT_PRE_ROLL: Final = 5
DEFAULT_POST_ROLL: Final = 10
DEFAULT_LONGEST: Final = 120
DEFAULT_COOL_DOWN: Final = 10

# agency entry: data
CONF_ADDRESS: Final = "address"  # origin, or full address of the document
CONF_ROOT: Final = "root_thumbprint"
CONF_COMPARED: Final = "fingerprint_compared"
CONF_UPLOAD_CODE: Final = "upload_code"
CONF_LOCAL: Final = "on_my_network"
CONF_PINNED: Final = "pin_at_first_use"  # AgencyPin at the setup
CONF_DOCUMENT: Final = "document"  # the public document at the setup
# Identifies the last comparison of an unannounced key; pin and document are from then.
CONF_NEW_KEY: Final = "new_key"
CONF_VIA: Final = "via"
VIA_LINK: Final = (
    "link"  # it sends upload links to people; by default, an agency has a document
)
CONF_NAME: Final = "name"
CONF_JURISDICTION: Final = "jurisdiction"  # of an agency that sends links, as entered
CONF_CONTACT: Final = "contact"

# household entry: options
CONF_FOLDER: Final = "folder"
CONF_KEEP_DAYS: Final = "keep_days"
CONF_KEEP_GB: Final = "keep_gb"
CONF_KEEP: Final = "keep"  # days by reason, also of a doorbell; 0 is forever
CONF_FIRST_TO_GO: Final = "first_to_go"
FIRST_MOTION: Final = "motion"
FIRST_OLDEST: Final = "oldest"
CONF_SHARERS: Final = "sharers"  # user IDs, in addition to the administrators
CONF_SENDERS: Final = "senders"  # likewise
CONF_PIN: Final = "pin"  # the scrypt hash, never the PIN
CONF_CANCEL_WINDOW: Final = "cancel_window"
CONF_CLIENT_ADDRESSES: Final = "client_addresses"  # origins at which people log in
CONF_OPEN_TO_PLAYERS: Final = "open_to_players"  # doorbell IDs
CONF_IN_SIDEBAR: Final = "in_sidebar"
CONF_NOTICES: Final = "notices"
# Settings for agencies' requests; a doorbell has only its position.
CONF_REQUESTS: Final = "requests"
CONF_POSITION: Final = "position"  # by default the household's, or the home zone
CONF_RADIUS: Final = "radius"  # meters
CONF_ON_MAP: Final = "on_map"  # show requests on core's map
CONF_HOLD: Final = "hold_clips"  # keep matching clips while a request is open
CONF_PROXY: Final = "proxy"  # may contain credentials

DEFAULT_KEEP_DAYS: Final = 30
DEFAULT_KEEP_GB: Final = 20
DEFAULT_CANCEL_WINDOW: Final = 10
DEFAULT_RADIUS: Final = 50

# doorbell entry: data; a person confirmed the explanation of H.265
CONF_CODEC_UNDERSTOOD: Final = "codec_understood"

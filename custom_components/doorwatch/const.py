"""Names that several rooms share."""

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

GIGABYTE: Final = 10**9  # as people and makers of disks count

# doorbell entry: data
CONF_DEVICE_NAME: Final = "device_name"  # by the id of the device: what it was called
CONF_STREAM: Final = "stream"  # address without the login
CONF_USERNAME: Final = "username"
CONF_PASSWORD: Final = "password"

# linked doorbell entry: data
CONF_CAMERA: Final = "camera"  # id of the camera in the entity registry
# The recording provider of one without a stream; entries know it under its old name.
CONF_PROVIDER: Final = "keeper"
# doorbell entry: data of one that speaks ONVIF
CONF_HOST: Final = "host"
CONF_PORT: Final = "port"
CONF_MAC: Final = "mac"
CONF_SERIAL: Final = "serial"
CONF_MAKE: Final = "make"
CONF_MODEL: Final = "model"
CONF_LENS: Final = "lens"  # token of a video source; without it, the first one
CONF_ENDPOINT: Final = "endpoint"  # what it calls itself in a search of the network

# doorbell entry: options
CONF_PRE_ROLL: Final = "pre_roll"
CONF_POST_ROLL: Final = "post_roll"
CONF_LONGEST: Final = "longest_clip"
CONF_SUB_STREAM: Final = "sub_stream"  # data: address of the smaller stream
CONF_ON_EVENT: Final = "connect_on_event"  # for doorbells that run on a battery
CONF_ONE_CONNECTION: Final = "one_connection"  # the live view comes from the recorder
CONF_PICTURE_MOTION: Final = "picture_motion"  # motion from the picture: on or off
CONF_SENSITIVITY: Final = "sensitivity"
CONF_AREAS: Final = "areas"
CONF_COOL_DOWN: Final = "cool_down"
CONF_MOTION_ENTITY: Final = "motion_entity"
CONF_RING_ENTITY: Final = "ring_entity"
# What tells of motion and rings.
SOURCES: Final = (CONF_MOTION_ENTITY, CONF_RING_ENTITY)
# By label, the entities that tell it; a label that is not named goes by what is found.
CONF_LABELS: Final = "labels"
CONF_WEBHOOK: Final = "webhook"  # offer a webhook for motion and ring
CONF_WEBHOOK_ID: Final = "webhook_id"  # data: made once, secret

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
CONF_PINNED: Final = "pin_at_first_use"  # AgencyPin as of the set-up
CONF_DOCUMENT: Final = "document"  # the public document as of the set-up
# Names the last time that an administrator compared a key that nobody announced; pin and
# document are as of then.
CONF_NEW_KEY: Final = "new_key"
CONF_VIA: Final = "via"
VIA_LINK: Final = (
    "link"  # it sends upload links to people; without this, it has a document
)
CONF_NAME: Final = "name"
CONF_JURISDICTION: Final = "jurisdiction"  # of one that sends links, as typed
CONF_CONTACT: Final = "contact"

# household entry: options
CONF_FOLDER: Final = "folder"
CONF_KEEP_DAYS: Final = "keep_days"
CONF_KEEP_GB: Final = "keep_gb"
CONF_KEEP: Final = "keep"  # days by what a clip bears, of a doorbell too; 0 without end
CONF_FIRST_TO_GO: Final = "first_to_go"
FIRST_MOTION: Final = "motion"
FIRST_OLDEST: Final = "oldest"
CONF_SHARERS: Final = "sharers"  # user ids, besides the administrators
CONF_PIN: Final = "pin"  # the scrypt hash, never the PIN
CONF_CANCEL_WINDOW: Final = "cancel_window"
CONF_CLIENT_ADDRESSES: Final = "client_addresses"  # origins where people log in
CONF_OPEN_TO_PLAYERS: Final = "open_to_players"  # ids of doorbells
CONF_IN_SIDEBAR: Final = "in_sidebar"
CONF_NOTICES: Final = "notices"
# What the home does with what agencies ask; of a doorbell its position alone.
CONF_REQUESTS: Final = "requests"
CONF_POSITION: Final = (
    "position"  # without one, that of the household, or the home zone
)
CONF_RADIUS: Final = "radius"  # metres
CONF_ON_MAP: Final = "on_map"  # what is asked, as markers on core's map
CONF_HOLD: Final = "hold_clips"  # clips that fit, while they are asked for
CONF_PROXY: Final = "proxy"  # a login may be in it

DEFAULT_KEEP_DAYS: Final = 30
DEFAULT_KEEP_GB: Final = 20
DEFAULT_CANCEL_WINDOW: Final = 10
DEFAULT_RADIUS: Final = 50

# doorbell entry: data; somebody read what H.265 means for browsers
CONF_CODEC_UNDERSTOOD: Final = "codec_understood"

# actions
ACTION_SHARE_CLIP: Final = "share_clip"
ACTION_PROPOSE_SHARE: Final = "propose_share"
ACTION_PROTECT_CLIP: Final = "protect_clip"
ACTION_DELETE_CLIP: Final = "delete_clip"
ACTION_GET_CLIP_LINK: Final = "get_clip_link"
ACTION_RECORD_CLIP: Final = "record_clip"
ACTION_EXPORT_CLIP: Final = "export_clip"
ACTION_RESTORE_CLIP: Final = "restore_clip"
ACTION_FIND_CLIPS: Final = "find_clips"
ACTION_GET_DAY: Final = "get_day"

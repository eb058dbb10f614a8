"""Paths of pages and views; each `{}` takes an ID."""

from typing import Final

PANEL: Final = "/doorwatch"
CLIP_PAGE: Final = "/doorwatch/clip/{}"

CLIP_PATH: Final = "/api/doorwatch/clip/{}"
CLIP_PREVIEW_PATH: Final = "/api/doorwatch/clip_preview/{}"
COPY_PATH: Final = "/api/doorwatch/copy/{}"
DECLARATION_PATH: Final = "/api/doorwatch/declaration/{}"
DELIVERY_RECEIPT_PATH: Final = "/api/doorwatch/delivery_receipt/{}"
HAND_OVER_PATH: Final = "/api/doorwatch/hand_over/{}"
LEDGER_PATH: Final = "/api/doorwatch/ledger"
RECEIPT_PATH: Final = "/api/doorwatch/receipt/{}"
SHARE_PREVIEW_PATH: Final = "/api/doorwatch/preview/{}"
THUMBNAIL_PATH: Final = "/api/doorwatch/thumbnail/{}"

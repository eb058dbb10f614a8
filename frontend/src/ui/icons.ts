/** Icons as inline SVG, without loading elements of Home Assistant. */

import {
  mdiAlertCircleOutline,
  mdiArrowLeft,
  mdiBellOutline,
  mdiBellRing,
  mdiBellSleepOutline,
  mdiBullhornOutline,
  mdiCalendar,
  mdiCamera,
  mdiCellphone,
  mdiCheck,
  mdiCheckCircle,
  mdiChevronLeft,
  mdiChevronRight,
  mdiClipboardSearchOutline,
  mdiClipboardTextClockOutline,
  mdiClose,
  mdiCog,
  mdiDeleteRestore,
  mdiDoorClosed,
  mdiDotsVertical,
  mdiDownload,
  mdiEyeOff,
  mdiFullscreen,
  mdiFullscreenExit,
  mdiLockOpenVariantOutline,
  mdiLockOutline,
  mdiMagnifyMinusOutline,
  mdiMagnifyPlusOutline,
  mdiMapOutline,
  mdiMenu,
  mdiMicrophone,
  mdiMicrophoneOff,
  mdiMotionSensor,
  mdiPause,
  mdiPictureInPictureBottomRight,
  mdiPlay,
  mdiPlus,
  mdiRecordRec,
  mdiSendOutline,
  mdiStepBackward,
  mdiStepForward,
  mdiStop,
  mdiTrashCanOutline,
  mdiUndoVariant,
  mdiVectorPolygon,
  mdiVideoOutline,
  mdiVolumeHigh,
  mdiVolumeOff,
  mdiWifiOff,
} from "@mdi/js";
import { html, type TemplateResult } from "lit";

const ICONS = {
  add: mdiPlus,
  leave: mdiArrowLeft,
  check: mdiCheck,
  menu: mdiMenu,
  more: mdiDotsVertical,
  settings: mdiCog,
  stop: mdiStop,
  areas: mdiVectorPolygon,
  shares: mdiClipboardTextClockOutline,
  bin: mdiDeleteRestore,
  cover: mdiEyeOff,
  download: mdiDownload,
  record: mdiRecordRec,
  alert: mdiAlertCircleOutline,
  back: mdiChevronLeft,
  forth: mdiChevronRight,
  calendar: mdiCalendar,
  nearer: mdiMagnifyPlusOutline,
  farther: mdiMagnifyMinusOutline,
  ring: mdiBellRing,
  done: mdiCheckCircle,
  close: mdiClose,
  door: mdiDoorClosed,
  unprotected: mdiLockOpenVariantOutline,
  protected: mdiLockOutline,
  motion: mdiMotionSensor,
  play: mdiPlay,
  pause: mdiPause,
  frame_back: mdiStepBackward,
  frame_ahead: mdiStepForward,
  snapshot: mdiCamera,
  share: mdiSendOutline,
  delete: mdiTrashCanOutline,
  undo: mdiUndoVariant,
  offline: mdiWifiOff,
  live: mdiVideoOutline,
  full: mdiFullscreen,
  unfull: mdiFullscreenExit,
  float: mdiPictureInPictureBottomRight,
  sound: mdiVolumeHigh,
  silent: mdiVolumeOff,
  talk: mdiMicrophone,
  talk_off: mdiMicrophoneOff,
  notices: mdiBellOutline,
  snooze: mdiBellSleepOutline,
  phone: mdiCellphone,
  request: mdiClipboardSearchOutline,
  bulletin: mdiBullhornOutline,
  map: mdiMapOutline,
} as const;

export type IconName = keyof typeof ICONS;

/** Icons that are mirrored in right-to-left languages. */
const WAYS: ReadonlySet<IconName> = new Set(["back", "forth", "leave"]);

/** Decoration only: the meaning is always also in the text. */
export function icon(name: IconName): TemplateResult {
  return html`<svg
    class="icon ${WAYS.has(name) ? "way" : ""}"
    viewBox="0 0 24 24"
    aria-hidden="true"
  >
    <path d=${ICONS[name]}></path>
  </svg>`;
}

/** What the page of a clip plays it with, loaded when a clip is first opened. */

import "./clip-player.ts";
import "./near-clips.ts";

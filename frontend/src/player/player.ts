/** Everything that plays clips, loaded when one is first opened or played. */

import "./clip-player.ts";
import "./inline-player.ts";
import "./near-clips.ts";

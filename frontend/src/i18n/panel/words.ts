/** Texts of the panel, kept separate so that the card does not load them. */

import { addWords, type Tree } from "../strings.ts";
import en from "./en.json" with { type: "json" };

addWords(en, import.meta.glob<Tree>(["./*.json", "!./en.json"], { import: "default" }));

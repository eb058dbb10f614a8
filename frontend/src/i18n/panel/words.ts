/** The words of the panel's pages, which the card never shows: it would carry them for nothing. */

import { addWords, type Tree } from "../strings.ts";
import en from "./en.json" with { type: "json" };

addWords(en, import.meta.glob<Tree>(["./*.json", "!./en.json"], { import: "default" }));

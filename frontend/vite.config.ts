import { defineConfig, type Plugin } from "vite";
import { publish } from "./publish.ts";

/** File names of chunks: texts of a language, the player, or shared code. */
const chunkFileNames = ({
  facadeModuleId,
}: {
  facadeModuleId?: string | null;
}): string => {
  const [, language] =
    /i18n\/(?:panel\/)?([\w-]+)\.json$/.exec(facadeModuleId ?? "") ?? [];
  if (language) return `doorwatch-words-${language}-[hash].js`;
  const isPlayer = /src\/player\/player\.ts$/.test(facadeModuleId ?? "");
  return `doorwatch-${isPlayer ? "player" : "shared"}-[hash].js`;
};

/** Report invalid JSON with file name and position. */
const readable = (): Plugin => ({
  name: "readable",
  enforce: "pre",
  transform(code, id) {
    if (!id.endsWith(".json")) return;
    try {
      JSON.parse(code);
    } catch (error) {
      const at = Number(/position (\d+)/.exec(String(error))?.[1] ?? 0);
      const line = code.slice(0, at).split("\n").length;
      this.error(
        `${id}:${String(line)}: a straight " ends a text, and a comma stands between two. ${String(error)}`,
      );
    }
  },
});

export default defineConfig({
  build: {
    outDir: "../custom_components/doorwatch/frontend",
    // Not emptied first, so that a running Home Assistant always finds its files.
    emptyOutDir: false,
    target: "es2022",
    // Chunks load each other by relative URLs, without preloading: a page needs few.
    modulePreload: false,
    // Without `minify`, a library build keeps its whitespace.
    rolldownOptions: {
      output: { minify: true, chunkFileNames },
      // A warning that compression takes most of the time.
      checks: { bundlerTimings: false },
    },
    lib: {
      entry: {
        "doorwatch-loader": "src/entry/loader.ts",
        "doorwatch-card": "src/card/card.ts",
        "doorwatch-panel": "src/panel/panel.ts",
      },
      formats: ["es"],
      // Home Assistant only knows the loader's URL, to which the integration adds a digest.
      fileName: (_, name) =>
        name === "doorwatch-loader" ? `${name}.js` : `${name}-[hash].js`,
    },
  },
  plugins: [readable(), publish()],
});

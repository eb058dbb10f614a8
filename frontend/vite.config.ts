import { defineConfig, type Plugin } from "vite";
import { publish } from "./publish.ts";

/** Words of a language, or what several share. */
const chunkFileNames = ({
  facadeModuleId,
}: {
  facadeModuleId?: string | null;
}): string => {
  const [, language] =
    /i18n\/(?:panel\/)?([\w-]+)\.json$/.exec(facadeModuleId ?? "") ?? [];
  return `doorwatch-${language ? `words-${language}` : "shared"}-[hash].js`;
};

/** Say of a file that is no JSON which one it is, and where. */
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
    // Not emptied first: a running Home Assistant never finds the file missing.
    emptyOutDir: false,
    target: "es2022",
    // Chunks load each other by relative addresses, and nothing ahead: a page needs few.
    modulePreload: false,
    // Without `minify` the build of a library keeps its white space.
    rolldownOptions: {
      output: { minify: true, chunkFileNames },
      // A warning that compressing takes most of the time.
      checks: { bundlerTimings: false },
    },
    lib: {
      entry: {
        "doorwatch-loader": "src/entry/loader.ts",
        "doorwatch-card": "src/card/card.ts",
        "doorwatch-panel": "src/panel/panel.ts",
      },
      formats: ["es"],
      // Home Assistant is told the address of the loader alone, and of that with a digest.
      fileName: (_, name) =>
        name === "doorwatch-loader" ? `${name}.js` : `${name}-[hash].js`,
    },
  },
  plugins: [readable(), publish()],
});

import { defineConfig } from "vite";

// One file without chunks: Home Assistant loads it by one address.
export default defineConfig({
  build: {
    outDir: "../custom_components/doorwatch/frontend",
    // Not emptied first: a running Home Assistant never finds the file missing.
    emptyOutDir: false,
    target: "es2022",
    rolldownOptions: { output: { codeSplitting: false } },
    lib: {
      entry: "src/entry/doorwatch-card.ts",
      formats: ["es"],
      fileName: () => "doorwatch-card.js",
    },
  },
});

import { defineConfig } from "vite";

// The card on its own page with a mock Home Assistant: `npm run mock`.
export default defineConfig({
  root: "mock",
  // The forms of entries have the integration's texts.
  server: { fs: { allow: ["../.."] } },
  build: {
    outDir: "../../.cache/card-mock",
    emptyOutDir: true,
    target: "es2022",
  },
});

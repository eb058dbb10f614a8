import { defineConfig } from "vite";

// The card on its own page with a mock Home Assistant: `npm run mock`.
export default defineConfig({
  root: "mock",
  build: {
    outDir: "../../.cache/card-mock",
    emptyOutDir: true,
    target: "es2022",
  },
});

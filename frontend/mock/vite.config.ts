import { defineConfig } from "vite";

// The card on a page of its own with a make-believe Home Assistant: `npm run mock`.
export default defineConfig({
  root: "mock",
  build: {
    outDir: "../../.cache/card-mock",
    emptyOutDir: true,
    target: "es2022",
  },
});

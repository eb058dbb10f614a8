import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";

export default defineConfig({
  build: {
    outDir: "../custom_components/doorwatch/frontend",
    // Not emptied first: a running Home Assistant never finds the file missing.
    emptyOutDir: false,
    target: "es2022",
    // One file without chunks: Home Assistant loads it by one address. Without `minify` the
    // build of a library keeps its white space.
    rolldownOptions: { output: { codeSplitting: false, minify: true } },
    lib: {
      entry: "src/entry/doorwatch-card.ts",
      formats: ["es"],
      fileName: () => "doorwatch-card.js",
    },
  },
  // Named, since a test is loaded anew when one of these is found while it runs.
  optimizeDeps: {
    include: [
      "@lit/context",
      "@mdi/js",
      "lit",
      "lit/decorators.js",
      "lit/directives/repeat.js",
    ],
  },
  test: {
    include: ["src/**/*.test.ts"],
    // Everything in the browser that the system has, logic too: one world, and the one it is for.
    browser: {
      enabled: true,
      headless: true,
      instances: [{ browser: "chromium" }],
      provider: playwright({
        launchOptions: {
          executablePath: "/usr/bin/chromium",
          args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        },
      }),
      screenshotFailures: false,
    },
  },
});

import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";

// Apart from vite.config.ts, so that building needs none of the packages for tests.
export default defineConfig({
  // A test reads the words of the integration too.
  server: { fs: { allow: [".."] } },
  // Named, since a test is loaded anew when one of these is found while it runs.
  optimizeDeps: {
    include: [
      "@formatjs/icu-messageformat-parser",
      "@lit/context",
      "@mdi/js",
      "lit",
      "lit/decorators.js",
      "lit/directives/guard.js",
      "lit/directives/keyed.js",
      "lit/directives/live.js",
      "lit/directives/repeat.js",
    ],
  },
  test: {
    include: ["src/**/*.test.ts"],
    // A dot for each test; what a test prints is shown if it fails.
    reporters: ["dot"],
    silent: "passed-only",
    // Parts of the panel are shown without it.
    setupFiles: ["src/i18n/panel/words.ts"],
    // Everything in the browser that the system has, logic too: one world, and the one it is for.
    browser: {
      enabled: true,
      headless: true,
      instances: [{ browser: "chromium" }],
      provider: playwright({
        launchOptions: {
          executablePath: "/usr/bin/chromium-headless-shell",
          args: [
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            // A microphone that beeps, given to every page; peers on this machine alone.
            "--use-fake-device-for-media-stream",
            "--use-fake-ui-for-media-stream",
            "--allow-loopback-in-peer-connection",
          ],
        },
      }),
      screenshotFailures: false,
    },
  },
});

import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";

// Separate from vite.config.ts, so that building does not need the packages for tests.
export default defineConfig({
  // A test reads the integration's translations, too.
  server: { fs: { allow: [".."] } },
  // Listed, because a test is reloaded when one of these is discovered while it runs.
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
    // A dot per test; output is shown for failed tests.
    reporters: ["dot"],
    silent: "passed-only",
    // Parts of the panel are shown without it.
    setupFiles: ["src/i18n/panel/words.ts"],
    // All tests run in the browsers that are installed, including those of logic, because that is
    // where the code runs.
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
            // A microphone that beeps, for every page; peers on this machine only.
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

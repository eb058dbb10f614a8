import js from "@eslint/js";
import { configs as lit } from "eslint-plugin-lit";
import { defineConfig } from "eslint/config";
import tseslint from "typescript-eslint";

export default defineConfig(
  { ignores: ["eslint.config.js"] },
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  lit["flat/recommended"],
  {
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      // `() => act()` is concise; its value is not used.
      "@typescript-eslint/no-confusing-void-expression": [
        "error",
        { ignoreArrowShorthand: true },
      ],
      // Positions and sizes in styles and keys are numbers.
      "@typescript-eslint/restrict-template-expressions": [
        "error",
        { allowNumber: true },
      ],
      // Creating a format each time is slow; see src/i18n/intl.ts.
      "no-restricted-syntax": [
        "error",
        {
          selector:
            "NewExpression[callee.object.name='Intl'][callee.property.name=/DateTime|Number|Plural|Relative/]",
          message: "Have i18n/intl.ts make it once.",
        },
      ],
    },
  },
  {
    // Like Home Assistant's library, they answer asynchronously and reject with plain objects and
    // numbers.
    files: ["mock/**", "src/**/*.test.ts", "src/api/fake-connection.ts"],
    rules: {
      "@typescript-eslint/only-throw-error": "off",
      "@typescript-eslint/require-await": "off",
    },
  },
);

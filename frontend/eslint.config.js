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
      // `() => act()` says in one line what is done; nobody takes its answer for a value.
      "@typescript-eslint/no-confusing-void-expression": [
        "error",
        { ignoreArrowShorthand: true },
      ],
      // Places and sizes are numbers, and are written into styles and keys.
      "@typescript-eslint/restrict-template-expressions": [
        "error",
        { allowNumber: true },
      ],
      // Thousands of them are made and thrown away otherwise.
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
    // They stand in for Home Assistant's library: it answers later, and rejects with plain
    // objects and numbers.
    files: ["mock/**", "src/**/*.test.ts", "src/api/fake-connection.ts"],
    rules: {
      "@typescript-eslint/only-throw-error": "off",
      "@typescript-eslint/require-await": "off",
    },
  },
);

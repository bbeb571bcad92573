import { defineConfig } from "vitest/config";

/** tallyReporter.test.ts runs these files with scripts/test.ts; the repository's own run leaves them out. */
export default defineConfig({ test: { include: ["*.planted.ts"], pool: "forks", maxWorkers: 1 } });

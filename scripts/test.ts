/**
 * `npm test [-- PATTERN… | vitest option…]`: all tests, or those whose path holds a pattern. `ACESO_SLOW=1` adds the slow ones. The last line is
 * `N passed, N failed`.
 */
import { join } from "node:path";
import { parseCLI, startVitest } from "vitest/node";
import { useRunFolder } from "./suite/runFolder.ts";
import { TallyReporter } from "./tallyReporter.ts";

// The slow ones fill gigabytes.
if (process.env["ACESO_SLOW"] !== "1") useRunFolder();
// Every program and thread that a test starts runs from TypeScript: what one has compiled the next one takes. Ends with `npm ci`.
process.env["NODE_COMPILE_CACHE"] ??= join(import.meta.dirname, "../node_modules/.cache/aceso-tests");

const { filter, options } = parseCLI(["vitest", "run", ...process.argv.slice(2)]);
const tally = new TallyReporter();
const vitest = await startVitest("test", filter, { ...options, watch: false, reporters: ["default", tally] });
await vitest.close();

const nothingRan = tally.tally.passed + tally.tally.failed === 0;
if (nothingRan) process.stderr.write("No test ran: does the pattern match a test file?\n");
process.exitCode = nothingRan || tally.tally.failed > 0 || process.exitCode ? 1 : 0;
process.stdout.write(`\n${tally.skipReasons()}${tally.closingLine()}\n`);

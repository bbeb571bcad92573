/**
 * `npm test [-- PATTERN… | vitest option…]`: all tests, or those whose path holds a pattern. `ACESO_SLOW=1` adds the slow ones. The last line is
 * `N passed, N failed`.
 */
import { parseCLI, startVitest } from "vitest/node";
import { TallyReporter } from "./tallyReporter.ts";

const { filter, options } = parseCLI(["vitest", "run", ...process.argv.slice(2)]);
const tally = new TallyReporter();
const vitest = await startVitest("test", filter, { ...options, watch: false, reporters: ["default", tally] });
await vitest.close();

const nothingRan = tally.tally.passed + tally.tally.failed === 0;
if (nothingRan) process.stderr.write("No test ran: does the pattern match a test file?\n");
process.exitCode = nothingRan || tally.tally.failed > 0 || process.exitCode ? 1 : 0;
process.stdout.write(`\n${tally.skipReasons()}${tally.closingLine()}\n`);

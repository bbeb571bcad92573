import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";

/** What the process may need beyond its start, whatever the object's size: buffers, and what the collector has not yet returned. */
const boundBytes = 200 * 2 ** 20;
const isSlow = process.env["ACESO_SLOW"] === "1";

async function expectConstantMemory(sizeBytes: number): Promise<void> {
	const folder = mkdtempSync(join(tmpdir(), "aceso-object-"));
	onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
	const child = spawn(process.execPath, [join(import.meta.dirname, "objectMemory.fixture.ts"), String(sizeBytes), folder], {
		stdio: ["ignore", "pipe", "inherit"],
	});
	let output = "";
	for await (const text of child.stdout.setEncoding("utf8")) output += text;
	const report = JSON.parse(output) as { sizeBytes: number; before: number; peak: number; isEqual: boolean };
	expect(report).toMatchObject({ sizeBytes, isEqual: true });
	expect(report.peak - report.before, output).toBeLessThan(boundBytes);
}

it("[GA100] 256 MiB go in and out by the gate in constant memory", { timeout: 120_000 }, () => expectConstantMemory(256 * 2 ** 20));

it.skipIf(!isSlow)(
	"[GA100] 10 GiB go in and out by the gate, on disk, in constant memory (needs ACESO_SLOW=1: it takes minutes and 10 GiB)",
	{ timeout: 1_800_000 },
	() => expectConstantMemory(10 * 2 ** 30),
);

import { spawn } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { temporaryFolder } from "../vault.fixtures.ts";

interface MemoryReport {
	readonly sizeBytes: number;
	/** Resident memory before the first byte, and the most seen while the object was sealed and read. */
	readonly before: number;
	readonly peak: number;
	readonly isEqual: boolean;
}

/** What a process may need beyond its start, whatever the object's size: buffers, and what the collector has not yet returned. */
const boundBytes = 200 * 2 ** 20;
const [megabyte, gigabyte] = [2 ** 20, 2 ** 30];

async function measure(target: "file" | "memory-free", sizeBytes: number): Promise<MemoryReport> {
	const fixture = fileURLToPath(new URL("./blobMemory.fixture.ts", import.meta.url));
	const child = spawn(process.execPath, [fixture, target, String(sizeBytes), join(temporaryFolder(), "blobs")], {
		stdio: ["ignore", "pipe", "inherit"],
	});
	let output = "";
	for await (const text of child.stdout.setEncoding("utf8")) output += text;
	return JSON.parse(output) as MemoryReport;
}

function expectConstantMemory({ sizeBytes, before, peak, isEqual }: MemoryReport, expected: number): void {
	expect({ sizeBytes, isEqual }).toEqual({ sizeBytes: expected, isEqual: true });
	expect(peak - before).toBeLessThan(boundBytes);
}

it("[BL10] 512 MiB are sealed into a file and read back in constant memory", async () => {
	expectConstantMemory(await measure("file", 512 * megabyte), 512 * megabyte);
});

const isSlow = process.env["ACESO_SLOW"] === "1";

it.skipIf(!isSlow)("[BL10] 1 GiB in a file, in constant memory (needs ACESO_SLOW=1: it takes a minute)", { timeout: 600_000 }, async () => {
	expectConstantMemory(await measure("file", gigabyte), gigabyte);
});

it.skipIf(!isSlow)(
	"[BL10] 10 GiB through sealing and opening, in constant memory (needs ACESO_SLOW=1: it takes a minute)",
	{ timeout: 1_200_000 },
	async () => {
		expectConstantMemory(await measure("memory-free", 10 * gigabyte), 10 * gigabyte);
	},
);

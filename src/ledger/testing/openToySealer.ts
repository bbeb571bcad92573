import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { openSealer } from "../sealer/openSealer.ts";
import type { SealerOptions } from "../sealer/options.ts";
import type { Sealer } from "../sealer/sealer.ts";
import { sealerOptions } from "./toyLedger.ts";

/** A folder that goes when the test ends. */
export function temporaryPath(name = "ledger.sqlite"): string {
	const folder = mkdtempSync(join(tmpdir(), "aceso-ledger-"));
	onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
	return join(folder, name);
}

/** A sealer over the toy rules that is closed when the test ends. */
export async function openToySealer(path: string = temporaryPath(), options: Partial<SealerOptions> = {}): Promise<Sealer> {
	const sealer = await openSealer(sealerOptions(path, options));
	onTestFinished(() => sealer.close());
	return sealer;
}

import { describe, expect, it } from "vitest";
import { LedgerError } from "#ledger";
import { whileAgreed } from "./whileAgreed.ts";

const silent = () => new LedgerError("LEDGER_CONSENSUS_SILENT", "silent");

/** Opens at the third try; before that fails as told. */
function opening(error: () => Error, signal?: AbortSignal) {
	const seen: string[] = [];
	let tries = 0;
	const opened = whileAgreed(
		{
			untilAgreed: async () => void seen.push("agreed"),
			onProgress: () => void seen.push("once more"),
			...(signal === undefined ? {} : { signal }),
		},
		async () => {
			if (++tries < 3) throw error();
			return "open";
		},
	);
	return { opened, seen };
}

describe("a node that opens while the members are slow", () => {
	it("[CB36] waits for them and opens again, however often they do not decide in time", async () => {
		const { opened, seen } = opening(silent);
		expect(await opened).toBe("open");
		expect(seen).toEqual(["agreed", "once more", "agreed", "once more", "agreed"]);
	});

	it("[CB36] ends at whatever waiting does not mend, and when it is told to stop", async () => {
		const halted = opening(() => new LedgerError("LEDGER_HALTED", "halted"));
		await expect(halted.opened).rejects.toMatchObject({ code: "LEDGER_HALTED" });
		expect(halted.seen).toEqual(["agreed"]);
		await expect(opening(silent, AbortSignal.abort()).opened).rejects.toMatchObject({ code: "LEDGER_CONSENSUS_SILENT" });
	});
});

import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { verifyCheckpoint, witnessesOf } from "#ledger";
import { auditFolder } from "./auditFolder.ts";
import { openSmallNetwork, type SmallNetwork } from "./testing/smallNetwork.ts";

const scratch = mkdtempSync(join(tmpdir(), "aceso-witnesses-"));
const folder = join(scratch, "network");
let small: SmallNetwork;

beforeAll(async () => {
	small = await openSmallNetwork({ folder });
});

afterAll(async () => {
	await small.close();
	rmSync(scratch, { recursive: true, force: true });
});

function checkpoint() {
	const { ledger, genesis } = small.network;
	return verifyCheckpoint(ledger.checkpoint(), { origin: ledger.chain, sealerKey: genesis.sealer, witnesses: witnessesOf(genesis) });
}

describe("members' witnesses", () => {
	it("[ND20] cosign the ledger's checkpoints, all but the operator's", async () => {
		expect(await small.network.ledger.cosigned(10_000)).toBe(true);
		expect(checkpoint()).toMatchObject({ standing: "witnessed", witnesses: ["aceso-small-1/witness/south"] });
	});

	it("tells how far it is where a start has blocks to run again, the ledger's own and its witnesses'", async () => {
		await small.network.ledger.cosigned(10_000);
		await small.network.close();
		for (const suffix of ["", "-wal", "-shm"]) rmSync(join(folder, "ledger", `ledger.db.state${suffix}`), { force: true });
		const steps: string[] = [];
		small = await openSmallNetwork({ folder, onProgress: (step) => steps.push(step) });
		const { height } = small.network.ledger.head();
		expect(steps).toContain(`ledger: ${height} of ${height} blocks run again`);
		expect(steps.find((step) => /^witness of south: (\d+) of \1 leaves run again$/.test(step))).toBeDefined();
	});

	it("[ND21] a ledger set back to an older copy is refused at the start and found by the audit, which finds nothing in the true one", async () => {
		const { ledger } = small.network;
		await ledger.cosigned(10_000);
		await small.network.close();
		const backup = join(scratch, "yesterday");
		cpSync(join(folder, "ledger"), backup, { recursive: true });
		small = await openSmallNetwork({ folder });
		await small.admit({ family: "Berg", given: "Ada", birthDate: "1950-05-05" });
		expect(await small.network.ledger.cosigned(10_000)).toBe(true);
		await small.network.close();
		const today = join(scratch, "today");
		cpSync(join(folder, "ledger"), today, { recursive: true });
		rmSync(join(folder, "ledger"), { recursive: true });
		cpSync(backup, join(folder, "ledger"), { recursive: true });
		await expect(openSmallNetwork({ folder })).rejects.toEqual(expect.objectContaining({ code: "LEDGER_ROLLED_BACK", kind: "stop" }));
		expect((await auditFolder(folder)).findings).toEqual([expect.objectContaining({ part: "ledger", code: "FSCK_ROLLED_BACK" })]);
		rmSync(join(folder, "ledger"), { recursive: true });
		cpSync(today, join(folder, "ledger"), { recursive: true });
		expect((await auditFolder(folder)).findings).toEqual([]);
		small = await openSmallNetwork({ folder });
		expect(await small.network.ledger.cosigned(10_000)).toBe(true);
	});
});

import { describe, expect, it } from "vitest";
import { VaultError } from "#vault";
import { handEvidence } from "./handEvidence.ts";

/** A ledger that counts how often it is asked for its witnesses. */
function countedLedger() {
	const waits: number[] = [];
	return { waits, ledger: { cosigned: async (ms: number) => void waits.push(ms), proveState: () => expect.unreachable() } as never };
}
const stale = () => new VaultError("VAULT_EVIDENCE_STALE", "too old");

describe("handEvidence", () => {
	it("[VA86] evidence that became too old on the way is made anew, after the witnesses were waited for again, three times at most", async () => {
		for (const [failures, asked] of [
			[0, 1],
			[1, 2],
			[2, 3],
			[3, 3],
		] as const) {
			const { waits, ledger } = countedLedger();
			let handed = 0;
			const hand = async () => {
				if (handed++ < failures) throw stale();
			};
			const done = handEvidence({ ledger }, () => {}, hand);
			await (failures < 3 ? expect(done).resolves.toBeUndefined() : expect(done).rejects.toMatchObject({ code: "VAULT_EVIDENCE_STALE" }));
			expect([handed, waits]).toEqual([asked, Array.from({ length: asked }, () => 1_000)]);
		}
	});

	it("[VA86] what the keyring refuses for another reason, and what fails, is not asked again", async () => {
		for (const error of [new VaultError("VAULT_EVIDENCE_REFUSED", "another ledger"), new Error("VAULT_EVIDENCE_STALE"), "VAULT_EVIDENCE_STALE"]) {
			const { ledger } = countedLedger();
			let handed = 0;
			const done = handEvidence(
				{ ledger },
				() => {},
				async () => {
					handed++;
					throw error;
				},
			);
			await expect(done).rejects.toBe(error);
			expect(handed).toBe(1);
		}
	});
});

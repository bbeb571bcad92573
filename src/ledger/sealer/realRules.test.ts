import { describe, expect, it } from "vitest";
import { minuteMs, type Pseudonym, sha256Hex } from "#base";
import { enrolmentMessage, genesisState, type LedgerConsent, readMember, rules } from "#contracts";
import { verifyStateProof } from "../light/verifyStateProof.ts";
import { openToySealer, temporaryPath } from "../testing/openToySealer.ts";
import { chain, codesOf, genesis, hospital, hospitalKey, patientKey, sealerKey, startMs, submit, toyKey } from "../testing/toyLedger.ts";
import { signTransaction } from "../transaction.ts";
import { fsckLedger } from "./fsckLedger.ts";

const pseudonym = patientKey.publicKey as Pseudonym;
const consentId = "ab".repeat(16);

function sign(action: string, body: Parameters<typeof signTransaction>[0]["body"], key = patientKey) {
	const salt = sha256Hex(new TextEncoder().encode(action)).slice(0, 32);
	return signTransaction({ chain, contract: "consent", action, body, until: startMs + 5 * minuteMs, salt }, key);
}

describe("Sealer over the real rules", () => {
	it("[LG4] a patient enrols, grants and revokes; each is proved from the checkpoint, and the audit replays it all", async () => {
		const path = temporaryPath();
		const definition = { genesis, rules, genesisState };
		const sealer = await openToySealer(path, { ...definition, readMember });
		const custodianSignature = hospitalKey.sign(enrolmentMessage({ chain, pseudonym, custodian: hospital, delegates: [] }));
		const grant = { pseudonym, consentId, validUntil: "2026-06-30", termsCommitment: "cd".repeat(32) };
		const enrolled = await submit(sealer, sign("enrol", { custodian: hospital, custodianSignature, delegates: [] }), sign("grant", grant));
		expect(codesOf(enrolled)).toEqual(["", ""]);
		const trust = { origin: chain, sealerKey: sealerKey.publicKey };
		const status = () => (verifyStateProof(sealer.proveState("consent", `c/${consentId}`), trust).value as unknown as LedgerConsent).status;
		expect(status()).toBe("active");
		const [forged] = codesOf(await submit(sealer, sign("revoke", { consentId }, toyKey("mallory"))));
		expect(forged).toMatch(/^CONSENT_/);
		expect(status()).toBe("active");
		expect(codesOf(await submit(sealer, sign("revoke", { consentId })))).toEqual([""]);
		expect(status()).toBe("revoked");
		await sealer.close();
		expect(fsckLedger({ ...definition, path, sealerKey: sealerKey.publicKey })).toMatchObject({ findings: [], blocks: 3, leaves: 6 });
	});
});

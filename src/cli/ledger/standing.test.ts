import { describe, expect, it } from "vitest";
import { createSigningKey, type MemberId, sha256Utf8 } from "#base";
import { type Genesis, verifyCheckpoint, witnessesOf, witnessName } from "#ledger";
import { cosignNote, emptyRoot, formatCheckpoint, signNote } from "#log";
import { describeStanding, trustOf } from "./standing.ts";

const keyOf = (name: string) => createSigningKey(sha256Utf8(name));
const others = ["b", "c", "d"];
const member = (id: string, witness?: string) => ({
	id: id as MemberId,
	name: id,
	key: keyOf(id).publicKey,
	roles: [],
	implicitPolicy: "deny",
	...(witness === undefined ? {} : { witness: keyOf(witness).publicKey }),
});
const genesis: Genesis = {
	format: "aceso/genesis/1",
	chain: "standing-1",
	time: 0,
	sealer: keyOf("sealer").publicKey,
	members: [member("a"), ...others.map((id) => member(id, `witness ${id}`))],
	rulesVersion: 1,
};
const text = formatCheckpoint({ origin: genesis.chain, size: 0, root: emptyRoot });
const signed = signNote(text, { name: genesis.chain, key: keyOf("sealer") });
const cosigned = (note: string, id: string, key = `witness ${id}`) =>
	cosignNote(note, { name: witnessName(genesis.chain, id), key: keyOf(key), timeSeconds: 1 });
const told = (note: string, interactive = true) => describeStanding(verifyCheckpoint(note, trustOf(genesis)), genesis, { interactive });

describe("who vouches for a proof", () => {
	it("[LW16] with fewer than half of the other members' witnesses it is one party's word: yellow, no tick, never green", () => {
		expect(witnessesOf(genesis)).toHaveLength(3);
		const own = cosigned(signed, "a", "sealer");
		const stranger = cosigned(cosigned(signed, "b"), "c", "somebody");
		for (const note of [signed, cosigned(signed, "b"), own, cosigned(own, "b"), stranger]) {
			const line = told(note);
			expect(line).toContain("signed by one party");
			expect(line).not.toContain("✓");
			expect(line).not.toContain("\x1b[32m");
		}
		expect(told(cosigned(signed, "b"))).toContain("1 cosignatures by other members, 2 needed");
	});

	it("[LW16] with half of them, rounded up, it is witnessed, and says by whom", () => {
		const line = told(cosigned(cosigned(signed, "b"), "d"), false);
		expect(line).toBe("✓ witnessed by standing-1/witness/b, standing-1/witness/d (2 cosignatures by other members, 2 needed)");
	});
});

import { writeSync } from "node:fs";
import { encodeHex } from "#base";
import { createWallet } from "#wallet";
import { byPseudonym, openSmallNetwork, smallMembers } from "../testing/smallNetwork.ts";

/** The child of the crash test: admits patient after patient and erases each, saying so before and after, until it is killed. */
const small = await openSmallNetwork({ folder: process.argv[2] as string, members: smallMembers.slice(0, 1) });
for (;;) {
	const seed = small.network.randomBytes(32);
	const patient = await small.admit({ family: "Crash", given: "Test", birthDate: "1970-01-01", moreVitals: 40 }, { wallet: createWallet(seed) });
	writeSync(1, `admitted ${encodeHex(seed)}\n`);
	await small.institution().gate.erase(small.sign(patient.key, { kind: "erase", patient: byPseudonym(patient.pseudonym), compartments: "all" }));
	writeSync(1, `erased ${encodeHex(seed)}\n`);
}

import { randomBytes } from "node:crypto";
import { type MemberId, parseSubjectId, systemClock } from "#base";
import { createReceiptKey } from "../receipt.ts";
import { openKeyring } from "./openKeyring.ts";

/** Destroys subjects one after the other and says so after each, until it is killed. Started by `destruction.test.ts`. */
const [path, rootFile, passphrase, custodian, ...subjects] = process.argv.slice(2) as [string, string, string, string, ...string[]];
const keyring = await openKeyring({
	path,
	rootFile,
	passphrase,
	custodian: custodian as MemberId,
	receiptKey: createReceiptKey(randomBytes),
	now: systemClock,
	randomBytes,
	ledger: "taken on trust",
});
process.stdout.write("ready\n");
for (const subject of subjects) {
	await keyring.destroy(parseSubjectId(subject), subjects.indexOf(subject) % 3 === 2 ? ["genomics"] : "all");
	process.stdout.write(`${subject}\n`);
}

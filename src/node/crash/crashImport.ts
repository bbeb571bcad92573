import { randomUUID } from "node:crypto";
import { writeSync } from "node:fs";
import { openSmallNetwork, smallMembers } from "../testing/smallNetwork.ts";

/** The child of the crash test: imports patient after patient into the network in the folder given, and says each before and after, until it is killed. */
const small = await openSmallNetwork({ folder: process.argv[2] as string, members: smallMembers.slice(0, 1) });
for (;;) {
	const localId = randomUUID();
	writeSync(1, `begun ${localId}\n`);
	await small.importPerson({ family: "Crash", given: "Test", birthDate: "1970-01-01", localId, moreVitals: 294 });
	writeSync(1, `imported ${localId}\n`);
}

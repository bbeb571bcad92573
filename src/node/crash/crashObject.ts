import { writeSync } from "node:fs";
import { openSmallNetwork, smallMembers } from "../testing/smallNetwork.ts";
import { crashPatient, fileObject, patternOf } from "../testing/smallObjects.ts";

/** The child of the crash test: files object after object of one patient into the network in the folder given, and says each, until it is killed. */
const small = await openSmallNetwork({ folder: process.argv[2] as string, members: smallMembers.slice(0, 1) });
const { keyring, store } = small.institution();
const known = await store.findSubjects("local-id", await keyring.lookupToken("local-id", crashPatient));
if (known.length === 0) await small.importPerson({ family: "Crash", given: "Object", birthDate: "1970-01-01", localId: crashPatient });
const genome = patternOf(3_000_000);
for (;;) {
	writeSync(1, "begun object\n");
	writeSync(1, `filed ${await fileObject(small, { localId: crashPatient }, genome)}\n`);
}

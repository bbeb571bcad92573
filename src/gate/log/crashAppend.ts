import { writeSync } from "node:fs";
import { openAccessLog } from "./accessLog.ts";
import { createTestBench, draftOf, patientOf } from "./testing.ts";

/**
 * The child of the crash test: appends without end for two patients of the keyring in the folder given, and writes each acknowledged
 * leaf, as `leafIndex leafHash`, to its output, until it is killed. Two of the lanes append cohorts of both patients.
 */
const bench = await createTestBench({ folder: process.argv[2] as string, reopen: true });
const log = await openAccessLog({ path: bench.path, ...bench.parameters });
const append = async (lane: number): Promise<never> => {
	const patient = patientOf(lane % 2 === 0 ? "anna" : "bela");
	for (;;) {
		const { leafIndex, receipt } = await log.append(draftOf(patient.pseudonym, { count: lane }), patient);
		writeSync(1, `${leafIndex} ${receipt.entryHash}\n`);
	}
};
const appendCohorts = async (): Promise<never> => {
	const both = ["anna", "bela"].map(patientOf);
	for (;;) {
		const [first] = await log.appendCohort(both.map(({ subject, pseudonym }) => ({ draft: draftOf(pseudonym), subject })));
		writeSync(1, `${first!.leafIndex} ${first!.receipt.entryHash}\n`);
	}
};
await Promise.all(Array.from({ length: 16 }, (_, lane) => (lane < 2 ? appendCohorts() : append(lane))));

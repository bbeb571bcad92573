import { randomBytes } from "node:crypto";
import { encodeHex, type MemberId, parseSubjectId } from "#base";
import { sealRecord } from "../record.ts";
import { openSqliteStore } from "./sqliteStore.ts";

/** Imports 200 rows at a time and says so after each commit, until it is killed. Started by `sqliteStore.test.ts`. */
const [path, custodian] = process.argv.slice(2) as [string, MemberId];
const store = openSqliteStore({ path, custodian });
process.stdout.write("ready\n");
for (;;) {
	const importId = encodeHex(randomBytes(8));
	const subject = parseSubjectId(encodeHex(randomBytes(16)));
	const wrapped = { id: encodeHex(randomBytes(16)), subject, compartments: ["laboratory"] as const, wrapped: randomBytes(60) };
	const handle = { dataKey: randomBytes(32), wrapped };
	const body = { resourceText: "{}", labels: [], conditions: [], dataTimeMs: null, authors: [], encounter: null, tableVersion: "1" };
	await store.beginImport(importId);
	for (let part = 0; part < 4; part++) {
		const rows = Array.from({ length: 50 }, () =>
			sealRecord({ custodian, handle, token: encodeHex(randomBytes(32)), version: 1, storedAtMs: 1, deleted: false, body, randomBytes }),
		);
		await store.stageRecords(importId, [wrapped], rows);
	}
	await store.commitImport(importId, [{ subject, lookups: [{ kind: "name", token: encodeHex(randomBytes(32)) }] }]);
	process.stdout.write("committed\n");
}

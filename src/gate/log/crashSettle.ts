import { writeSync } from "node:fs";
import { createAccessLog } from "./accessLog.ts";
import { openLogDatabase } from "./logDatabase.ts";
import { createLogStore } from "./logStore.ts";
import { createTestBench, draftOf, patientOf } from "./testing.ts";

/**
 * The child of the kill test of settling: appends to the log of the folder given, writes each acknowledged leaf, as `leafIndex leafHash`, to its
 * output, and kills itself in the settling that falls due: at the row named of what it writes to the table named, or `after` all of it.
 */
const [folder, table, row] = process.argv.slice(2) as [string, string, string];
const bench = await createTestBench({ folder, reopen: true });
const db = openLogDatabase(bench.path);
// With so few pages in memory half of a settling is in the write-ahead log long before it is committed.
db.exec("PRAGMA cache_size = 10");
const die = () => process.kill(process.pid, "SIGKILL");
if (table !== "after") {
	let rows = 0;
	db.function("reach", () => (++rows === Number(row) ? Number(die()) : 0));
	const when = table === "meta" ? "WHEN new.key = 'settled'" : "";
	for (const event of ["INSERT", "UPDATE"])
		db.exec(`CREATE TEMP TRIGGER reach_on_${event} AFTER ${event} ON main.${table} ${when} BEGIN SELECT reach(); END`);
}
const store = createLogStore(db);
const settleWhenDue = store.settleWhenDue.bind(store);
store.settleWhenDue = () => {
	const before = store.getMeta("settled");
	settleWhenDue();
	if (store.getMeta("settled") !== before) die();
};
const log = createAccessLog(store, bench.parameters);
const append = async (lane: number): Promise<void> => {
	const patient = patientOf(["anna", "bela", "cora"][lane % 3] as string);
	for (let times = 0; times < 300; times++) {
		const { leafIndex, receipt } = await log.append(draftOf(patient.pseudonym), patient);
		writeSync(1, `${leafIndex} ${receipt.entryHash}\n`);
	}
};
await Promise.all(Array.from({ length: 12 }, (_, lane) => append(lane)));

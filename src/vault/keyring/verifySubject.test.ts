import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { createBench, newPseudonym, newSubject, randomBytes, reopen } from "../vault.fixtures.ts";

const integrity = expect.objectContaining({ code: "VAULT_INTEGRITY", kind: "stop" });

/** A keyring with somebody live, somebody without notes and somebody destroyed, closed, and whoever may write into its file. */
async function closed() {
	const bench = await createBench();
	const [live, partly, gone] = [newSubject(), newSubject(), newSubject()];
	for (const subject of [live, partly, gone]) await bench.keyring.createSubject(subject, newPseudonym());
	await bench.keyring.destroy(partly, ["notes"]);
	await bench.keyring.destroy(gone, "all");
	expect(await bench.keyring.verifyKeys()).toEqual({ live: 2, destroyed: 1 });
	await bench.keyring.close();
	const write = (sql: string, ...values: readonly SQLInputValue[]) => {
		const database = new DatabaseSync(bench.parameters.path);
		const { changes } = database.prepare(sql).run(...values);
		database.close();
		expect(Number(changes)).toBeGreaterThan(0);
	};
	const verify = async () => {
		const keyring = await reopen(bench.parameters);
		return keyring.verifyKeys().finally(() => keyring.close());
	};
	return { live, partly, gone, write, verify };
}
type Closed = Awaited<ReturnType<typeof closed>>;

const tombstone = "INSERT INTO tombstones VALUES (?, ?, 1, 1, 1)";
const key = "INSERT INTO compartment_keys VALUES (?, ?, ?)";

describe("[VA34] every wrapped key is opened once, and what should not be there is found", () => {
	it.each<[string, (files: Closed) => void]>([
		["a patient key that does not open", ({ write, live }) => write("UPDATE subjects SET patient = ? WHERE subject = ?", randomBytes(60), live)],
		["a patient key of another length", ({ write, live }) => write("UPDATE subjects SET patient = ? WHERE subject = ?", randomBytes(61), live)],
		["an audit key that does not open", ({ write, live }) => write("UPDATE subjects SET audit = ? WHERE subject = ?", randomBytes(60), live)],
		[
			"the audit key of somebody destroyed that does not open",
			({ write, gone }) => write("UPDATE subjects SET audit = ? WHERE subject = ?", randomBytes(60), gone),
		],
		["an audit key in the patient key's place", ({ write, live }) => write("UPDATE subjects SET patient = audit WHERE subject = ?", live)],
		[
			"a compartment's key that does not open",
			({ write, live }) => write("UPDATE compartment_keys SET wrapped = ? WHERE subject = ? AND name = 'notes'", randomBytes(60), live),
		],
		[
			"a compartment's key in another's place",
			({ write, live }) =>
				write(
					"UPDATE compartment_keys SET wrapped = (SELECT wrapped FROM compartment_keys WHERE subject = ?1 AND name = 'vitals') WHERE subject = ?1 AND name = 'notes'",
					live,
				),
		],
		["no patient key where nobody was destroyed", ({ write, live }) => write("UPDATE subjects SET patient = NULL WHERE subject = ?", live)],
		["a patient key beside a tombstone", ({ write, live }) => write(tombstone, live, "*")],
		["a compartment's key beside the whole subject's tombstone", ({ write, gone }) => write(key, gone, "notes", randomBytes(60))],
		["a compartment's key beside its own tombstone", ({ write, live }) => write(tombstone, live, "notes")],
	])("%s", async (_, change) => {
		const files = await closed();
		change(files);
		await expect(files.verify()).rejects.toThrow(integrity);
	});

	it("and a keyring without its own keys, or with others in their place, does not open", async () => {
		const files = await closed();
		files.write("UPDATE node_keys SET wrapped = ?", randomBytes(60));
		await expect(files.verify()).rejects.toThrow(integrity);
		files.write("DELETE FROM node_keys");
		await expect(files.verify()).rejects.toThrow(integrity);
	});

	it("and of a destroyed subject nothing but its audit key is asked for, if it has one", async () => {
		const files = await closed();
		files.write("UPDATE subjects SET audit = NULL WHERE subject = ?", files.gone);
		expect(await files.verify()).toEqual({ live: 2, destroyed: 1 });
		// A tombstone of a compartment is none of a subject.
		files.write(tombstone, files.live, "nothing of ours");
		expect(await files.verify()).toEqual({ live: 2, destroyed: 1 });
	});
});

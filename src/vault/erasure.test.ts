import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { openRecord } from "./record.ts";
import { sealRow } from "./store/describeStore.ts";
import { openSqliteStore } from "./store/sqliteStore.ts";
import { createBench, custodian, newPseudonym, newSubject } from "./vault.fixtures.ts";

const secret = '{"resourceType":"Condition","id":"hiv-positive-since-2019"}';

it("[VA35] neither plaintext nor key is ever in a file, and after erasure neither wrapped key nor ciphertext is", async () => {
	const bench = await createBench();
	const folder = dirname(bench.parameters.path);
	const store = openSqliteStore({ path: join(folder, "vault.db"), custodian });
	const [subject, pseudonym] = [newSubject(), newPseudonym()];
	await bench.keyring.createSubject(subject, pseudonym);
	const handle = await bench.keyring.sealFor(subject, ["conditions"]);
	const row = sealRow(handle, { text: secret });
	await store.putSubject(subject, [{ kind: "name", token: await bench.keyring.lookupToken("name", "muster") }]);
	await store.putRecords([handle.wrapped], [row]);
	const access = () => bench.access({ pseudonym, compartments: ["conditions"] });
	const [dataKey] = await bench.keyring.unwrap(access(), await store.getDataKeys([row.dataKey]));
	expect(openRecord({ custodian, row, dataKey: dataKey as Uint8Array }).resourceText).toBe(secret);

	const holding = (needle: Buffer) => readdirSync(folder).filter((name) => readFileSync(join(folder, name)).includes(needle));
	const clear = [
		Buffer.from("hiv-positive"),
		Buffer.from(handle.dataKey),
		Buffer.from(Buffer.from(handle.dataKey).toString("hex")),
		Buffer.from("muster"),
	];
	const sealed = [Buffer.from(handle.wrapped.wrapped), Buffer.from(row.ciphertext)];
	for (const needle of clear) expect(holding(needle)).toEqual([]);
	// That the search finds what is there: rows are in the store or its write-ahead log.
	for (const needle of sealed) expect(holding(needle).length).toBeGreaterThan(0);

	await bench.keyring.destroy(subject, "all");
	await store.purge(subject, "all");
	for (const needle of [...clear, ...sealed]) expect(holding(needle)).toEqual([]);
	await expect(bench.keyring.unwrap(access(), [handle.wrapped])).rejects.toThrow(expect.objectContaining({ code: "VAULT_ERASED" }));
	await store.close();
});

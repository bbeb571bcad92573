import { once } from "node:events";
import { createWriteStream, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CodedError } from "#base";
import { importFile } from "../importFile.ts";
import { smallBundle } from "../testing/smallBundle.ts";
import { byLocal, openSmallNetwork, type SmallNetwork, type Staff, smallMembers } from "../testing/smallNetwork.ts";

/** Files that somebody made to crash an import, to smuggle something in, or to leave half of themselves behind. */
let small: SmallNetwork;
let doctor: Staff;
const folder = mkdtempSync(join(tmpdir(), "aceso-hostile-"));

beforeAll(async () => {
	small = await openSmallNetwork({ members: smallMembers.slice(0, 1) });
	doctor = await small.hire("practitioner");
	await small.admit({ family: "Oye", given: "Gro", birthDate: "1939-12-12" });
});
afterAll(async () => {
	await small.close();
	rmSync(folder, { recursive: true });
});

const marker = "Marker-hostile";
const good = smallBundle({ family: marker, given: "Import", birthDate: "1970-01-01" });

/** Everything an import may change. */
async function state() {
	const { store, log, keyring } = small.institution();
	const subjects = [];
	for await (const subject of store.listSubjects()) subjects.push(subject);
	const found = await store.findSubjects("local-id", await keyring.lookupToken("local-id", good.localId));
	return { root: await store.root(), subjects, found, entries: log.size() };
}

async function refusalOf(name: string, content: string | Uint8Array): Promise<CodedError<string, Record<string, unknown>>> {
	const path = join(folder, name);
	writeFileSync(path, content);
	const before = await state();
	const error = await importFile(small.network, "north", path).then(
		() => expect.unreachable(`${name} was imported`),
		(thrown: unknown) => thrown as CodedError<string, Record<string, unknown>>,
	);
	expect(await state(), `${name} left something`).toEqual(before);
	expect(JSON.stringify({ ...error, message: error.message }), `${name} is echoed`).not.toContain(marker);
	return error;
}

const inEntry = (change: (entry: Record<string, unknown>) => void, index = 2) => {
	const bundle = JSON.parse(good.text) as { entry: { resource: Record<string, unknown> }[] };
	change(bundle.entry[index]!.resource);
	return JSON.stringify(bundle);
};

describe("hostile files", () => {
	const files: Readonly<Record<string, readonly [string | Uint8Array, string]>> = {
		"not JSON": [`this is no bundle ${marker}`, "FHIR_NOT_JSON"],
		"JSON cut in the middle": [good.text.slice(0, good.text.length >> 1), "FHIR_TRUNCATED"],
		"cut in the last entry, after five good ones": [good.text.slice(0, -40), "FHIR_TRUNCATED"],
		"an unknown field": [inEntry((resource) => (resource[marker] = true)), "FHIR_INVALID"],
		"a reference to nobody": [inEntry((resource) => (resource["subject"] = { reference: `urn:uuid:${marker}` })), "FHIR_"],
		"a reference to the wrong type": [inEntry((resource) => (resource["encounter"] = resource["subject"])), "FHIR_"],
		"10,000 levels": [
			inEntry((resource) => (resource["extension"] = "DEEP")).replace('"DEEP"', `${"[".repeat(10_000)}${"]".repeat(10_000)}`),
			"FHIR_TOO_DEEP",
		],
		"a poisoned key": [good.text.replace('"resourceType":"Condition"', '"__proto__":{"polluted":1},"resourceType":"Condition"'), "FHIR_"],
		"a key twice": [good.text.replace('"resourceType":"Condition"', '"resourceType":"Condition","resourceType":"Patient"'), "FHIR_"],
		"an entry twice": [
			(() => {
				const bundle = JSON.parse(good.text) as { entry: unknown[] };
				return JSON.stringify({ ...bundle, entry: [...bundle.entry, bundle.entry[1]] });
			})(),
			"FHIR_DUPLICATE_ENTRY",
		],
		"gzip cut short": [gzipSync(good.text).subarray(0, 300), "FHIR_"],
		"gzip damaged": [gzipSync(good.text).map((byte, index) => (index === 200 ? byte ^ 0xff : byte)), "FHIR_"],
		"not UTF-8": [Buffer.from(good.text.replace("Asthma", "\u0000ff")).map((byte) => (byte === 0 ? 0xff : byte)), "FHIR_"],
		"nothing at all": ["", "FHIR_"],
		"another bundle behind it": [`${good.text}${good.text}`, "FHIR_"],
	};

	it.each(Object.entries(files))(
		"[GA40] %s: a coded refusal that names the place and not the content, and nothing half imported",
		async (name, [content, code]) => {
			const error = await refusalOf(`${name.replaceAll(/\W/g, "-")}.json`, content);
			expect(error.code).toMatch(new RegExp(`^${code}`));
			expect(Object.keys(error.details ?? {}).length, "no place named").toBeGreaterThan(0);
			expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
		},
	);

	it("[GA41] 100 MB in one line: judged in bounded memory, refused at its last byte, and nothing of it stays", { timeout: 120_000 }, async () => {
		const path = join(folder, "long-line.json");
		const out = createWriteStream(path);
		const entries = good.text.slice(0, good.text.lastIndexOf("]"));
		const padding = `,${" ".repeat(1024 * 1024)}`;
		out.write(entries);
		// Blank space between entries is JSON; at the end stands what makes it none.
		for (let written = 0; written < 100; written++) if (!out.write(written === 0 ? padding : padding.slice(1))) await once(out, "drain");
		out.end(`{"fullUrl":"urn:uuid:${marker}"`);
		await once(out, "close");
		const before = await state();
		const memoryBefore = process.memoryUsage().rss;
		await expect(importFile(small.network, "north", path)).rejects.toThrow(expect.objectContaining({ code: expect.stringMatching(/^FHIR_/) }));
		expect(await state()).toEqual(before);
		expect(process.memoryUsage().rss - memoryBefore).toBeLessThan(80 * 1024 * 1024);
	});

	it("[GA42] after all of them the good file is imported whole, and twice at once is one patient", async () => {
		const path = join(folder, "good.json");
		writeFileSync(path, good.text);
		// Two imports that both found nobody made two patients of one: half of the record was invisible from then on.
		const [first, second] = await Promise.all([importFile(small.network, "north", path), importFile(small.network, "north", path)]);
		expect(first.resources).toBe(6);
		expect(second.patients[0]?.subject).toBe(first.patients[0]?.subject);
		expect((await state()).found).toHaveLength(1);
		const read = { purpose: "ETREAT", emergencyReason: "found unconscious", classes: ["conditions", "laboratory", "vitals", "allergies"] } as const;
		expect((await small.read(doctor.key, byLocal(good.localId), read)).resources).toHaveLength(4);
	});

	it("[GA43] a file too long to be kept that changes between its judging and its sealing is refused, and nothing of it stays", async () => {
		const path = join(folder, "changing.json");
		const other = smallBundle({ family: "Changing", given: "File", birthDate: "1970-01-01" });
		writeFileSync(path, other.text);
		const before = await state();
		const { prepareBundle } = await import("#fhir");
		let reading = 0;
		const prepared = await prepareBundle(
			async function* () {
				yield new TextEncoder().encode(reading++ === 0 ? other.text : other.text.replace("Asthma", "Absent"));
			},
			{ keptCharacters: 0 },
		);
		await expect(small.institution().gate.importRecords(prepared)).rejects.toThrow(expect.objectContaining({ code: "FHIR_BUNDLE_CHANGED" }));
		const after = await state();
		expect({ ...after, entries: 0 }).toEqual({ ...before, entries: 0 });
	});
});

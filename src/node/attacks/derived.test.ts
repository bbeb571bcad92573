import { readdirSync, readFileSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Digest, type SubjectId, sha256Hex } from "#base";
import type { DataClass, Provision } from "#contracts";
import { type DerivedHolder, derivedHolders, notOfPatients } from "#gate";
import {
	byLocal,
	byPseudonym,
	openSmallNetwork,
	type SmallNetwork,
	type SmallPatient,
	type Staff,
	smallMembers,
	toPractitioners,
} from "../testing/smallNetwork.ts";
import { fileObject, objectFiles, patternOf } from "../testing/smallObjects.ts";

/** Invariant 5: nothing that derives from a patient is kept where an erasure does not look. */
const placesOf = (which: (holder: DerivedHolder) => boolean) => derivedHolders.filter(which).flatMap(({ places }) => places);
const known = new Set([...placesOf(() => true), ...Object.keys(notOfPatients)]);
const staying = new Set(placesOf((holder) => "stays" in holder));
const rooms = join(import.meta.dirname, "../..");

let small: SmallNetwork;
let doctor: Staff;
let researcher: Staff;
let erased: SmallPatient;
let subject: SubjectId;
/** Where the erased patient was named before the erasure and after it. */
let before: ReadonlySet<string>;
let after: ReadonlySet<string>;
let tables: ReadonlySet<string>;

const grants: readonly Provision[] = [
	toPractitioners("north", ["conditions", "laboratory", "vitals"]),
	...(["deidentified", "aggregate"] as const).map((level): Provision => {
		const grantees = [{ kind: "credential", credential: "researcher" }] as const;
		return { type: "permit", grantees, purposes: ["HRESCH"], classes: ["demographics", "conditions"], level };
	}),
];

async function readOverFhir({ key }: Staff) {
	const place = { method: "GET", url: "/fhir/Condition", content: sha256Hex() as Digest };
	const request = small.sign(key, { kind: "fhir", ...place, purpose: "TREAT", level: "identified" });
	const access = await small.institution().gate.openFhir({ scheme: "signed", request }, place);
	expect((await access.release({ patient: byLocal(erased.localId), classes: ["conditions"] })).records).toHaveLength(1);
	const wish = {
		type: "Condition",
		pairs: [],
		classes: ["conditions"],
		channel: "{}",
		resource: "{}",
		endsAtMs: small.network.now() + 1e6,
		isOn: true,
	} as const;
	await access.subscribe(byLocal(erased.localId), wish);
}

/** Takes part in everything: read, emergency, cohort, count, insight. */
async function liveThroughEverything() {
	const { gate } = small.institution();
	await small.read(doctor.key, byLocal(erased.localId));
	await readOverFhir(doctor);
	const emergencyReason = "found unconscious, no papers";
	await small.read(doctor.key, byLocal(erased.localId), { purpose: "ETREAT", emergencyReason });
	await gate.releaseCohort(
		small.sign(researcher.key, { kind: "cohort", purpose: "HRESCH", study: "s", classes: ["demographics", "conditions"], level: "deidentified" }),
	);
	const code = { system: "http://snomed.info/sct", code: "195967001" };
	await gate.countPatients(small.sign(researcher.key, { kind: "count", purpose: "HRESCH", class: "conditions", code, epsilonMilli: 100 }));
	const { pseudonym } = erased;
	for (const [hash, classes] of [
		["aa", "conditions"],
		["bb", "conditions+vitals"],
	] as const)
		gate.memory.recordInsights([
			{ hash: hash.repeat(32), pseudonym, requester: doctor.key.publicKey, model: "m", classes, atMs: small.network.now() },
		]);
	gate.memory.placeHold(pseudonym, "court order 17", small.network.now() + 1, small.network.now());
	small.advance(1_000);
}

beforeAll(async () => {
	small = await openSmallNetwork({ members: smallMembers.slice(0, 1) });
	doctor = await small.hire("practitioner");
	researcher = await small.hire("researcher");
	for (let i = 0; i < 12; i++) {
		const each = await small.admit({ family: "Derived", given: `P${i}`, birthDate: "1960-01-01" });
		for (const provision of grants) await small.grant(each, provision);
		erased = each;
	}
	subject = (await small.institution().keyring.subjectOf(erased.pseudonym)) as SubjectId;
	await fileObject(small, erased, patternOf(100_000));
	expect(objectFiles(small)).toHaveLength(1);
	await liveThroughEverything();
	// The files are their writers' alone while a node runs.
	await small.close();
	({ named: before, tables } = look());
	small = await openSmallNetwork({ folder: small.folder, members: smallMembers.slice(0, 1), aheadMs: 1_000 });
	await small.read(doctor.key, byLocal(erased.localId));
	await small.institution().gate.erase(small.sign(erased.key, { kind: "erase", patient: byPseudonym(erased.pseudonym), compartments: "all" }));
	await small.close();
	({ named: after } = look());
}, 120_000);
afterAll(() => small.network.close().catch(() => undefined));

/** Every table of every file of the node, and those of which a row holds the subject or the pseudonym, as text or as bytes. */
function look(): { readonly tables: ReadonlySet<string>; readonly named: ReadonlySet<string> } {
	const all = new Set<string>();
	const named = new Set<string>();
	for (const path of filesIn(small.folder).filter((each) => /\.(?:db|state)$/.test(each))) {
		const db = new DatabaseSync(path, { readOnly: true });
		const found = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'").all() as { name: string }[];
		for (const { name } of found) {
			const place = `${fileName(path)} ${name}`;
			all.add(place);
			for (const row of db.prepare(`SELECT * FROM "${name}"`).all()) if (Object.values(row).some(isNaming)) named.add(place);
		}
		db.close();
	}
	return { tables: all, named };
}

function isNaming(value: unknown): boolean {
	const bytes = value instanceof Uint8Array ? Buffer.from(value) : Buffer.from(String(value));
	return [subject, erased.pseudonym].some((name) => bytes.includes(name) || bytes.includes(Buffer.from(name, "hex")));
}

function filesIn(folder: string): readonly string[] {
	return readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((each) => (each.isFile() ? [join(each.parentPath, each.name)] : []));
}

/** Witnesses have a file each. */
const fileName = (path: string) => (path.includes("witness") ? "witness.db" : basename(path));

/** Fields of classes and constants of modules that are maps or sets: what outlives a call. Closed lists are declared read-only. */
function lastingCollections(path: string): readonly string[] {
	const lasting = /^(?:\t(?:(?:private|static|readonly) )*(#?\w+)|(?:export )?(?:const|let) (\w+))(: [^=\n]+)? = new (?:Weak)?(?:Map|Set)\b/gm;
	const text = readFileSync(path, "utf8");
	return [...text.matchAll(lasting)].flatMap(([, field, constant, type]) =>
		type?.startsWith(": Readonly") ? [] : [`src/${relative(rooms, path).replaceAll("\\", "/")} ${field ?? constant}`],
	);
}

describe("what derives from a record", () => {
	it("[GA11] every table of every file of a node stands in the registry", () => {
		expect(tables.size).toBeGreaterThan(30);
		expect([...tables].filter((place) => !known.has(place))).toEqual([]);
	});

	it("[GA11] every map and set of the sources that outlives a call stands in the registry, and nothing stands there that is gone", () => {
		const sources = filesIn(rooms).filter((path) => /^(base|log|contracts|ledger|vault|gate|fhir|insight|node)\/.*\.ts$/.test(relative(rooms, path)));
		const isForTests = (path: string) => /\.test\.ts$|\.fixture\.ts$|\/testing|fixtures\.ts$|crash[A-Z]/.test(path);
		const found = sources.filter((path) => !isForTests(path)).flatMap(lastingCollections);
		expect(found.length).toBeGreaterThan(30);
		expect(found.filter((place) => !known.has(place))).toEqual([]);
		const gone = [...known].filter((place) => place.startsWith("src/") && !found.includes(place));
		expect(gone).toEqual([]);
	});

	it("[GA11] after an erasure the subject and the pseudonym are named only where the registry says so, in no row of another table", () => {
		expect([...after].filter((place) => !staying.has(place))).toEqual([]);
		// The search is not blind: before it, what has to go stood there.
		for (const place of [
			"gate.db insight",
			"gate.db spend",
			"gate.db release_member",
			"vault.db records",
			"vault.db lookups",
			"keyring.db compartment_keys",
		])
			expect(before.has(place), place).toBe(true);
	});

	it("[GA11] no large object is left, nor a folder of one", () => {
		expect(readdirSync(join(small.folder, "members", "north", "blobs"))).toEqual(["incoming"]);
	});

	it("[GA11] nor in a file, a free page or a journal of a file, in which nothing may stay", () => {
		const mayStay = new Set([...staying].map((place) => place.split(" ")[0]));
		for (const path of filesIn(small.folder)) {
			const file = fileName(path).replace(/-(wal|shm)$/, "");
			if (mayStay.has(file)) continue;
			const bytes = readFileSync(path);
			for (const name of [subject, erased.pseudonym]) {
				expect(bytes.includes(name), basename(path)).toBe(false);
				expect(bytes.includes(Buffer.from(name, "hex")), basename(path)).toBe(false);
			}
		}
		const vault = filesIn(small.folder).find((path) => basename(path) === "vault.db") as string;
		// A row log keeps no name: the pseudonym stands nowhere in the vault, the subject once, as one that is never taken in again.
		expect(readFileSync(vault).includes(erased.pseudonym)).toBe(false);
	});

	it("[GA11] a partial erasure takes the insights that rest on its class and leaves the others", async () => {
		small = await openSmallNetwork({ folder: small.folder, members: smallMembers.slice(0, 1), aheadMs: 1_000 });
		const patient = await small.admit({ family: "Partial", given: "Ada", birthDate: "1961-01-01" });
		const { memory, erase } = small.institution().gate;
		const file = (hash: string, classes: string) =>
			memory.recordInsights([
				{ hash, pseudonym: patient.pseudonym, requester: doctor.key.publicKey, model: "m", classes, atMs: small.network.now() },
			]);
		file("cc".repeat(32), "conditions");
		file("dd".repeat(32), "conditions+vitals");
		const compartments: readonly DataClass[] = ["vitals"];
		await erase(small.sign(patient.key, { kind: "erase", patient: byPseudonym(patient.pseudonym), compartments }));
		expect(memory.findInsight("dd".repeat(32))).toBeUndefined();
		expect(memory.findInsight("cc".repeat(32))?.classes).toBe("conditions");
	});
});

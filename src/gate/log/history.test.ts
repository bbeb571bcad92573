import { beforeAll, describe, expect, it } from "vitest";
import { type Digest, encodeHex, type Instant, type MemberId, sha256 } from "#base";
import type { StateProof } from "#ledger";
import { cosignNote, formatCheckpoint, openNote, parseCheckpoint, signNote } from "#log";
import {
	blindPseudonym,
	formatMapLine,
	type HistoryExport,
	type HistoryReport,
	type HistoryTrust,
	listEntries,
	type SeenLog,
	type ShownLog,
	verifyHistory,
} from "#wallet";
import { HeadMap } from "./headMap.ts";
import { draftOf, keyOf, patientOf, type TestPatient, testMember, testWriterKey } from "./testing.ts";
import { anchorBodyOf, createHistoryBench, type HistoryBench, testChain, testSealerKey } from "./testingLedger.ts";

/** anna: 3 entries before the first anchor, 2 before the second, 1 after it, and the look itself. bela's stand between them. */
let bench: HistoryBench;
let anna: TestPatient;
let bela: TestPatient;
let history: HistoryExport;
let trust: HistoryTrust;
const logName = "clinic-a.1";

beforeAll(async () => {
	bench = await createHistoryBench();
	anna = await bench.enrol("anna");
	bela = await bench.enrol("bela");
	await Promise.all([bench.append(anna, 3), bench.append(bela, 4)]);
	await bench.anchor();
	await Promise.all([bench.append(bela, 2), bench.append(anna, 2)]);
	await bench.anchor();
	await bench.append(anna, 1);
	history = await bench.history(anna);
	trust = { chain: testChain, ledgerKey: testSealerKey.publicKey, pseudonym: anna.pseudonym, member: testMember, now: bench.clock.now as Instant };
});

type Mutable<T> = T extends string | number | boolean | null | undefined
	? T
	: T extends StateProof
		? { -readonly [K in keyof StateProof]: StateProof[K] }
		: T extends readonly (infer Item)[]
			? Mutable<Item>[]
			: { -readonly [K in keyof T]: Mutable<T[K]> };

/** The report on a copy of the history that someone has changed. */
function verifyWholeChanged(change: (copy: Mutable<HistoryExport>) => void, changes: Partial<HistoryTrust> = {}): HistoryReport {
	const copy = structuredClone(history) as unknown as Mutable<HistoryExport>;
	change(copy);
	return verifyHistory(copy, { ...trust, ...changes });
}

/** The same of its only log. */
function verifyChanged(change: (copy: Mutable<ShownLog>) => void, changes: Partial<HistoryTrust> = {}): HistoryReport {
	return verifyWholeChanged((copy) => change(copy.logs[0]!.shown!), changes);
}

/** What is shown of a history's only log. */
function shownOf({ logs }: HistoryExport): ShownLog {
	return logs[0]!.shown!;
}

const codeOf = (report: HistoryReport) => report.checks.find(({ ok }) => !ok)?.code;

describe("an honest history", () => {
	it("[WA20] is verified offline from the ledger's key alone", () => {
		const report = verifyHistory(history, trust);
		expect(report.checks.filter(({ ok }) => !ok)).toEqual([]);
		expect(report.checks.map(({ name }) => name)).toEqual([
			"form",
			"subject",
			"ledger",
			"checkpoint",
			"entries",
			"anchors",
			"completeness",
			"acknowledged",
		]);
		expect(report.entries.map(({ seq }) => seq)).toEqual([0, 1, 2, 3, 4, 5, 6]);
		expect(shownOf(history).anchors.map(({ index, size }) => [index, size])).toEqual([
			[0, 7],
			[1, 11],
		]);
		expect(report.warnings).toEqual(["2 newest entries are signed by the custodian but not yet anchored on the ledger"]);
	});

	it("[WA21] without cosignatures it is signed by one party, never verified", () => {
		expect(verifyHistory(history, trust)).toMatchObject({ ok: true, verdict: "signed by one party" });
		expect(verifyHistory(history, { ...trust, quorum: 0 }).verdict).toBe("signed by one party");
		const witnesses = ["w1", "w2", "w3"].map((name) => ({ name, key: keyOf(name).publicKey }));
		const cosigned = (names: readonly string[]) => {
			const cosign = (note: string) =>
				names.reduce((signed, name) => cosignNote(signed, { name, key: keyOf(name), timeSeconds: 1_772_438_400 }), note);
			return verifyWholeChanged(
				(copy) => {
					for (const proof of [copy.count, copy.logs[0]!.record]) proof.checkpoint = cosign(proof.checkpoint);
				},
				{ witnesses },
			);
		};
		expect(cosigned(["w1"])).toMatchObject({ verdict: "signed by one party", cosignatures: { found: 1, asked: 2 } });
		expect(cosigned(["w1", "stranger"])).toMatchObject({ verdict: "signed by one party" });
		expect(cosigned(["w1", "w3"])).toMatchObject({ verdict: "verified", cosignatures: { found: 2, asked: 2 } });
	});

	it("[AL15] before the first anchor it verifies too, and says that nothing is on the ledger yet", async () => {
		const early = await createHistoryBench();
		const patient = await early.enrol("anna");
		await early.append(patient, 2);
		const report = verifyHistory(await early.history(patient), { ...trust, now: early.clock.now as Instant });
		expect(report).toMatchObject({ ok: true, warnings: ["3 newest entries are signed by the custodian but not yet anchored on the ledger"] });
	});

	it("[AL15] a patient who came after the newest anchor is proved absent from its map", async () => {
		const carla = await bench.enrol("carla");
		const late = await bench.history(carla);
		expect(shownOf(late).anchors.map(({ map }) => map?.head)).toEqual([null]);
		expect(verifyHistory(late, { ...trust, pseudonym: carla.pseudonym })).toMatchObject({ ok: true });
	});

	it("[AL15] an anchor that the writer forgot after a crash is shown all the same: the ledger's state says it", async () => {
		const crashed = await createHistoryBench();
		const patient = await crashed.enrol("anna");
		await crashed.append(patient, 3);
		await crashed.submit("anchor", anchorBodyOf(crashed.log, crashed.ledger, crashed.clock.now));
		const report = verifyHistory(await crashed.history(patient), { ...trust, now: crashed.clock.now as Instant });
		expect(report).toMatchObject({ ok: true, warnings: ["1 newest entries are signed by the custodian but not yet anchored on the ledger"] });
	});

	it("[WA22] accesses that the patient was told of must be in it", () => {
		const own = listEntries(history)[2]!;
		expect(verifyHistory(history, { ...trust, expected: [listEntries(history)[3]!.entry.previous] }).ok).toBe(true);
		const report = verifyHistory(history, { ...trust, expected: [own.entry.previous, "ab".repeat(32) as Digest] });
		expect([report.ok, codeOf(report)]).toEqual([false, "WALLET_ACCESS_MISSING"]);
	});

	it("[AL16] a history that spans several data keys and a restart is whole", async () => {
		const long = await createHistoryBench();
		const patient = await long.enrol("anna");
		await long.append(patient, 700);
		await long.anchor();
		const exported = await long.history(patient);
		const report = verifyHistory(exported, { ...trust, now: long.clock.now as Instant });
		expect([report.ok, report.entries.length]).toEqual([true, 701]);
		expect(report.entries.map(({ count }) => count).slice(0, 700)).toEqual(Array.from({ length: 700 }, (_, i) => i));
	});
});

describe("leaving something out", () => {
	it.each([0, 1, 2, 3, 4, 5])("[WA23] entry %i is missing", (at) => {
		expect(codeOf(verifyChanged((copy) => copy.entries.splice(at, 1)))).toBe("WALLET_ENTRY_GAP");
	});

	it("[WA23] the last entry is missing", () => {
		expect(codeOf(verifyChanged((copy) => copy.entries.pop()))).toBe("WALLET_HISTORY_INCOMPLETE");
	});

	it("[WA23] the last entries are missing and the export's head says so: the head map still knows better", () => {
		const report = verifyChanged((copy) => {
			copy.entries.splice(3);
			copy.map = structuredClone(copy.anchors[0]!.map!);
		});
		expect(codeOf(report)).toBe("WALLET_MAP_PROOF_INVALID");
	});

	it("[WA23] the last anchored entry is missing from an older checkpoint that the writer signs anew", () => {
		const report = verifyChanged((copy) => {
			copy.entries.splice(3);
			copy.checkpoint = resign({ size: 7, root: copy.anchors[0]!.root, mapRoot: copy.anchors[0]!.mapRoot });
			copy.map = structuredClone(copy.anchors[0]!.map!);
		});
		expect(codeOf(report)).toBe("WALLET_LOG_TRUNCATED");
	});

	it("[WA23] everything is missing", () => {
		expect(codeOf(verifyChanged((copy) => copy.entries.splice(0)))).toBe("WALLET_HISTORY_INCOMPLETE");
	});

	it("[WA23] everything is missing, under a secret that leads to an empty place: the look itself would have to be there", () => {
		const elsewhere = bench.store();
		const report = verifyWholeChanged((copy) => {
			const blind = "ab".repeat(32);
			const blinded = blindPseudonym(logName, anna.pseudonym, blind);
			const absent = (size: number) => ({ head: null, sparse: structuredClone(new HeadMap(elsewhere, "stored").moveTo(size).prove(blinded)) });
			const shown = copy.logs[0]!.shown!;
			Object.assign(copy, { blind });
			Object.assign(shown, { entries: [], map: absent(shown.entries.at(-1)!.leafIndex + 1), anchors: shown.anchors.slice(-1) });
			for (const anchor of shown.anchors) Object.assign(anchor, { map: absent(anchor.size) });
		});
		expect(report.checks.map(({ name, code }) => `${name} ${code}`).at(-1)).toBe("completeness WALLET_HISTORY_INCOMPLETE");
	});

	it("[WA23] the patient's place in the maps is another: whoever has no entry at all was not looked up under this secret", () => {
		const report = verifyWholeChanged((copy) => {
			copy.blind = "ab".repeat(32);
		});
		expect(codeOf(report)).toBe("WALLET_MAP_PROOF_INVALID");
	});

	it("[WA23] entries are exchanged, doubled or renumbered", () => {
		const swapped = verifyChanged((copy) => copy.entries.splice(1, 2, copy.entries[2]!, copy.entries[1]!));
		const doubled = verifyChanged((copy) => copy.entries.splice(2, 0, copy.entries[2]!));
		const renumbered = verifyChanged((copy) => {
			copy.entries.splice(2, 1);
			for (const [at, item] of copy.entries.entries()) item.entry.seq = at;
		});
		expect([swapped, doubled, renumbered].map(codeOf)).toEqual(["WALLET_ENTRY_GAP", "WALLET_ENTRY_GAP", "WALLET_CHAIN_BROKEN"]);
	});

	it("[WA24] an anchor is left out at the end: the ledger's state names a newer one", () => {
		expect(codeOf(verifyChanged((copy) => copy.anchors.pop()))).toBe("WALLET_ANCHOR_MISSING");
		expect(codeOf(verifyChanged((copy) => copy.anchors.splice(0)))).toBe("WALLET_ANCHOR_MISSING");
	});
});

/** A checkpoint that the writer itself signs, so that only what it says can give it away. */
function resign({ size, root, mapRoot, key = testWriterKey }: { size: number; root: string; mapRoot: string; key?: typeof testWriterKey }): string {
	const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, "hex"));
	const text = formatCheckpoint({ origin: logName, size, root: bytes(root), extensions: [formatMapLine(bytes(mapRoot))] });
	return signNote(text, { name: logName, key });
}

describe("showing something else", () => {
	it("[WA25] another patient's history, entry or proof", async () => {
		const belas = await bench.history(bela);
		expect(codeOf(verifyHistory(belas, trust))).toBe("WALLET_SUBJECT_DIFFERS");
		expect(codeOf(verifyChanged((copy) => copy.entries.splice(1, 1, listEntries(belas)[1] as (typeof copy.entries)[number])))).toBe(
			"WALLET_ENTRY_FOREIGN",
		);
		expect(codeOf(verifyHistory({ ...belas, pseudonym: anna.pseudonym }, trust))).toBe("WALLET_ENTRY_FOREIGN");
		const borrowed = verifyChanged((copy) => {
			copy.map.sparse = structuredClone(shownOf(belas).map.sparse) as typeof copy.map.sparse;
		});
		expect(codeOf(borrowed)).toBe("WALLET_MAP_PROOF_INVALID");
	});

	it("[WA26] a checkpoint signed by another key, or with another tree, or without its head map", () => {
		const { root, size } = parseCheckpoint(
			openNote(shownOf(history).checkpoint, [{ name: logName, key: testWriterKey.publicKey, type: "ed25519" }]).text,
		);
		const honest = { size, root: encodeHex(root), mapRoot: "ab".repeat(32) };
		const forged = (checkpoint: string) => codeOf(verifyChanged((copy) => (copy.checkpoint = checkpoint)));
		expect(forged(resign({ ...honest, key: keyOf("a forger") }))).toBe("WALLET_WRITER_SIGNATURE_INVALID");
		expect(forged(resign({ ...honest, root: "cd".repeat(32) }))).toBe("WALLET_LOG_REWRITTEN");
		expect(forged(resign(honest))).toBe("WALLET_MAP_PROOF_INVALID");
		const bare = signNote(formatCheckpoint({ origin: logName, size, root }), { name: logName, key: testWriterKey });
		expect(forged(bare)).toBe("WALLET_WRITER_SIGNATURE_INVALID");
	});

	it("[WA27] a ledger that is not the pinned one", () => {
		expect(codeOf(verifyHistory(history, { ...trust, ledgerKey: keyOf("another sealer").publicKey }))).toBe("WALLET_LEDGER_SIGNATURE_INVALID");
		expect(codeOf(verifyHistory(history, { ...trust, chain: "another-chain" }))).toBe("WALLET_SUBJECT_DIFFERS");
	});

	it("[WA28] a ledger or log older than what this wallet has seen", async () => {
		const { seen } = verifyHistory(history, trust);
		const stale = (changes: Partial<HistoryTrust>) => codeOf(verifyHistory(history, { ...trust, ...changes }));
		expect(stale({ seen: seen! })).toBeUndefined();
		expect(stale({ seen: { ...seen!, ledgerSize: seen!.ledgerSize + 1 } })).toBe("WALLET_LEDGER_STALE");
		const seenOf = (changes: Partial<SeenLog>) => ({ seen: { ...seen!, logs: [{ ...seen!.logs[0]!, ...changes }] } });
		expect(stale(seenOf({ size: seen!.logs[0]!.size + 1 }))).toBe("WALLET_LOG_TRUNCATED");
		expect(stale(seenOf({ root: "ab".repeat(32) as Digest }))).toBe("WALLET_LOG_REWRITTEN");
		expect(stale({ seen: { ...seen!, blind: "ab".repeat(32) } })).toBe("WALLET_SUBJECT_DIFFERS");
		expect(stale({ notBeforeMs: (bench.clock.now + 10 * 60_000) as Instant })).toBe("WALLET_LEDGER_STALE");
	});

	it("[WA29] an old file is said to be old", () => {
		const report = verifyHistory(history, { ...trust, now: (trust.now + 2 * 3_600_000) as Instant });
		expect(report.warnings.some((warning) => warning.includes("accesses after that are not in it"))).toBe(true);
	});

	it("[WA30] a log that the ledger does not know, or knows for another custodian", async () => {
		const renamed = verifyWholeChanged(
			(copy) => {
				copy.member = "lab-b" as MemberId;
			},
			{ member: "lab-b" as MemberId },
		);
		const other = verifyWholeChanged((copy) => {
			copy.logs[0]!.record = bench.ledger.proveState("access", "l/clinic-a/clinic-a.9");
		});
		const counted = verifyWholeChanged((copy) => {
			copy.count = bench.ledger.proveState("access", "m/lab-b");
		});
		const twice = verifyWholeChanged((copy) => copy.logs.push(structuredClone(copy.logs[0]!)));
		expect([renamed, other, counted, twice].map(codeOf)).toEqual(Array(4).fill("WALLET_LOG_UNREGISTERED"));
	});

	it("[AL15] a log that the ledger does not know shows no history", async () => {
		const unregistered = await createHistoryBench({ register: false });
		const patient = await unregistered.enrol("anna");
		await expect(unregistered.history(patient)).rejects.toMatchObject({ code: "ACCESS_LOG_UNKNOWN" });
	});

	it("[WA31] proofs from two moments of the ledger", async () => {
		const other = await createHistoryBench();
		const patient = await other.enrol("anna");
		await other.append(patient, 2);
		const before = await other.history(patient);
		await other.anchor();
		const after = await other.history(patient);
		const mixed = verifyHistory({ ...after, count: before.count }, { ...trust, now: other.clock.now as Instant });
		expect(codeOf(mixed)).toBe("WALLET_LEDGER_PROOF_INVALID");
	});
});

describe("[WA32] every field of an export counts", () => {
	const places: string[] = [];

	function collect(value: unknown, path: string): void {
		if (Array.isArray(value)) for (const [i, item] of value.entries()) collect(item, `${path}.${i}`);
		else if (typeof value === "object" && value !== null) for (const [key, item] of Object.entries(value)) collect(item, `${path}.${key}`);
		else places.push(path.slice(1));
	}

	function change(root: unknown, path: string, to: (value: unknown) => unknown): void {
		const names = path.split(".");
		const last = names.pop()!;
		const parent = names.reduce((value, name) => (value as Record<string, unknown>)[name], root) as Record<string, unknown>;
		parent[last] = to(parent[last]);
	}

	/** Another value of the same type: +1, or one character exchanged within its alphabet. */
	function nudge(value: unknown): unknown {
		if (typeof value === "number") return value + 1;
		if (typeof value === "boolean") return !value;
		if (typeof value !== "string" || value === "") return "0";
		const at = Math.floor(value.length / 3);
		const other = value[at] === "a" ? "b" : "a";
		return value.slice(0, at) + other + value.slice(at + 1);
	}

	it("a changed value is refused, wherever it stands", () => {
		collect(history, "");
		expect(places.length).toBeGreaterThan(200);
		const accepted = places.filter((place) => verifyWholeChanged((copy) => change(copy, place, nudge)).ok);
		expect(accepted).toEqual([]);
	});

	it("a removed or added field is refused", () => {
		const containers = [
			"",
			"count",
			"logs.0",
			"logs.0.record",
			"logs.0.record.sparse",
			"logs.0.shown",
			"logs.0.shown.map",
			"logs.0.shown.entries.0",
			"logs.0.shown.entries.0.entry",
			"logs.0.shown.anchors.0",
			"logs.0.shown.anchors.0.map",
		];
		for (const container of containers) {
			const parentOf = (copy: unknown) =>
				container === ""
					? (copy as Record<string, unknown>)
					: (container.split(".").reduce((v, n) => (v as Record<string, unknown>)[n], copy) as Record<string, unknown>);
			expect(verifyWholeChanged((copy) => (parentOf(copy).extra = 1)).ok, `${container} with a field more`).toBe(false);
			for (const name of Object.keys(parentOf(history))) {
				expect(verifyWholeChanged((copy) => delete parentOf(copy)[name]).ok, `${container} without ${name}`).toBe(false);
			}
		}
	});

	it("what is no history at all is refused without an exception", () => {
		for (const input of [null, 1, "x", [], {}, { format: "aceso/history/2" }]) {
			expect(verifyHistory(input, trust)).toMatchObject({ ok: false, verdict: "refused", entries: [], seen: null });
		}
	});
});

it("[AL16] a refused look exports nothing: the keyring opens no audit key on it", async () => {
	const refused = { ...draftOf(anna.pseudonym), compartments: [], decision: "deny", reasons: ["GRANTEE_DIFFERS"] } as const;
	const access = await bench.log.append(refused, anna);
	await expect(bench.log.history({ access, keyring: bench.keyring, ledger: bench.ledger })).rejects.toMatchObject({
		code: "VAULT_RECEIPT_REFUSED",
		details: { reason: "decision-not-permit" },
	});
});

it("[AL6] the blinded key cannot be found from the pseudonym alone", () => {
	const guess = blindPseudonym(logName, patientOf("anna").pseudonym, encodeHex(sha256(new Uint8Array(1))));
	const real = blindPseudonym(logName, patientOf("anna").pseudonym, history.blind);
	expect(encodeHex(guess)).not.toBe(encodeHex(real));
	expect(verifyHistory(history, trust).seen?.blind).toBe(history.blind);
});

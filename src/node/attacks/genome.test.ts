import { randomUUID } from "node:crypto";
import { copyFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Provision } from "#contracts";
import { callPgx } from "#genomics";
import { listEntries } from "#wallet";
import { createInstitutionApp } from "../app.ts";
import { vcfBlocks } from "../genome/decompressVcf.ts";
import { createGenomeModelPublication, genomeModelId } from "../genome/genomeModel.ts";
import { shippedPgx } from "../genome/pgxKnowledge.ts";
import { computePgx } from "../genome/reportPgx.ts";
import { createObjectRecord } from "../objectRecord.ts";
import { submitAll } from "../submit.ts";
import { askPgx, cyp2c19Lines, fileGenome, pgxBody, smallGenome, vcfHeader, vcfLine } from "../testing/smallGenome.ts";
import {
	byLocal,
	byPseudonym,
	codeOf,
	openSmallNetwork,
	type SmallNetwork,
	type SmallPatient,
	type Staff,
	smallMembers,
	toPractitioners,
} from "../testing/smallNetwork.ts";
import { askObject, collect, inPieces, objectFiles } from "../testing/smallObjects.ts";

/** A sealed genome that is computed on: a door of its own, with the same lock, the same log and the same silence. */
let small: SmallNetwork;
let doctor: Staff;
let patient: SmallPatient;
const genome = smallGenome();

beforeAll(async () => {
	small = await openSmallNetwork({ members: smallMembers.slice(0, 1) });
	doctor = await small.hire("practitioner");
});
afterAll(() => small.close());

const admit = () => small.admit({ family: "Genome", given: randomUUID(), birthDate: "1951-05-05" });
const someone = () => byLocal(patient.localId);
const size = () => small.institution().log.size();

/** A patient whose genome is sealed and granted. */
async function open(provision: Partial<Provision> = {}) {
	patient = await admit();
	const consentId = await small.grant(patient, toPractitioners("north", ["genomics"], provision));
	const before = objectFiles(small);
	const filed = await fileGenome(small, patient, genome);
	// The index is the smaller of the two.
	const files = objectFiles(small)
		.filter((path) => !before.includes(path))
		.toSorted((a, b) => readFileSync(b).length - readFileSync(a).length);
	return { consentId, ...filed, genomePath: files[0] as string, indexPath: files[1] as string };
}

async function history() {
	const shown = await small.institution().gate.showHistory(small.sign(patient.key, { kind: "history", patient: byPseudonym(patient.pseudonym) }));
	return listEntries(shown).map(({ entry }) => entry);
}

const cyp2c19 = ({ genes }: { readonly genes: readonly { readonly gene: string; readonly diplotypes: readonly { readonly name: string }[] }[] }) =>
	genes.find(({ gene }) => gene === "CYP2C19")?.diplotypes.map(({ name }) => name);

describe("a report from a sealed genome", () => {
	it("[GA140] is that of the file, from a few chunks of many, and on the log before", async () => {
		const { record, records } = await open();
		expect(records).toBeGreaterThan(19_000);
		const before = size();
		const answer = await askPgx(small, doctor, { patient: someone() });
		expect(size(), "the first look opens the terms, the second entry is the access").toBe(before + 2);
		expect(answer).toMatchObject({ record, genomes: 1, labels: [], access: { leafIndex: before + 1 } });
		const whole = await callPgx(shippedPgx(), { bytes: [Buffer.from(genome)] });
		expect(cyp2c19(answer.result)).toEqual(["*1/*2"]);
		expect(JSON.parse(JSON.stringify(answer.result.genes))).toEqual(JSON.parse(JSON.stringify(whole.genes)));
		const { chunks, ofChunks, bytes, ofBytes } = answer.opened.genome;
		expect(ofChunks).toBeGreaterThan(15);
		expect(chunks).toBeLessThanOrEqual(5);
		expect(bytes).toBeLessThan(ofBytes / 3);
		expect((await history()).at(-2)).toMatchObject({
			...{ action: "read", decision: "permit", compartments: ["genomics"], purpose: "TREAT", requester: doctor.key.publicKey },
		});
	});

	it("[ND71] over HTTP, with what was opened and no sample's name", async () => {
		await open();
		const app = createInstitutionApp(small.network, small.institution());
		const answer = await app.inject({ method: "POST", url: "/api/pgx", payload: small.sign(doctor.key, pgxBody({ patient: someone() })) });
		expect(answer.statusCode).toBe(200);
		expect(cyp2c19(answer.json().result)).toEqual(["*1/*2"]);
		expect(answer.json().opened.genome.chunks).toBeGreaterThan(0);
		await app.close();
	});

	it("[GA140] is of the newest genome, or of the record that is named", async () => {
		const first = await open();
		small.advance(1_000);
		const second = await fileGenome(small, patient, vcfHeader + cyp2c19Lines.replaceAll("0/1", "1/1"));
		expect(await askPgx(small, doctor, { patient: someone() })).toMatchObject({ record: second.record, genomes: 2 });
		expect(cyp2c19((await askPgx(small, doctor, { patient: someone(), record: first.record })).result)).toEqual(["*1/*2"]);
	});

	it("[GA142] refused, absent, erased, held back, of another patient and without a genome: one answer, one entry", async () => {
		const gone = await open();
		const erased = patient;
		await small.institution().gate.erase(small.sign(erased.key, { kind: "erase", patient: byPseudonym(erased.pseudonym), compartments: "all" }));
		const silent = await admit();
		const kept = await fileGenome(small, silent, vcfHeader + cyp2c19Lines);
		const bare = await admit();
		await small.grant(bare, toPractitioners("north", ["genomics"]));
		const elsewhere = await admit();
		await small.grant(elsewhere, toPractitioners("north", ["conditions"]));
		await fileGenome(small, elsewhere, vcfHeader + cyp2c19Lines);
		const pairwise = await admit();
		await small.grant(pairwise, toPractitioners("north", ["genomics"], { level: "pseudonymised" }));
		await fileGenome(small, pairwise, vcfHeader + cyp2c19Lines, { namesNobody: true });
		const app = createInstitutionApp(small.network, small.institution());
		const ask = async (body: Parameters<typeof pgxBody>[0]) => {
			const before = size();
			const { statusCode, body: text } = await app.inject({ method: "POST", url: "/api/pgx", payload: small.sign(doctor.key, pgxBody(body)) });
			return { statusCode, text, appended: size() - before };
		};
		const cases = {
			refused: { patient: byLocal(silent.localId) },
			"refused, by record": { patient: byLocal(silent.localId), record: kept.record },
			absent: { patient: byLocal("no-such-person") },
			erased: { patient: byLocal(erased.localId) },
			"erased, by record": { patient: byLocal(erased.localId), record: gone.record },
			"no genome": { patient: byLocal(bare.localId) },
			"another patient's record": { patient: byLocal(bare.localId), record: kept.record },
			"class not granted": { patient: byLocal(elsewhere.localId) },
			"under other names only": { patient: byLocal(pairwise.localId) },
			"purpose not granted": { patient: byLocal(bare.localId), purpose: "HRESCH" },
		} as const;
		// The first look at a reference leaves an entry more, for everybody.
		for (const asked of Object.values(cases)) await ask(asked);
		const first = await ask(cases.refused);
		expect(first).toMatchObject({ statusCode: 404, appended: 1 });
		for (const [name, asked] of Object.entries(cases)) expect(await ask(asked), name).toEqual(first);
		await app.close();
	});

	it("[GA141] to the model that the patient let compute, and to nobody who would then read the genome", async () => {
		const { record } = await open({ level: "compute", models: [genomeModelId] });
		const compute = { patient: someone(), level: "compute", model: genomeModelId } as const;
		expect(await codeOf(askPgx(small, doctor, compute)), "no card on the ledger").toBe("NODE_NOT_READY");
		const { network } = small;
		const north = small.institution();
		await submitAll(network, north, [createGenomeModelPublication(network, north, shippedPgx())]);
		expect(cyp2c19((await askPgx(small, doctor, compute)).result)).toEqual(["*1/*2"]);
		expect((await history()).at(-2)).toMatchObject({ action: "compute", model: genomeModelId, level: "compute", decision: "permit" });
		expect(await codeOf(askPgx(small, doctor, { patient: someone() }))).toBe("GATE_NOT_AVAILABLE");
		expect(await codeOf(askObject(small, doctor, { patient: someone(), record }))).toBe("GATE_NOT_AVAILABLE");
		expect(await codeOf(askPgx(small, doctor, { ...compute, model: "another" }))).toBe("NODE_NOT_READY");
		const { gate } = north;
		for (const body of [
			{ ...compute, level: "identified" },
			{ patient: someone(), level: "compute" },
		] as const)
			expect(await codeOf(gate.computeOnGenome(small.sign(doctor.key, pgxBody(body)), computePgx))).toBe("GATE_REQUEST_INVALID");
		for (const level of ["pseudonymised", "deidentified", "aggregate"])
			expect(await codeOf(gate.computeOnGenome(small.sign(doctor.key, { ...pgxBody({ patient: someone() }), level }), computePgx))).toBe(
				"GATE_REQUEST_INVALID",
			);
	});
});

describe("what is no longer permitted", () => {
	it("[GA143] a revoked consent ends it", async () => {
		const { consentId } = await open();
		expect(await codeOf(askPgx(small, doctor, { patient: someone() }))).toBe("no error");
		await small.revoke(patient, consentId);
		expect(await codeOf(askPgx(small, doctor, { patient: someone() }))).toBe("GATE_NOT_AVAILABLE");
	});

	it("[GA143] also one that comes while the genome is open, and the patient sees why", async () => {
		const { consentId } = await open();
		const asked = small.institution().gate.computeOnGenome(small.sign(doctor.key, pgxBody({ patient: someone() })), async (opened) => {
			await opened.genome.read(0, 100);
			await small.revoke(patient, consentId);
			small.advance(2_000);
			return opened.genome.read(200_000, 200_100);
		});
		expect(await codeOf(asked)).toBe("GATE_RELEASE_ENDED");
		expect((await history()).at(-2)).toMatchObject({ decision: "deny", count: 0, requester: doctor.key.publicKey });
		expect((await history()).flatMap(({ reasons }) => reasons)).toContain("REVOKED");
	});

	it("[GA143] after a MiB of it the consent is asked again, and before the result leaves", async () => {
		for (const wait of [0, 2_000]) {
			const { consentId } = await open();
			const asked = small.institution().gate.computeOnGenome(small.sign(doctor.key, pgxBody({ patient: someone() })), async (opened) => {
				const part = await opened.genome.read(0, wait === 0 ? 1_100_000 : 100);
				await small.revoke(patient, consentId);
				small.advance(wait);
				return part;
			});
			expect(await codeOf(asked)).toBe("GATE_RELEASE_ENDED");
		}
	});

	it("[GA143] an erasure closes the genome under the one who computes on it", async () => {
		await open();
		const asked = small.institution().gate.computeOnGenome(small.sign(doctor.key, pgxBody({ patient: someone() })), async (opened) => {
			await opened.genome.read(0, 100);
			await small.institution().gate.erase(small.sign(patient.key, { kind: "erase", patient: byPseudonym(patient.pseudonym), compartments: "all" }));
			return opened.genome.read(0, 100);
		});
		expect(await codeOf(asked)).toBe("GATE_RELEASE_ENDED");
		expect(await codeOf(askPgx(small, doctor, { patient: someone() }))).toBe("GATE_NOT_AVAILABLE");
	});
});

describe("files that were tampered with", () => {
	it("[GA144] the index of another patient, or the genome, in its place is refused, and each for the other", async () => {
		const first = await open();
		const second = await open();
		const keptIndex = readFileSync(second.indexPath);
		const keptGenome = readFileSync(second.genomePath);
		for (const [from, to, kept] of [
			[first.indexPath, second.indexPath, keptIndex],
			[first.genomePath, second.genomePath, keptGenome],
			[second.genomePath, second.indexPath, keptIndex],
			[second.indexPath, second.genomePath, keptGenome],
		] as const) {
			copyFileSync(from, to);
			expect(await codeOf(askPgx(small, doctor, { patient: someone() }))).toBe("VAULT_INTEGRITY");
			writeFileSync(to, kept);
		}
		expect(await codeOf(askPgx(small, doctor, { patient: someone() }))).toBe("no error");
	});

	it("[GA144] an index that is cut, altered or gone is damage, never a shorter report", async () => {
		const { indexPath } = await open();
		const whole = readFileSync(indexPath);
		const altered = Buffer.from(whole);
		altered[200] = (altered[200] as number) ^ 1;
		for (const bytes of [whole.subarray(0, -1), altered, Buffer.alloc(0)]) {
			writeFileSync(indexPath, bytes);
			expect(await codeOf(askPgx(small, doctor, { patient: someone() }))).toBe("VAULT_INTEGRITY");
		}
		rmSync(indexPath);
		expect(await codeOf(askPgx(small, doctor, { patient: someone() }))).toBe("VAULT_INTEGRITY");
		writeFileSync(indexPath, whole);
	});
});

describe("filing a genome", () => {
	const bgzipped = async (text: string) => {
		const parts: Uint8Array[] = [];
		const { blocks } = await vcfBlocks(inPieces(Buffer.from(text)));
		for await (const { packed } of blocks) parts.push(packed);
		return Buffer.concat(parts);
	};

	it("[ND70] plain, gzip and bgzip are one genome; bgzip stays byte for byte what came in", async () => {
		const text = vcfHeader + cyp2c19Lines;
		const own = await bgzipped(text);
		for (const [content, compression] of [
			[text, "none"],
			[gzipSync(text), "gzip"],
			[own, "bgzip"],
		] as const) {
			patient = await admit();
			await small.grant(patient, toPractitioners("north", ["genomics"]));
			const filed = await fileGenome(small, patient, content, { date: "2025-03-04" });
			expect(filed).toMatchObject({ compression, records: 3, seen: { build: "GRCh38", agreeing: 3 }, classes: ["genomics"] });
			expect(cyp2c19((await askPgx(small, doctor, { patient: someone() })).result)).toEqual(["*1/*2"]);
			const back = await collect(await askObject(small, doctor, { patient: someone(), record: filed.record }));
			if (compression === "bgzip") expect(back.equals(own)).toBe(true);
			const { resources } = await small.read(doctor.key, someone(), { classes: ["genomics"] });
			const provenance = resources.find(({ resource }) => resource.resourceType === "Provenance")?.resource;
			expect(provenance).toMatchObject({
				target: expect.arrayContaining([{ reference: filed.record }]),
				entity: [{ what: { identifier: { value: filed.sha256 } } }],
			});
			expect(JSON.stringify(provenance)).not.toContain("sample");
		}
	});

	it("[ND70] of GRCh37 is told by its reference alleles, and reported in positions of GRCh38", async () => {
		patient = await admit();
		await small.grant(patient, toPractitioners("north", ["genomics"]));
		const sites = (shippedPgx().grch37?.index.sites ?? [])
			.filter(({ gene, ref, alts }) => gene === "TPMT" && ref.length === 1 && alts[0]?.length === 1)
			.slice(0, 4);
		const filed = await fileGenome(
			small,
			patient,
			vcfHeader + sites.map(({ position, ref, alts }) => vcfLine("6", position, ref, alts[0] as string, "0/1")).join(""),
		);
		expect(filed.seen).toEqual({ build: "GRCh37", agreeing: 4 });
		const { result } = await askPgx(small, doctor, { patient: someone() });
		expect(result.build).toBe("GRCh37");
		expect(result.genes.find(({ gene }) => gene === "TPMT")?.assumedReference).toHaveLength(39);
		expect(cyp2c19(result)?.length, "what has no place leaves several equals").toBeGreaterThan(1);
	});

	const line = (number: number) => ({ line: number });
	const wrong = [94_762_706, 94_762_712, 94_762_715, 94_762_755].map((position) => vcfLine("chr10", position, "G", "C", "0/1")).join("");
	const swapped = shippedPgx()
		.index.sites.filter(({ gene, ref, alts }) => gene === "DPYD" && ref.length === 1 && alts[0]?.length === 1)
		.slice(0, 5)
		.map(({ chromosome, position, ref, alts }) => vcfLine(`chr${chromosome}`, position, alts[0] as string, ref, "0/1"))
		.join("");
	it.each([
		["a malformed line", `${vcfHeader}${cyp2c19Lines}chr11\tten\t.\tA\tG\t.\tPASS\t.\tGT\t0/1\n`, "VCF_RECORD_INVALID", line(6)],
		["lines out of order", vcfHeader + cyp2c19Lines + vcfLine("chr10", 5, "A", "G", "0/1"), "VCF_UNSORTED", line(6)],
		["a genotype out of range", vcfHeader + cyp2c19Lines + vcfLine("chr11", 5, "A", "G", "0/2"), "VCF_ALLELE_OUT_OF_RANGE", line(6)],
		[
			"several people",
			(vcfHeader + cyp2c19Lines).replace("\tsample", "\tone\ttwo").replaceAll(/(\d\/\d)\n/g, "$1\t0/0\n"),
			"VCF_SAMPLE_UNCHOSEN",
			{},
		],
		["no sample", `${vcfHeader.replace("\tFORMAT\tsample", "")}chr1\t5\t.\tA\tG\t.\tPASS\t.\n`, "VCF_NO_SAMPLE", {}],
		["no record", vcfHeader, "VCF_EMPTY", {}],
		["nothing", "", "VCF_EMPTY", {}],
		["another build", vcfHeader + wrong, "GENOME_BUILD_WRONG", { expected: "GRCh38" }],
		[
			"REF and ALT swapped throughout",
			vcfHeader + swapped,
			"GENOME_BUILD_WRONG",
			{ found: expect.stringContaining("5 of them being its alternative alleles") },
		],
		["a cut gzip", gzipSync(smallGenome(2_000)).subarray(0, 100_000), "BGZIP_TRUNCATED", {}],
	])("[GA145] with %s is refused and leaves nothing: no file, no record, no entry", async (_what, content, code, details) => {
		patient = await admit();
		const before = { files: objectFiles(small).length, entries: size() };
		await expect(fileGenome(small, patient, content)).rejects.toMatchObject({ code, details });
		expect({ files: objectFiles(small).length, entries: size() }).toEqual(before);
	});

	it("[GA145] an erasure while the index comes in takes genome and index away, also where it has stalled", async () => {
		patient = await admit();
		await small.grant(patient, toPractitioners("north", ["genomics"]));
		const before = objectFiles(small).length;
		const { promise: stalled, resolve: isStalled } = Promise.withResolvers<void>();
		async function* stalling() {
			yield new Uint8Array(100);
			isStalled();
			await new Promise(() => {});
		}
		const record = createObjectRecord({ kind: "vcf", localId: patient.localId, namesNobody: false });
		const { gate } = small.institution();
		const filing = codeOf(gate.importObject(record, inPieces(Buffer.from(genome)), { beside: stalling }));
		await stalled;
		expect(objectFiles(small).length).toBeGreaterThan(before);
		await gate.erase(small.sign(patient.key, { kind: "erase", patient: byPseudonym(patient.pseudonym), compartments: "all" }));
		expect(await filing).toBe("VAULT_ERASED");
		expect(objectFiles(small)).toHaveLength(before);
	});

	it("[GA145] that is cut between blocks of bgzip, or whose record cannot be written, leaves neither genome nor index", async () => {
		patient = await admit();
		const before = objectFiles(small).length;
		const whole = await bgzipped(smallGenome(2_000));
		expect(await codeOf(fileGenome(small, patient, whole.subarray(0, -28)))).toBe("BGZIP_TRUNCATED");
		const { store } = small.institution();
		const putRecords = store.putRecords.bind(store);
		store.putRecords = async () => {
			throw new Error("no space left");
		};
		await expect(fileGenome(small, patient, whole)).rejects.toThrow("no space");
		store.putRecords = putRecords;
		expect(objectFiles(small)).toHaveLength(before);
		expect(await codeOf(fileGenome(small, { localId: "nobody-here" }, whole))).toBe("GATE_IMPORT_FAILED");
	});
});

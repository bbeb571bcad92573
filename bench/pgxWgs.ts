import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CivilDay, createSigningKey, dayMs, encodeHex, encodeUtf8, type MemberId, type SigningKey } from "#base";
import type { Provision } from "#contracts";
import { generatePeople, prepareBundle } from "#fhir";
import type { PgxBody } from "#gate";
import { callIndexed, inflateBgzip, type PgxCaller, parseTabix } from "#genomics";
import { type Institution, importGenome, inflate, type Network, openNetwork, reportPgx, shippedPgx, signAct, submitAll, systemRandom } from "#node";
import { buildEnrol, buildGrant, createWallet, signRequest } from "#wallet";
import { type BenchRow, benchRow, median } from "./benchRow.ts";
import { writeWholeGenome } from "./wholeGenome.ts";

const records = 5_000_000;
const rounds = 9;
const member = "bench" as MemberId;

/**
 * A signed request to the report on a patient's sealed whole genome of 5 million variants, in ms: signature, consent, durable entry, key, the index opened
 * whole, of the genome the chunks around the known positions, every gene called. Writing, packing, indexing and sealing it is outside the clock
 * (`sealSeconds`). Baseline: `bcftools view -R` of the same positions from the same file, plain, where bcftools is on the PATH, as a process; else our own reader over the
 * plain file in memory, without gate, key or log (`beside` says which). `firstMs` is the first report, which compiles; `chunks` how many of how many were opened.
 */
export async function pgxWgs(): Promise<BenchRow> {
	const folder = mkdtempSync(join(tmpdir(), "aceso-bench-"));
	const members = [{ id: member, name: "Bench", roles: ["hospital"], implicitPolicy: "deny" }];
	const network = await openNetwork({ folder: join(folder, "network"), chain: "bench", members, keyring: "in-process" });
	try {
		const institution = network.institution(member);
		const caller = shippedPgx();
		const file = join(folder, "genome.vcf.gz");
		const written = await writeWholeGenome(file, records, caller);
		const { doctor, localId } = await admitOne(network, institution);
		const began = performance.now();
		const filed = await importGenome(institution, { path: file, localId, namesNobody: false });
		const sealSeconds = (performance.now() - began) / 1_000;
		if (filed.records !== written.records) throw new RangeError("expected every record to be filed");
		const body: PgxBody = { kind: "pgx", patient: { by: "local", localId }, purpose: "TREAT", classes: ["genomics"], level: "identified" };
		const sign = () => signRequest(doctor, body, { audience: member, via: member, nowMs: Date.now(), nonce: systemRandom(16) });
		const ask = () => reportPgx(network, institution, sign());
		const plain = await openPlain(institution, sign(), { file, folder, caller });
		const [times, baseline]: [number[], number[]] = [[], []];
		let last = await timed(ask);
		const firstMs = last.ms;
		for (let round = 0; round < rounds; round++) {
			last = await timed(ask);
			times.push(last.ms);
			baseline.push((await timed(plain.read)).ms);
		}
		const { opened, result } = last.value;
		const called = result.genes.filter(({ diplotypes, haplotypes }) => diplotypes.length + haplotypes.length > 0).length;
		if (called < 10) throw new RangeError("expected most genes to be called");
		return benchRow({
			...{ name: "pgx.wgs", value: median(times), unit: "ms", baseline: median(baseline), beside: plain.beside, records: filed.records },
			...{ firstMs: Math.round(firstMs), slowestMs: Math.round(Math.max(...times)), fileMB: Math.round(filed.sizeBytes / 1e6) },
			...{ chunks: `${opened.genome.chunks} of ${opened.genome.ofChunks}`, openedKB: Math.round(opened.genome.bytes / 1e3) },
			...{ indexKB: Math.round(opened.index.ofBytes / 1e3), genes: called, sealSeconds: Number(sealSeconds.toFixed(1)) },
		});
	} finally {
		await network.close();
		rmSync(folder, { recursive: true, force: true });
	}
}

async function timed<Value>(work: () => Promise<Value>): Promise<{ readonly ms: number; readonly value: Value }> {
	const start = performance.now();
	const value = await work();
	return { ms: performance.now() - start, value };
}

/** A doctor, and a patient who lets doctors read the genome. */
async function admitOne(network: Network, institution: Institution): Promise<{ readonly doctor: SigningKey; readonly localId: string }> {
	const { gate } = institution;
	const context = () => ({ chain: network.ledger.chain, nowMs: network.now(), randomBytes: systemRandom });
	const dayFromNow = (days: number) => new Date(Date.now() + days * dayMs).toISOString().slice(0, 10) as CivilDay;
	const doctor = createSigningKey(systemRandom(32));
	const credential = { credentialId: encodeHex(systemRandom(16)), subject: doctor.publicKey, kind: "practitioner", validUntil: dayFromNow(60) };
	await submitAll(network, institution, [signAct(network, institution.memberKey, { contract: "credentials", action: "issue", body: credential })]);
	const [person] = [...generatePeople({ seed: "genome", count: 1, today: dayFromNow(0) })];
	const { localId, bundle } = (person as NonNullable<typeof person>).records[0] as NonNullable<typeof person>["records"][number];
	const bytes = encodeUtf8(JSON.stringify(bundle));
	await gate.importRecords(
		await prepareBundle(async function* () {
			yield bytes;
		}),
	);
	const key = createWallet(systemRandom(32)).pseudonymKey(member, 0);
	const custodianSignature = await gate.countersignEnrolment({ localId, pseudonym: key.publicKey, delegates: [] });
	await submitAll(network, institution, [buildEnrol(key, { custodian: member, custodianSignature, delegates: [] }, context())]);
	await gate.completeEnrolment({ localId, pseudonym: key.publicKey });
	const grantees = [{ kind: "member", member, credential: "practitioner" }] as const;
	const provision: Provision = { type: "permit", grantees, purposes: ["TREAT"], classes: ["genomics"], level: "identified" };
	const { transaction, opened } = buildGrant(
		key,
		{ pseudonym: key.publicKey, custodian: member, title: "Treatment", provision, validUntil: dayFromNow(300) },
		context(),
	);
	const place = { audience: member, via: member, nowMs: Date.now(), nonce: systemRandom(16) };
	await gate.depositTerms(signRequest(key, { kind: "deposit-terms", opened }, place));
	await submitAll(network, institution, [transaction]);
	return { doctor, localId };
}

interface PlainFile {
	readonly file: string;
	readonly folder: string;
	readonly caller: PgxCaller;
}

/** The same positions read from the file as it came, with the index that was sealed beside it. */
async function openPlain({ gate }: Institution, request: object, { file, folder, caller }: PlainFile) {
	const { result: packed } = await gate.computeOnGenome(request, ({ index }) => index.read(0, index.sizeBytes));
	if (spawnSync("bcftools", ["--version"]).status === 0) {
		writeFileSync(`${file}.tbi`, packed);
		const regions = join(folder, "regions.tsv");
		const rows = caller.index.sites.map(({ chromosome, position, end }) => `chr${chromosome}\t${Math.max(1, position - 100)}\t${end + 100}`);
		writeFileSync(regions, `${rows.join("\n")}\n`);
		const view = async () => {
			const { status, stdout } = spawnSync("bcftools", ["view", "-H", "-R", regions, file], { maxBuffer: 2 ** 28 });
			if (status !== 0 || stdout.length === 0) throw new RangeError("expected bcftools to give records");
		};
		return { beside: "bcftools view -R, plain file", read: view };
	}
	const bytes = readFileSync(file);
	const parts: Uint8Array[] = [];
	for await (const part of inflateBgzip([packed], inflate)) parts.push(part);
	const index = parseTabix(Buffer.concat(parts));
	const source = { sizeBytes: bytes.length, read: async (start: number, end: number) => bytes.subarray(start, end) };
	return {
		beside: "our reader, plain file in memory",
		read: async () => {
			await callIndexed(caller, { source, index, inflate });
		},
	};
}

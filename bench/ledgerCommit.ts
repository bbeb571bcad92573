import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import {
	createSigningKey,
	dayMs,
	encodeUtf8,
	type JsonObject,
	type MemberId,
	minuteMs,
	type Pseudonym,
	type SigningKey,
	sha256,
	sha256Hex,
	systemClock,
} from "#base";
import { enrolmentMessage, genesisState, readMember, rules } from "#contracts";
import {
	createEnvelope,
	type Envelope,
	envelopeTransactionsMax,
	type Genesis,
	openSealer,
	type Sealer,
	signTransaction,
	type Transaction,
	transactionId,
	transactionMessage,
} from "#ledger";
import { type BenchRow, benchRow, median } from "./benchRow.ts";

const chain = "bench";
const rounds = 3;
const transactionsPerRound = 4_000;
const member = "bench" as MemberId;
const threads = 2;

interface Claim {
	readonly publicKey: string;
	readonly message: Uint8Array;
	readonly signature: string;
}

/**
 * Durable consent grants per second, each signed by another patient's key, each written to disk with its block, log, state tree and checkpoint before
 * it is answered. Baseline: the same machine's threads doing nothing but verifying as many Ed25519 signatures by as many keys.
 */
export async function ledgerCommit(): Promise<BenchRow> {
	const folder = mkdtempSync(join(tmpdir(), "aceso-bench-"));
	const sealerKey = createSigningKey(sha256(Uint8Array.of(1)));
	const memberKey = createSigningKey(sha256(Uint8Array.of(2)));
	const sealer = await openBenchSealer(join(folder, "ledger.sqlite"), sealerKey, memberKey);
	try {
		const [commits, verifications]: [number[], number[]] = [[], []];
		for (let round = 0; round < rounds; round++) {
			// Signing is the wallets' work, enrolment happened before: both stay outside the clock.
			const patients = createPatients(round);
			await measureCommits(
				sealer,
				wrap(
					patients.map((patient) => signEnrolment(patient, memberKey)),
					memberKey,
				),
			);
			const envelopes = wrap(patients.map(signGrant), memberKey);
			verifications.push(await measureVerification(envelopes));
			commits.push(await measureCommits(sealer, envelopes));
		}
		return benchRow({
			name: "ledger.commit",
			value: median(commits),
			unit: "transactions/s",
			baseline: median(verifications),
			transactions: rounds * transactionsPerRound,
			threads,
		});
	} finally {
		await sealer.close();
		rmSync(folder, { recursive: true, force: true });
	}
}

function openBenchSealer(path: string, sealerKey: SigningKey, memberKey: SigningKey): Promise<Sealer> {
	const hospital = { id: member, name: "Bench", key: memberKey.publicKey, roles: ["hospital"], implicitPolicy: "deny" };
	const genesis: Genesis = {
		format: "aceso/genesis/1",
		chain,
		time: systemClock(),
		sealer: sealerKey.publicKey,
		members: [hospital],
		rulesVersion: rules.version,
	};
	return openSealer({ path, genesis, rules, genesisState, readMember, sealerKey, now: systemClock, verifyThreads: threads });
}

function createPatients(round: number): SigningKey[] {
	return Array.from({ length: transactionsPerRound }, (_, i) => createSigningKey(sha256(encodeUtf8(`patient ${round} ${i}`))));
}

function sign(action: string, body: JsonObject, patient: SigningKey): Transaction {
	const until = Math.floor(systemClock() / minuteMs) * minuteMs + 10 * minuteMs;
	const salt = sha256Hex(encodeUtf8(`${action} ${patient.publicKey}`)).slice(0, 32);
	return signTransaction({ chain, contract: "consent", action, body, until, salt }, patient);
}

function signEnrolment(patient: SigningKey, memberKey: SigningKey): Transaction {
	const pseudonym = patient.publicKey as Pseudonym;
	const custodianSignature = memberKey.sign(enrolmentMessage({ chain, pseudonym, custodian: member, delegates: [] }));
	return sign("enrol", { custodian: member, custodianSignature, delegates: [] }, patient);
}

function signGrant(patient: SigningKey): Transaction {
	const termsCommitment = sha256Hex(encodeUtf8(patient.publicKey));
	const validUntil = new Date(systemClock() + 300 * dayMs).toISOString().slice(0, 10);
	return sign("grant", { pseudonym: patient.publicKey, consentId: termsCommitment.slice(32), validUntil, termsCommitment }, patient);
}

/** As a member forwards them: full envelopes. */
function wrap(transactions: readonly Transaction[], memberKey: SigningKey): Envelope[] {
	const envelopes: Envelope[] = [];
	for (let from = 0; from < transactions.length; from += envelopeTransactionsMax) {
		envelopes.push(createEnvelope(transactions.slice(from, from + envelopeTransactionsMax), { chain, member, key: memberKey }));
	}
	return envelopes;
}

async function measureCommits(sealer: Sealer, envelopes: readonly Envelope[]): Promise<number> {
	const start = performance.now();
	const results = (await Promise.all(envelopes.map((envelope) => sealer.submit(envelope)))).flat();
	const seconds = (performance.now() - start) / 1000;
	if (!results.every(({ accepted }) => accepted)) throw new Error("expected every transaction to be accepted");
	return results.length / seconds;
}

const verifierSource = `
	const { parentPort } = require("node:worker_threads");
	const { createPublicKey, verify } = require("node:crypto");
	const prefix = Buffer.from("302a300506032b6570032100", "hex");
	parentPort.on("message", (claims) => {
		parentPort.postMessage(claims.every(({ publicKey, message, signature }) => {
			const key = createPublicKey({ key: Buffer.concat([prefix, Buffer.from(publicKey, "hex")]), format: "der", type: "spki" });
			return verify(null, message, key, Buffer.from(signature, "hex"));
		}));
	});
`;

/** Plain node:crypto in as many threads as the machine has cores here, claims handed over before the clock runs. */
async function measureVerification(envelopes: readonly Envelope[]): Promise<number> {
	const claims: Claim[] = envelopes.flatMap(({ transactions }) =>
		transactions.map((transaction) => ({
			publicKey: transaction.signer,
			message: transactionMessage(transactionId(transaction)),
			signature: transaction.signature,
		})),
	);
	const workers = Array.from({ length: threads }, () => new Worker(verifierSource, { eval: true }));
	try {
		await Promise.all(workers.map((worker) => verifyOn(worker, claims.slice(0, 50))));
		const share = Math.ceil(claims.length / threads);
		const start = performance.now();
		await Promise.all(workers.map((worker, i) => verifyOn(worker, claims.slice(i * share, (i + 1) * share))));
		return claims.length / ((performance.now() - start) / 1000);
	} finally {
		await Promise.all(workers.map((worker) => worker.terminate()));
	}
}

function verifyOn(worker: Worker, claims: readonly Claim[]): Promise<void> {
	return new Promise((resolve, reject) => {
		worker.once("error", reject);
		worker.once("message", (valid: boolean) => {
			worker.off("error", reject);
			if (valid) resolve();
			else reject(new Error("expected every signature to be valid"));
		});
		worker.postMessage(claims);
	});
}

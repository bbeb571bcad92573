import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { z } from "zod";
import { createSigningKey, encodeHex, type Instant, type MemberId, minuteMs, type SigningKey, sha256, systemClock } from "#base";
import { type Contract, type ContractName, defineAction, type Rules } from "#contracts";
import { createEnvelope, type Envelope, type Genesis, openSealer, type Sealer, signTransaction, transactionId, transactionMessage } from "#ledger";
import { type BenchRow, benchRow, median } from "./benchRow.ts";

const chain = "bench";
const rounds = 3;
const transactionsPerRound = 6_000;
const envelopeSize = 256;
const threads = 2;

/** Stands for a grant: the state object, its size and its key are those of a consent on the ledger (PROTOCOL §5). */
const consentLike: Contract = {
	name: "consent",
	actions: {
		grant: defineAction(
			z.strictObject({ consentId: z.string().length(32), validUntil: z.string().length(10), termsCommitment: z.string().length(64) }),
			(context, body) => {
				const enrolment = context.get(`e/${context.signer}`) as { consents: number } | undefined;
				context.put(`c/${body.consentId}`, { ...body, pseudonym: context.signer, version: 1, status: "active", previous: "0".repeat(32) });
				context.put(`e/${context.signer}`, { consents: (enrolment?.consents ?? 0) + 1, latest: body.consentId });
			},
		),
	},
};

const noActions = (name: ContractName): Contract => ({ name, actions: {} });
const rules: Rules = {
	version: 1,
	contracts: {
		membership: noActions("membership"),
		credentials: noActions("credentials"),
		consent: consentLike,
		access: noActions("access"),
		models: noActions("models"),
	},
};

interface Claim {
	readonly publicKey: string;
	readonly message: Uint8Array;
	readonly signature: string;
}

/**
 * Durable signed transactions per second, each by another key, each written to disk with its block, log, state tree and checkpoint before
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
			const envelopes = createEnvelopes(round, memberKey);
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
	const member = { id: "bench" as MemberId, name: "Bench", key: memberKey.publicKey, roles: ["hospital"], implicitPolicy: "deny" };
	const genesis: Genesis = { format: "aceso/genesis/1", chain, time: systemClock(), sealer: sealerKey.publicKey, members: [member], rulesVersion: 1 };
	return openSealer({
		path,
		genesis,
		rules,
		genesisState: () => [{ contract: "membership", key: "m/bench", value: { key: memberKey.publicKey, status: "active" } }],
		readMember: (state, id) => state.get("membership", `m/${id}`) as { key: typeof memberKey.publicKey; status: string } | undefined,
		sealerKey,
		now: systemClock,
		transactionsPerMinute: 10_000_000,
		verifyThreads: threads,
	});
}

/** Signing is the wallets' work and stays outside the clock. */
function createEnvelopes(round: number, memberKey: SigningKey): Envelope[] {
	const until = (Math.floor(systemClock() / minuteMs) * minuteMs + 10 * minuteMs) as Instant;
	const transactions = Array.from({ length: transactionsPerRound }, (_, i) => {
		const seed = sha256(new TextEncoder().encode(`patient ${round} ${i}`));
		const body = { consentId: encodeHex(seed.subarray(0, 16)), validUntil: "2027-12-31", termsCommitment: encodeHex(sha256(seed)) };
		return signTransaction({ chain, contract: "consent", action: "grant", body, until, salt: encodeHex(seed.subarray(16)) }, createSigningKey(seed));
	});
	const envelopes: Envelope[] = [];
	for (let from = 0; from < transactions.length; from += envelopeSize) {
		envelopes.push(createEnvelope(transactions.slice(from, from + envelopeSize), { chain, member: "bench" as MemberId, key: memberKey }));
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

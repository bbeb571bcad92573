import { ed25519 } from "@noble/curves/ed25519.js";
import { decodeHex, encodeUtf8 } from "#base";
import { type AccessProof, verifyAccess } from "./accessProof.ts";

const warmups = 30;
const rounds = 200;

/** Milliseconds. */
export interface AccessTimes {
	/** The very first, nothing compiled yet. */
	readonly first: number;
	readonly median: number;
	readonly p95: number;
	/** As many signatures alone, by the library. */
	readonly signatures: number;
	/** A proof with one bit of the entry's salt turned was refused. */
	readonly refusesForged: boolean;
}

/** Runs in Node and in a browser. @param text - JSON of an {@link AccessProof}: reading it is part of the work. */
export function measureAccess(text: string): AccessTimes {
	const verify = () => verifyAccess(JSON.parse(text) as AccessProof);
	const first = timeOf(verify);
	for (let i = 0; i < warmups; i++) verify();
	const times = Array.from({ length: rounds }, () => timeOf(verify)).sort((a, b) => a - b);
	const { record } = JSON.parse(text) as AccessProof;
	const { path } = JSON.parse(record.checkpoint) as { readonly path: readonly { readonly commit: { readonly votes: readonly unknown[] } }[] };
	const count = path.reduce((sum, { commit }) => sum + commit.votes.length, 0);
	return {
		first,
		median: times[rounds / 2] as number,
		p95: times[Math.floor(rounds * 0.95)] as number,
		signatures: count * timeOfSignature(),
		refusesForged: isRefused(text),
	};
}

function isRefused(text: string): boolean {
	const proof = JSON.parse(text) as AccessProof;
	try {
		verifyAccess({ ...proof, salt: proof.salt.replace(/^./, (digit) => (digit === "0" ? "1" : "0")) });
		return false;
	} catch {
		return true;
	}
}

function timeOfSignature(): number {
	const secret = decodeHex("11".repeat(32));
	const [message, publicKey] = [encodeUtf8("x".repeat(120)), ed25519.getPublicKey(secret)];
	const signature = ed25519.sign(message, secret);
	const times = Array.from({ length: rounds }, () =>
		timeOf(() => {
			if (!ed25519.verify(signature, message, publicKey, { zip215: true })) throw new Error("expected a signature that holds");
		}),
	);
	return times.sort((a, b) => a - b)[rounds / 2] as number;
}

function timeOf(work: () => void): number {
	const start = performance.now();
	work();
	return performance.now() - start;
}

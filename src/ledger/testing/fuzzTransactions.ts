/**
 * Mutates transactions and reads each: `fuzzTransactions.ts SEED COUNT` prints, a line for every thousand, the number accepted and a digest over
 * what was said of each (its id, or the code of its refusal). Started by the fuzz test in processes with stacks of different sizes: the lines must
 * be equal. Stops at the first answer that is neither.
 */
import { createHash } from "node:crypto";
import { encodeUtf8, sha256Hex } from "#base";
import { LedgerError } from "../errors.ts";
import { parseTransaction, signTransaction } from "../transaction.ts";
import { chain, patientKey, startMs } from "./toyLedger.ts";

const [seed, count] = [Number(process.argv[2]), Number(process.argv[3])];
const perLine = 1_000;

/** Numbers that look random and follow from the seed (xorshift32). */
function createRandom(from: number): (below: number) => number {
	let state = from | 0 || 1;
	return (below) => {
		state ^= state << 13;
		state ^= state >>> 17;
		state ^= state << 5;
		return (state >>> 0) % below;
	};
}

const random = createRandom(seed);

/** What parsers stumble over. */
const tokens = [
	'"',
	"\\",
	"\\u0000",
	"\\ud800",
	"\\u0061",
	"\u0000",
	"{",
	"}",
	"[",
	"]",
	",",
	":",
	" ",
	"\n",
	"-0",
	"1e3",
	"1.0",
	"0.1",
	"9007199254740992",
	"null",
	"true",
	'"__proto__":1,',
	'"constructor":1,',
	'"signer":"",',
	"\ufeff",
	"\u2028",
	"😀",
	"é",
	"[".repeat(20),
	'{"a":'.repeat(20),
	"[".repeat(40_000),
	"x".repeat(33_000),
	"01".repeat(16),
	`01${"00".repeat(31)}`,
];

function choose<T>(from: readonly T[]): T {
	return from[random(from.length)]!;
}

/** A sound transaction, with bodies of every shape that canonical JSON allows. */
function createSound(): Uint8Array {
	const value = (depth: number): unknown => {
		const kind = random(depth > 6 ? 5 : 7);
		if (kind < 5) return [null, true, random(2 ** 31), `text ${choose(tokens).slice(0, 40)}`.toWellFormed(), -1 - random(1_000)][kind];
		const members = Array.from({ length: random(4) }, () => value(depth + 1));
		return kind === 5 ? members : Object.fromEntries(members.map((member, i) => [`k${i}`, member]));
	};
	const salt = sha256Hex(encodeUtf8(`salt ${random(2 ** 31)}`)).slice(0, 32);
	const body = { key: `k${random(100)}`, value: value(0) } as never;
	const transaction = signTransaction({ chain, contract: "consent", action: "put", body, until: startMs, salt }, patientKey);
	return encodeUtf8(JSON.stringify(transaction, sortKeys));
}

function sortKeys(_: string, value: unknown): unknown {
	if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
	return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** One change of bytes: a bit, a token put in or over, a stretch cut out, doubled or moved, the end cut off. */
function mutate(bytes: Uint8Array): Uint8Array {
	const at = random(bytes.length + 1);
	const end = Math.min(bytes.length, at + random(24));
	const [head, middle, tail] = [bytes.subarray(0, at), bytes.subarray(at, end), bytes.subarray(end)];
	switch (random(8)) {
		case 0: {
			const copy = Uint8Array.from(bytes);
			if (copy.length > 0) copy[random(copy.length)]! ^= 1 << random(8);
			return copy;
		}
		case 1:
			return join(head, encodeUtf8(choose(tokens)), middle, tail);
		case 2:
			return join(head, encodeUtf8(choose(tokens)), tail);
		case 3:
			return join(head, tail);
		case 4:
			return join(head, middle, middle, tail);
		case 5:
			return join(tail, middle, head);
		case 6:
			return head;
		default:
			return join(head, Uint8Array.of(random(256)), tail);
	}
}

function join(...parts: readonly Uint8Array[]): Uint8Array {
	return Buffer.concat(parts);
}

function verdict(bytes: Uint8Array): string {
	try {
		const { id, bytes: kept } = parseTransaction(bytes);
		if (!Buffer.from(kept).equals(bytes)) throw new Error("accepted bytes are not the leaf");
		return id;
	} catch (error) {
		if (error instanceof LedgerError) return error.code;
		throw error;
	}
}

const pool = Array.from({ length: 16 }, createSound);
let [accepted, digest] = [0, createHash("sha256")];
for (let i = 1; i <= count; i++) {
	// Most start from a sound one; one in four goes on from an earlier mutant, so that changes pile up.
	const start = choose(pool);
	const bytes = random(32) === 0 ? start : mutate(start);
	if (bytes.length < 4_096 && random(4) === 0) pool[random(pool.length)] = bytes;
	if (random(8) === 0) pool[random(pool.length)] = createSound();
	const said = verdict(bytes);
	if (said.length === 64) accepted++;
	digest.update(`${said}\n`);
	if (i % perLine !== 0 && i !== count) continue;
	process.stdout.write(`${i} ${accepted} ${digest.digest("hex")}\n`);
	[accepted, digest] = [0, createHash("sha256")];
}

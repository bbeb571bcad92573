/**
 * Builds `vectors/ed25519.json`: signatures at the edges of the curve on which libraries disagree, with what each equation says of them and what our
 * rule says. The first twelve follow the classes of "Taming the many EdDSAs" (Chalkias, Garillot, Nikolaenko 2020, table 5), computed anew.
 * `node scripts/with-node24.mjs src/base/testing/ed25519Cases.ts` writes the file; a test compares.
 */
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import {
	add,
	basePoint,
	challenge,
	decodePoint,
	encodePoint,
	encodeScalar,
	groupOrder,
	isCanonical,
	isEqual,
	isSmallOrder,
	multiply,
	type Point,
	readScalar,
	torsionPoint,
} from "./edwards.ts";

export interface Ed25519Case {
	readonly name: string;
	readonly publicKey: string;
	/** Hex. */
	readonly message: string;
	readonly signature: string;
	/** S < L. */
	readonly isScalarReduced: boolean;
	readonly isKeyCanonical: boolean;
	readonly isKeySmallOrder: boolean;
	readonly isNonceCanonical: boolean;
	readonly isNonceSmallOrder: boolean;
	/** S·B = R + h·A. */
	readonly cofactorless: boolean;
	/** 8·S·B = 8·R + 8·h·A, as ZIP-215 has it. */
	readonly cofactored: boolean;
	/** By our rule. */
	readonly valid: boolean;
}

/** An encoding of a point, as a key. */
export interface EncodingCase {
	readonly point: string;
	readonly isOnCurve: boolean;
	readonly isCanonical: boolean;
	readonly isSmallOrder: boolean;
}

export const ed25519VectorsPath = join(import.meta.dirname, "..", "..", "..", "vectors", "ed25519.json");

const secretA = seedScalar("key");
const secretR = seedScalar("nonce");

function seedScalar(name: string): bigint {
	return readScalar(createHash("sha512").update(`aceso ed25519 ${name}`).digest("hex").slice(0, 64)) % groupOrder;
}

/** a·B + i·T, where T has order 8. */
function point(scalar: bigint, torsion: number): Point {
	return add(multiply(scalar, basePoint), multiply(BigInt(torsion), torsionPoint));
}

interface Recipe {
	readonly name: string;
	/** Scalar of the key's part of prime order, and its part of small order. */
	readonly a: bigint;
	readonly torsionA: number;
	readonly r: bigint;
	readonly torsionR: number | "cancels" | "does not cancel";
	/** Added to S. */
	readonly addedOrders?: bigint;
	/** Other spellings of A and R to write down, and whether the challenge is computed over the canonical ones instead. */
	readonly spellA?: string;
	readonly spellR?: string;
	readonly hashCanonical?: boolean;
	/** What must come out, so that the search finds a message where it does. */
	readonly wanted?: (found: Ed25519Case) => boolean;
}

/** Tries messages and torsion parts of R until the recipe's wishes hold. */
function make(recipe: Recipe): Ed25519Case {
	for (let counter = 0; ; counter++) {
		const message = Buffer.from(`aceso edge case ${counter}`).toString("hex");
		for (let i = 0; i < 8; i++) {
			const torsionR = typeof recipe.torsionR === "number" ? recipe.torsionR : i;
			const [A, R] = [encodePoint(point(recipe.a, recipe.torsionA)), encodePoint(point(recipe.r, torsionR))];
			const [spelledA, spelledR] = [recipe.spellA ?? A, recipe.spellR ?? R];
			const h = recipe.hashCanonical === true ? challenge(R, A, message) : challenge(spelledR, spelledA, message);
			const cancels = (Number(h % 8n) * recipe.torsionA + torsionR) % 8 === 0;
			if ((recipe.torsionR === "cancels" && !cancels) || (recipe.torsionR === "does not cancel" && cancels)) continue;
			const s = ((recipe.r + h * recipe.a) % groupOrder) + (recipe.addedOrders ?? 0n) * groupOrder;
			const found = judge(recipe.name, spelledA, message, spelledR + encodeScalar(s));
			if (recipe.wanted?.(found) ?? true) return found;
		}
	}
}

/** States what is so, by schoolbook arithmetic over the bytes as they stand. */
function judge(name: string, publicKey: string, message: string, signature: string): Ed25519Case {
	const [r, s] = [signature.slice(0, 64), readScalar(signature.slice(64))];
	const [A, R] = [decodePoint(publicKey), decodePoint(r)];
	const h = challenge(r, publicKey, message);
	const [left, right] = [multiply(s, basePoint), A && R && add(R, multiply(h, A))];
	const facts = {
		isScalarReduced: s < groupOrder,
		isKeyCanonical: isCanonical(publicKey),
		isKeySmallOrder: A !== undefined && isSmallOrder(A),
		isNonceCanonical: isCanonical(r),
		isNonceSmallOrder: R !== undefined && isSmallOrder(R),
		cofactorless: right !== undefined && isEqual(left, right),
		cofactored: right !== undefined && isEqual(multiply(8n, left), multiply(8n, right)),
	};
	const permitted = facts.isScalarReduced && facts.isKeyCanonical && !facts.isKeySmallOrder && facts.isNonceCanonical && !facts.isNonceSmallOrder;
	return { name, publicKey, message, signature, ...facts, valid: permitted && facts.cofactorless };
}

const smallR = { r: 0n, torsionR: "cancels" } as const;
/** Twice the point of order 8 has order 4 and y = 0; y = p says the same again. The sign of x stays. */
const orderFourSpelledAgain = encodeScalar((2n ** 255n - 19n) | (readScalar(encodePoint(point(0n, 2))) & (1n << 255n)));

function cases(): Ed25519Case[] {
	const [a, r] = [secretA, secretR];
	const spelledR = { r: 0n, torsionR: 2, spellR: orderFourSpelledAgain } as const;
	const spelledA = { a: 0n, torsionA: 2, r, torsionR: "cancels", spellA: orderFourSpelledAgain } as const;
	const cofactorless = (found: Ed25519Case) => found.cofactorless;
	const honest = make({ name: "honest", a, torsionA: 0, r, torsionR: 0 });
	return [
		make({ name: "0: S = 0, key and R of small order", a: 0n, torsionA: 1, ...smallR }),
		make({
			name: "1: key of small order, R mixed",
			a: 0n,
			torsionA: 1,
			r,
			torsionR: "cancels",
			wanted: (found) => !found.isNonceSmallOrder && found.cofactorless,
		}),
		make({ name: "2: key mixed, R of small order", a, torsionA: 1, ...smallR }),
		make({ name: "3: key and R mixed, small parts cancel", a, torsionA: 1, r, torsionR: "cancels" }),
		make({ name: "4: key and R mixed, small parts do not cancel", a, torsionA: 1, r, torsionR: "does not cancel" }),
		make({
			name: "5: key mixed, R of prime order, small part does not vanish",
			a,
			torsionA: 1,
			r,
			torsionR: 0,
			wanted: (found) => !found.cofactorless,
		}),
		make({ name: "6: S + L", a, torsionA: 0, r, torsionR: 0, addedOrders: 1n }),
		make({ name: "7: S + 14 L, its highest bit set", a, torsionA: 0, r, torsionR: 0, addedOrders: 14n }),
		make({ name: "8: R of small order spelt again, challenge over the canonical R", a, torsionA: 1, ...spelledR, hashCanonical: true }),
		make({ name: "9: R of small order spelt again, challenge over the bytes as they stand", a, torsionA: 1, ...spelledR, wanted: cofactorless }),
		make({
			name: "10: key of small order spelt again, challenge over the canonical key",
			...spelledA,
			wanted: (found) => !found.cofactorless,
			hashCanonical: true,
		}),
		make({ name: "11: key of small order spelt again, challenge over the bytes as they stand", ...spelledA, wanted: cofactorless }),
		make({ name: "key mixed, R of prime order, small part vanishes", a, torsionA: 1, r, torsionR: 0, wanted: (found) => found.cofactorless }),
		make({ name: "key of prime order, R mixed", a, torsionA: 0, r, torsionR: 3 }),
		make({ name: "key mixed with the point of order 2", a, torsionA: 4, r, torsionR: "cancels" }),
		honest,
		{ ...honest, ...judge("S = L", honest.publicKey, honest.message, honest.signature.slice(0, 64) + encodeScalar(groupOrder)) },
		{ ...honest, ...judge("S = 0", honest.publicKey, honest.message, honest.signature.slice(0, 64) + encodeScalar(0n)) },
		judge("R that is no point", honest.publicKey, honest.message, encodeScalar(2n) + honest.signature.slice(64)),
		judge("key that is no point", encodeScalar(2n), honest.message, honest.signature),
		judge("R with its sign bit turned", honest.publicKey, honest.message, turnSign(honest.signature.slice(0, 64)) + honest.signature.slice(64)),
		judge("key with its sign bit turned", turnSign(honest.publicKey), honest.message, honest.signature),
	];
}

function turnSign(hex: string): string {
	return encodeScalar(readScalar(hex) ^ (1n << 255n));
}

/** Every encoding with y ≥ p, both signs; the eight points of small order; x = 0 with its sign bit; and two honest ones. */
function encodings(): EncodingCase[] {
	const spellings = new Set<string>();
	for (let y = 2n ** 255n - 19n; y < 2n ** 255n; y++) for (const sign of [0n, 1n]) spellings.add(encodeScalar(y | (sign << 255n)));
	for (let i = 0n; i < 8n; i++) spellings.add(encodePoint(multiply(i, torsionPoint)));
	for (const y of [1n, 2n ** 255n - 20n]) spellings.add(encodeScalar(y | (1n << 255n)));
	spellings.add(encodePoint(point(secretA, 0))).add(encodePoint(point(secretA, 1)));
	return [...spellings].map((spelling) => {
		const found = decodePoint(spelling);
		return {
			point: spelling,
			isOnCurve: found !== undefined,
			isCanonical: isCanonical(spelling),
			isSmallOrder: found !== undefined && isSmallOrder(found),
		};
	});
}

export function ed25519Vectors() {
	return {
		about:
			"Ed25519 at the edges: S < L; key and R canonical and not of small order; then S·B = R + h·A without cofactor. `cofactorless` and `cofactored` say what each equation alone would answer. An encoding may be a key only when it is canonical and not of small order.",
		cases: cases(),
		encodings: encodings(),
	};
}

if (import.meta.main) writeFileSync(ed25519VectorsPath, `${JSON.stringify(ed25519Vectors(), null, "\t")}\n`);

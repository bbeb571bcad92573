import { createHash } from "node:crypto";

/**
 * The curve of Ed25519 by schoolbook arithmetic, slow and open to every encoding, so that the strict rule can be held against what it refuses. For
 * tests alone: nothing here is constant in time. Source: RFC 8032 §5.1.
 */
const p = 2n ** 255n - 19n;
/** Order of the base point. */
export const groupOrder = 2n ** 252n + 27742317777372353535851937790883648493n;
const d = mod(-121665n * invert(121666n));
const squareRootOfMinusOne = power(2n, (p - 1n) / 4n);

/** Extended homogeneous coordinates. */
export interface Point {
	readonly x: bigint;
	readonly y: bigint;
	readonly z: bigint;
	readonly t: bigint;
}

export const identity: Point = { x: 0n, y: 1n, z: 1n, t: 0n };
export const basePoint: Point = decodePoint(`58${"66".repeat(31)}`)!;
/** Of order 8. */
export const torsionPoint: Point = decodePoint("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")!;

function mod(a: bigint): bigint {
	const rest = a % p;
	return rest < 0n ? rest + p : rest;
}

function power(base: bigint, exponent: bigint): bigint {
	let [result, square] = [1n, mod(base)];
	for (let rest = exponent; rest > 0n; rest >>= 1n) {
		if (rest & 1n) result = mod(result * square);
		square = mod(square * square);
	}
	return result;
}

function invert(a: bigint): bigint {
	return power(a, p - 2n);
}

export function add(a: Point, b: Point): Point {
	const A = mod((a.y - a.x) * (b.y - b.x));
	const B = mod((a.y + a.x) * (b.y + b.x));
	const C = mod(2n * d * a.t * b.t);
	const D = mod(2n * a.z * b.z);
	const [E, F, G, H] = [B - A, D - C, D + C, B + A];
	return { x: mod(E * F), y: mod(G * H), z: mod(F * G), t: mod(E * H) };
}

export function multiply(scalar: bigint, point: Point): Point {
	let [result, double] = [identity, point];
	for (let rest = scalar; rest > 0n; rest >>= 1n) {
		if (rest & 1n) result = add(result, double);
		double = add(double, double);
	}
	return result;
}

export function isEqual(a: Point, b: Point): boolean {
	return mod(a.x * b.z - b.x * a.z) === 0n && mod(a.y * b.z - b.y * a.z) === 0n;
}

export function isSmallOrder(point: Point): boolean {
	return isEqual(multiply(8n, point), identity);
}

/** The one canonical encoding, hex. */
export function encodePoint({ x, y, z }: Point): string {
	const scale = invert(z);
	return encodeScalar(mod(y * scale) | ((mod(x * scale) & 1n) << 255n));
}

/** Any encoding of a point, canonical or not (y ≥ p, or x = 0 with its sign bit); undefined when it is none. */
export function decodePoint(hex: string): Point | undefined {
	const value = readScalar(hex);
	const y = mod(value & (2n ** 255n - 1n));
	const [u, v] = [mod(y * y - 1n), mod(d * y * y + 1n)];
	let x = mod(u * power(v, 3n) * power(u * power(v, 7n), (p - 5n) / 8n));
	if (mod(v * x * x) !== u) x = mod(x * squareRootOfMinusOne);
	if (mod(v * x * x) !== u) return undefined;
	if ((x & 1n) !== value >> 255n) x = mod(-x);
	return { x, y, z: 1n, t: mod(x * y) };
}

export function isCanonical(hex: string): boolean {
	const point = decodePoint(hex);
	return point !== undefined && encodePoint(point) === hex;
}

/** 32 bytes, little-endian, hex. */
export function encodeScalar(value: bigint): string {
	return Buffer.from(value.toString(16).padStart(64, "0"), "hex").reverse().toString("hex");
}

export function readScalar(hex: string): bigint {
	return BigInt(`0x${Buffer.from(hex, "hex").reverse().toString("hex")}`);
}

/** H(R ‖ A ‖ M) mod L over bytes as they stand. */
export function challenge(r: string, a: string, message: string): bigint {
	const digest = createHash("sha512")
		.update(Buffer.from(r + a + message, "hex"))
		.digest();
	return BigInt(`0x${digest.reverse().toString("hex")}`) % groupOrder;
}

import { ed25519 } from "@noble/curves/ed25519.js";
import { sha512 } from "@noble/hashes/sha2.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isValidSignature as isValidInBrowser } from "./browser/ed25519.ts";
import { isValidSignature, signatureLibrary } from "./ed25519.ts";
import { encodeHex } from "./encoding.ts";
import { opensslEquation } from "./opensslEquation.ts";
import { isPermittedSignature, isPublicKey } from "./signatureForm.ts";

const { Point } = ed25519;
const groupOrder = Point.Fn.ORDER;
const torsion = Point.fromHex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a");
const runs = process.env["ACESO_SLOW"] === "1" ? 20_000 : 400;

const recipe = fc.record({
	a: fc.bigInt({ min: 0n, max: groupOrder - 1n }),
	r: fc.bigInt({ min: 0n, max: groupOrder - 1n }),
	torsionA: fc.nat(7),
	/** 8 stands for the part that cancels the key's. */
	torsionR: fc.nat(8),
	message: fc.uint8Array({ maxLength: 40 }),
	/** Added to S, in group orders; mostly none. */
	addedOrders: fc.oneof({ weight: 5, arbitrary: fc.constant(0n) }, { weight: 1, arbitrary: fc.bigInt({ min: 0n, max: 14n }) }),
	/** A bit of key ‖ signature that is turned afterwards; mostly none. */
	turned: fc.option(fc.nat(96 * 8 - 1), { freq: 2 }),
	/** The prime-order parts left out, so that points are of small order. */
	withoutPrime: fc.oneof({ weight: 8, arbitrary: fc.constant("neither") }, { weight: 1, arbitrary: fc.constantFrom("A", "R", "both") }),
});
type Recipe = typeof recipe extends fc.Arbitrary<infer T> ? T : never;

function point(scalar: bigint, part: number) {
	return Point.BASE.multiplyUnsafe(scalar).add(torsion.multiplyUnsafe(BigInt(part)));
}

function challenge(nonce: Uint8Array, key: Uint8Array, message: Uint8Array): bigint {
	const digest = sha512.create().update(nonce).update(key).update(message).digest();
	return BigInt(`0x${encodeHex(digest.reverse())}`) % groupOrder;
}

/** Key and signature by a signer who knows both discrete logarithms and adds parts of small order as it likes. */
function forge({ a, r, torsionA, torsionR, message, addedOrders, turned, withoutPrime }: Recipe) {
	const [primeA, primeR] = [withoutPrime === "A" || withoutPrime === "both" ? 0n : a, withoutPrime === "R" || withoutPrime === "both" ? 0n : r];
	const key = point(primeA, torsionA).toBytes();
	const cancels = (part: number) => (Number(challenge(point(primeR, part).toBytes(), key, message) % 8n) * torsionA + part) % 8 === 0;
	const part = torsionR < 8 ? torsionR : ([0, 1, 2, 3, 4, 5, 6, 7].find(cancels) ?? 0);
	const nonce = point(primeR, part).toBytes();
	const s = Point.Fn.create(primeR + challenge(nonce, key, message) * primeA) + addedOrders * groupOrder;
	const scalar = Buffer.from(s.toString(16).padStart(64, "0"), "hex").reverse();
	const bytes = Buffer.concat([key, nonce, scalar]);
	if (turned !== null) bytes[turned >> 3]! ^= 1 << (turned & 7);
	return { publicKey: bytes.toString("hex", 0, 32), message, signature: bytes.toString("hex", 32) };
}

describe("the libraries that verify", () => {
	it.skipIf(signatureLibrary !== "libsodium")(
		"[LG55] libsodium, OpenSSL and the browser's arithmetic judge alike what signers make who add parts of small order and other spellings (no libsodium here)",
		() => {
			const [verdicts, divided] = [{ accepted: 0, refused: 0 }, { count: 0 }];
			fc.assert(
				fc.property(recipe, (made) => {
					const { publicKey, message, signature } = forge(made);
					const ours = isValidSignature(publicKey, message, signature);
					const isPermitted = isPermittedSignature(signature) && isPublicKey(publicKey);
					expect(isPermitted && opensslEquation.holds(publicKey, message, signature)).toBe(ours);
					expect(isValidInBrowser(publicKey, message, signature)).toBe(ours);
					verdicts[ours ? "accepted" : "refused"]++;
					if (isPermitted && !ours && ed25519.verify(Buffer.from(signature, "hex"), message, Buffer.from(publicKey, "hex"), { zip215: true }))
						divided.count++;
				}),
				{ numRuns: runs },
			);
			// Each kind occurred, also what a cofactored equation alone accepts.
			expect(Math.min(verdicts.accepted, verdicts.refused, divided.count)).toBeGreaterThan(runs / 40);
		},
		1_200_000,
	);
});

import { describe, expect, it } from "vitest";
import { decodeHex, encodeHex } from "./encoding.ts";
import { createExchangeKey } from "./x25519.ts";

/** RFC 7748 §6.1: Bob's key, Alice's public key, and what they share. */
const bob = {
	seed: "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
	publicKey: "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
	alice: "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
	shared: "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742",
};

describe("X25519", () => {
	it("RFC 7748 §6.1", () => {
		const key = createExchangeKey(decodeHex(bob.seed));
		expect(key.publicKey).toBe(bob.publicKey);
		expect(encodeHex(key.agree(bob.alice))).toBe(bob.shared);
	});

	it.each([
		["zero", "00".repeat(32)],
		["one", `01${"00".repeat(31)}`],
		["of order 8", "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"],
		["p, which is zero", `edff${"ff".repeat(29)}7f`],
	])("a peer whose key is %s, with which anybody knows the secret, is refused", (_, peer) => {
		expect(() => createExchangeKey(decodeHex(bob.seed)).agree(peer)).toThrow(expect.objectContaining({ code: "KEY_INVALID" }));
	});

	it.each([
		["in upper case", bob.alice.toUpperCase()],
		["too short", bob.alice.slice(2)],
		["no hex", "z".repeat(64)],
	])("a peer's key %s is refused", (_, peer) => {
		expect(() => createExchangeKey(decodeHex(bob.seed)).agree(peer)).toThrow(expect.objectContaining({ code: "KEY_INVALID" }));
	});
});

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { signatureLibrary } from "./ed25519.ts";
import { encodeHex } from "./encoding.ts";
import { knownAnswers } from "./knownAnswers.ts";
import { opensslEquation } from "./opensslEquation.ts";
import { chooseEquation, loadSodium, type Sodium } from "./sodiumEquation.ts";
import { type Ed25519Case, ed25519VectorsPath } from "./testing/ed25519Cases.ts";

const { cases } = JSON.parse(readFileSync(ed25519VectorsPath, "utf8")) as { readonly cases: readonly Ed25519Case[] };
const inForm = cases.filter((one) => one.isScalarReduced && !one.isKeySmallOrder && !one.isNonceSmallOrder);

/** A library that answers each published case as `say` has it. */
function library(say: (one: Ed25519Case) => boolean): Sodium {
	return {
		crypto_sign_verify_detached: (signature, _message, publicKey) =>
			say(cases.find((one) => one.signature === encodeHex(signature) && one.publicKey === encodeHex(publicKey))!),
	};
}

describe("which library verifies", () => {
	it.skipIf(signatureLibrary !== "libsodium")("libsodium, where sodium-native has a binary for the platform (none here)", async () => {
		expect(chooseEquation(await loadSodium()).library).toBe("libsodium");
	});

	it("[LG55] OpenSSL, where the package cannot be loaded or fails", () => {
		const failing: Sodium = {
			crypto_sign_verify_detached: () => {
				throw new Error("planted");
			},
		};
		expect(chooseEquation(undefined)).toBe(opensslEquation);
		expect(chooseEquation(failing)).toBe(opensslEquation);
		expect(chooseEquation({} as Sodium)).toBe(opensslEquation);
	});

	it("[LG55] never one that multiplies by the cofactor, with which this member would accept what others refuse", () => {
		expect(chooseEquation(library(({ cofactored }) => cofactored))).toBe(opensslEquation);
		expect(chooseEquation(library(({ cofactorless }) => cofactorless)).library).toBe("libsodium");
	});

	it("[LG55] never one that is wrong about a single known answer, or that refuses every key with a part of small order", () => {
		for (const { signature } of knownAnswers) {
			expect(chooseEquation(library((one) => one.cofactorless !== (one.signature === signature)))).toBe(opensslEquation);
		}
		expect(chooseEquation(library(({ name }) => name === "honest"))).toBe(opensslEquation);
	});

	it("the known answers are published ones, all in which the form leaves the verdict to the equation and the equations differ", () => {
		const differing = inForm.filter(({ cofactored, cofactorless }) => cofactored !== cofactorless);
		expect(differing.length).toBeGreaterThanOrEqual(3);
		const rows = inForm.map(({ publicKey, message, signature, valid }) => ({ publicKey, message, signature, valid }));
		for (const known of knownAnswers) expect(rows).toContainEqual(known);
		const known = knownAnswers.map(({ signature }) => signature as string);
		expect(known).toEqual(expect.arrayContaining(differing.map(({ signature }) => signature)));
	});
});

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { isValidSignature, isValidSignatureAsync } from "./ed25519.ts";
import { decodeHex } from "./encoding.ts";
import { opensslEquation } from "./opensslEquation.ts";
import { isPermittedSignature, isPublicKey } from "./signatureForm.ts";
import { type Ed25519Case, type EncodingCase, ed25519Vectors, ed25519VectorsPath } from "./testing/ed25519Cases.ts";
import { findOlderNode, stripModules } from "./testing/olderNode.ts";

const stored = JSON.parse(readFileSync(ed25519VectorsPath, "utf8")) as { cases: Ed25519Case[]; encodings: EncodingCase[] };
const expected = { signatures: stored.cases.map(({ valid }) => valid), keys: stored.encodings.map(mayBeKey) };

function mayBeKey(encoding: EncodingCase): boolean {
	return encoding.isCanonical && !encoding.isSmallOrder;
}

describe("Ed25519 at the edges of the curve (vectors/ed25519.json)", () => {
	it("the file is what schoolbook arithmetic makes of it", () => {
		expect(stored).toEqual(ed25519Vectors());
	});

	it("the table holds what divides libraries: cases that either equation alone accepts and our rule refuses", () => {
		const refused = stored.cases.filter(({ valid }) => !valid);
		expect(refused.filter(({ cofactorless }) => cofactorless).length).toBeGreaterThanOrEqual(7);
		expect(refused.filter(({ cofactored, cofactorless }) => cofactored && !cofactorless).length).toBeGreaterThanOrEqual(3);
		expect(stored.cases.filter(({ valid }) => valid)).toHaveLength(4);
		expect(stored.encodings.filter(({ isSmallOrder }) => isSmallOrder)).toHaveLength(14);
	});

	for (const { name, publicKey, message, signature, valid } of stored.cases) {
		it(`[LG55] ${valid ? "accepts" : "refuses"} ${name}, whichever library does the arithmetic`, async () => {
			const bytes = decodeHex(message);
			expect(isValidSignature(publicKey, bytes, signature)).toBe(valid);
			expect(await isValidSignatureAsync(publicKey, bytes, signature)).toBe(valid);
			const isPermitted = isPermittedSignature(signature) && isPublicKey(publicKey);
			expect(isPermitted && opensslEquation.holds(publicKey, bytes, signature)).toBe(valid);
		});
	}

	it("takes as keys exactly the canonical encodings outside the small order", () => {
		expect(stored.encodings.map(({ point }) => isPublicKey(point))).toEqual(expected.keys);
	});

	const older = findOlderNode();
	it.skipIf(older === undefined)("[LG55] an older Node with another OpenSSL says the same of each (needs an older `node` on PATH)", () => {
		const folder = mkdtempSync(join(tmpdir(), "aceso-ed25519-"));
		onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
		stripModules(import.meta.dirname, folder);
		const program = `
			import { readFileSync } from "node:fs";
			import { isValidSignature, signatureLibrary } from "./ed25519.js";
			import { isPublicKey } from "./signatureForm.js";
			const { cases, encodings } = JSON.parse(readFileSync(process.argv[2], "utf8"));
			const signatures = cases.map((one) => isValidSignature(one.publicKey, Buffer.from(one.message, "hex"), one.signature));
			const keys = encodings.map(({ point }) => isPublicKey(point));
			console.log(JSON.stringify({ version: process.version, signatureLibrary, signatures, keys }));
		`;
		writeFileSync(join(folder, "run.js"), program);
		const { stdout, stderr } = spawnSync(older!.path, [join(folder, "run.js"), ed25519VectorsPath], { encoding: "utf8" });
		expect(stderr).toBe("");
		expect(JSON.parse(stdout)).toEqual({ version: older!.version, signatureLibrary: "OpenSSL", ...expected });
	});
});

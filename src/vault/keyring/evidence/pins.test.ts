import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import { createBench, newPseudonym, newSubject, reopen } from "../../vault.fixtures.ts";
import { openKeyring } from "../openKeyring.ts";
import { openProcessKeyring } from "../process/openProcessKeyring.ts";
import { createPaperVerifier, PaperLedger } from "../testing/paperLedger.ts";
import { processParameters } from "../testing/processBench.ts";

const differs = expect.objectContaining({ code: "VAULT_LEDGER_DIFFERS", kind: "mistake" });

it("[VA85] a keyring opens under the pins it was made with, under no others, and not without any", async () => {
	const bench = await createBench({ ledger: createPaperVerifier("ours") });
	await bench.keyring.close();
	await expect(openKeyring({ ...bench.parameters, ledger: createPaperVerifier("theirs") })).rejects.toThrow(differs);
	// Or whoever starts it again would only have to leave the ledger out.
	await expect(openKeyring({ ...bench.parameters, ledger: "taken on trust" })).rejects.toThrow(differs);
	await (await reopen(bench.parameters)).close();
});

it("[VA85] a keyring that was made on trust says so, believes every log and binding, and can be pinned later for good", async () => {
	const bench = await createBench();
	expect(bench.keyring.ledger).toBe("taken on trust");
	const [subject, pseudonym, next] = [newSubject(), newPseudonym(), newPseudonym()];
	await bench.keyring.createSubject(subject, pseudonym);
	expect(await bench.keyring.honoursLog("any")).toBe(true);
	await bench.keyring.showLogs(new Uint8Array(0));
	await bench.keyring.bind(subject, next);
	await bench.keyring.close();
	const pinned = await reopen({ ...bench.parameters, ledger: createPaperVerifier("ours") });
	expect(pinned.ledger).toBe("verified");
	expect(await pinned.honoursLog("any")).toBe(false);
	const ledger = new PaperLedger(bench.clock, "ours");
	const later = newPseudonym();
	ledger.enrol(later);
	// What it was bound to on trust is no stand-in: only a rotation leads on.
	await expect(pinned.bind(subject, later, ledger.showEnrolments(later))).rejects.toThrow(
		expect.objectContaining({ code: "VAULT_EVIDENCE_REFUSED" }),
	);
	await pinned.close();
	await expect(openKeyring(bench.parameters)).rejects.toThrow(differs);
});

it("[VA85] a program that cannot judge evidence does not start under pins, and makes no keyring", async () => {
	const { parameters } = processParameters({ pins: "ours" });
	const main = [fileURLToPath(new URL("../process/main.ts", import.meta.url))] as const;
	await expect(openProcessKeyring({ ...parameters, main })).rejects.toThrow(differs);
	expect(existsSync(parameters.path)).toBe(false);
	const keyring = await openProcessKeyring(parameters);
	onTestFinished(() => keyring.close());
	expect(await keyring.honoursLog("any")).toBe(false);
});

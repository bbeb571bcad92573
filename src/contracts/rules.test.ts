import { posix } from "node:path";
import { describe, expect, it } from "vitest";
import { type CivilDay, canonicalBytes, concatBytes, encodeUtf8, type MemberId, sha256 } from "#base";
import { enrolmentMessage, guardianMessage, rotationMessage } from "./consent/messages.ts";
import { relationshipMessage } from "./credentials/relationship.ts";
import { memberKeyMessage } from "./membership/membership.ts";
import { isSignedBy, signedMessage } from "./message.ts";
import { chain, idOf, keyOf, MemoryLedger } from "./testing/memoryLedger.ts";
import { delegateOf, enrol, enrolBody, grantBody, pseudonymOf, rotateBody } from "./testing/people.ts";
import { hashRulesBundle, importsOf, readRulesBundle } from "./testing/rulesBundle.ts";

describe("[RU1] the rules are one bundle", () => {
	const bundle = readRulesBundle();

	it("[RU1] it holds whatever the rules import when they run, and zod is all that comes from outside", () => {
		for (const [path, text] of bundle.sources) {
			if (path.startsWith("base/")) continue;
			for (const [, from] of importsOf(text)) {
				if (from.startsWith(".")) expect([...bundle.sources.keys()], `${path} imports ${from}`).toContain(posix.join(posix.dirname(path), from));
				else expect(["#base", "#log", "zod"], path).toContain(from);
			}
		}
		for (const needed of [
			"contracts/rules.ts",
			"contracts/consent/decide.ts",
			"base/canonicalJson.ts",
			"base/ed25519.ts",
			"log/verifyConsistency.ts",
		]) {
			expect([...bundle.sources.keys()]).toContain(needed);
		}
		expect([...bundle.sources.keys()].filter((path) => path.includes(".test.") || path.includes("/testing/"))).toEqual([]);
	});

	it("[RU1] one hash names it: of any byte of any file, of zod's version, of no order", () => {
		const hash = hashRulesBundle(bundle);
		expect(hash).toMatch(/^[0-9a-f]{64}$/);
		expect(hashRulesBundle(readRulesBundle())).toBe(hash);
		expect(hashRulesBundle({ ...bundle, sources: new Map([...bundle.sources].reverse()) })).toBe(hash);
		expect(hashRulesBundle({ ...bundle, zod: `${bundle.zod}-1` })).not.toBe(hash);
		const hashes = [...bundle.sources].map(([path, text]) =>
			hashRulesBundle({ ...bundle, sources: new Map([...bundle.sources, [path, `${text} `]]) }),
		);
		expect(new Set([hash, ...hashes]).size).toBe(bundle.sources.size + 1);
		const [first, ...rest] = [...bundle.sources];
		expect(hashRulesBundle({ ...bundle, sources: new Map([["contracts/renamed.ts", first?.[1] as string], ...rest]) })).not.toBe(hash);
	});
});

describe("rules of all contracts", () => {
	it("[RU4] a refusal changes nothing, tells nobody, and carries a code of its contract", () => {
		const ledger = new MemoryLedger();
		enrol(ledger, "anna", [delegateOf("son")]);
		ledger.apply("consent", "grant", "anna", grantBody("anna", "one"));
		const refusals: [Parameters<MemoryLedger["codeOf"]>[0], string, string, object][] = [
			["consent", "enrol", "anna", enrolBody("anna")],
			["consent", "grant", "mallory", grantBody("anna", "two")],
			["consent", "grant", "anna", grantBody("anna", "one")],
			["consent", "revokeOnRequest", "institute", { consentId: idOf("one") }],
			["consent", "rotate", "anna", rotateBody("anna", "son")],
			["credentials", "issue", "mallory", { credentialId: idOf("c"), subject: keyOf("x").publicKey, kind: "practitioner", validUntil: "2027-01-01" }],
			["membership", "vote", "mallory", { proposalId: idOf("p"), approve: true }],
			["models", "retire", "charite", { modelId: "none", version: "1" }],
		];
		for (const [contract, action, signer, body] of refusals) {
			const [before, events] = [JSON.stringify([...ledger.state]), ledger.events.length];
			const code = ledger.codeOf(contract, action, signer, body);
			expect(code === "SCHEMA" || code.startsWith(`${contract.toUpperCase()}_`), `${contract}.${action}: ${code}`).toBe(true);
			expect(code).not.toBe("SCHEMA");
			expect(JSON.stringify([...ledger.state])).toBe(before);
			expect(ledger.events.length).toBe(events);
		}
	});

	it("[RU5] a key that has a place gets no second one, whoever asks and whatever for", () => {
		const ledger = new MemoryLedger();
		enrol(ledger, "anna", [delegateOf("son")]);
		const issue = (holder: string) => ({
			credentialId: idOf(holder),
			subject: keyOf(holder).publicKey,
			kind: "practitioner",
			validUntil: "2027-01-01",
		});
		ledger.apply("credentials", "issue", "charite", issue("doctor"));
		for (const placed of ["anna", "son", "doctor", "charite"]) {
			expect(ledger.codeOf("consent", "enrol", placed, enrolBody(placed))).toBe("CONSENT_KEY_NOT_SEPARATE");
			expect(ledger.codeOf("consent", "rotate", "anna", rotateBody("anna", placed))).toBe("CONSENT_KEY_NOT_SEPARATE");
			expect(ledger.codeOf("consent", "delegate", "anna", { pseudonym: pseudonymOf("anna"), delegate: delegateOf(placed) })).toBe(
				"CONSENT_KEY_NOT_SEPARATE",
			);
		}
		for (const placed of ["anna", "son"])
			expect(ledger.codeOf("credentials", "issue", "charite", { ...issue(placed), credentialId: idOf("2") })).toBe("CREDENTIALS_KEY_NOT_SEPARATE");
	});

	it("[RU8] a statement is domain ‖ 0x00 ‖ H(canonical fields), each under a domain of its own, and worthless on another chain", () => {
		const pseudonym = pseudonymOf("anna");
		const [custodian, until] = ["charite" as MemberId, "2030-01-01" as CivilDay];
		const relationship = {
			credentialId: idOf("r"),
			kind: "relationship",
			issuer: custodian,
			subject: keyOf("doctor").publicKey,
			validUntil: until,
			pseudonym,
		} as const;
		const statements = (named: string): readonly (readonly [string, Uint8Array])[] => [
			["aceso/enrolment/1", enrolmentMessage({ chain: named, pseudonym, custodian, delegates: [] })],
			["aceso/guardian/1", guardianMessage({ chain: named, pseudonym, guardian: delegateOf("aunt", "guardian") })],
			["aceso/rotation/1", rotationMessage({ chain: named, pseudonym, successor: pseudonymOf("anna-2") })],
			["aceso/member-key/1", memberKeyMessage({ chain: named, id: custodian, key: keyOf("new").publicKey })],
			["aceso/relationship/1", relationshipMessage({ chain: named, ...relationship })],
		];
		const elsewhere = statements("elsewhere");
		for (const [at, [domain, message]] of statements(chain).entries()) {
			const start = concatBytes(encodeUtf8(domain), Uint8Array.of(0));
			expect(message.subarray(0, start.length)).toEqual(start);
			expect(message.length).toBe(start.length + 32);
			expect(message).not.toEqual(elsewhere[at]?.[1]);
			expect(isSignedBy(keyOf("x").publicKey, elsewhere[at]?.[1] as Uint8Array, keyOf("x").sign(message))).toBe(false);
		}
		const fields = { chain, pseudonym };
		expect(signedMessage("a", fields)).toEqual(concatBytes(encodeUtf8("a\0"), sha256(canonicalBytes(fields))));
	});
});

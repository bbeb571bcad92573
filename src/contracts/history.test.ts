import { describe, expect, it } from "vitest";
import { canonicalBytes, type Digest } from "#base";
import type { ContractName } from "./contract.ts";
import { newestRules } from "./rules.ts";
import { chain, day, idOf, keyOf, MemoryLedger, noon } from "./testing/memoryLedger.ts";
import { digestOf, oneOfEach, pseudonymsOfHistory } from "./testing/oneOfEach.ts";
import { consentIdOf, delegateOf, grantBody, pseudonymOf } from "./testing/people.ts";

const { anna, annaNow, last } = pseudonymsOfHistory;
const bert = pseudonymOf("bert");
const charite = "charite";
const doctor = keyOf("doctor").publicKey;

function played(): MemoryLedger {
	const ledger = new MemoryLedger();
	for (const { contract, action, by, body, afterMs = 0 } of oneOfEach) {
		ledger.time = noon + afterMs;
		ledger.apply(contract, action, by, body);
	}
	return ledger;
}

const none = "0".repeat(32);
const chosen = (name: string, fields: object) => ({
	...{ consentId: consentIdOf(name), custodial: false, validUntil: "2026-12-31", version: 1 },
	...{ termsCommitment: grantBody("anna", name).termsCommitment, pseudonym: anna, status: "active" },
	...fields,
});
const destroyedAtMs = noon + 7 * day + 1;
const relationship = { custodian: charite, consents: 4, latest: consentIdOf("three"), destroyedAtMs: 0, successor: "" };
const staying = [
	delegateOf("son"),
	delegateOf("mother", "guardian", "2026-01-02"),
	delegateOf("father", "guardian", "2026-06-30"),
	delegateOf("niece"),
];
const registered = { member: charite, registeredAtMs: noon, writer: keyOf("writer").publicKey };
const held = {
	chain,
	subject: doctor,
	validUntil: "2026-01-31",
	commitment: "0".repeat(64),
	approval: "",
	department: "",
	study: "",
	status: "active",
};
const emptyRoot = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/** The whole state after one of each action: a field that is lost, renamed or put elsewhere is another ledger. */
const expected: Readonly<Record<string, unknown>> = {
	[`consent|e/${anna}`]: { ...relationship, delegates: [], status: "rotated", successor: annaNow },
	[`consent|e/${annaNow}`]: { ...relationship, delegates: [], status: "rotated", successor: last },
	[`consent|e/${last}`]: { ...relationship, delegates: [], status: "destroyed", destroyedAtMs },
	[`consent|e/${bert}`]: {
		...relationship,
		...{ consents: 1, latest: consentIdOf("bert's"), status: "active", delegates: [delegateOf("wife")] },
	},
	...Object.fromEntries(staying.map(({ key }, at) => [`consent|k/${key}`, { pseudonym: last, first: at < 2 }])),
	[`consent|k/${delegateOf("friend").key}`]: { pseudonym: anna, first: false },
	[`consent|k/${delegateOf("wife").key}`]: { pseudonym: bert, first: true },
	[`consent|c/${consentIdOf("one")}`]: chosen("one", { version: 2, validUntil: "2027-05-31", previous: none }),
	[`consent|c/${consentIdOf("two")}`]: chosen("two", { status: "revoked", previous: consentIdOf("one") }),
	[`consent|c/${consentIdOf("paper")}`]: chosen("paper", { custodial: true, status: "revoked", previous: consentIdOf("two") }),
	[`consent|c/${consentIdOf("three")}`]: chosen("three", { status: "withdrawn", previous: consentIdOf("paper") }),
	[`consent|c/${consentIdOf("bert's")}`]: chosen("bert's", { pseudonym: bert, previous: none }),
	[`consent|u/${idOf("use")}`]: { pseudonym: anna, custodian: charite, basis: "court-order", useCommitment: digestOf("use"), recordedAtMs: noon + 3 },
	[`consent|w/${bert}`]: { successor: pseudonymOf("bert-2"), effectiveAtMs: noon + 14 * day },
	[`consent|x/${last}`]: {
		...{ custodian: charite, unreadableSinceMs: noon, unreadableInBackupsFromMs: noon + day },
		...{ auditKeyHeldUntilMs: noon + 2 * day, recordedAtMs: destroyedAtMs },
	},
	[`access|m/${charite}`]: { logs: 2 },
	[`access|n/${charite}/0`]: { log: "log-1" },
	[`access|n/${charite}/1`]: { log: "log-2" },
	[`access|l/${charite}/log-2`]: {
		...{ ...registered, log: "log-2", index: 1, status: "open", successor: "", sizeLost: 0 },
		...{ size: 0, root: emptyRoot, mapRoot: "0".repeat(64), anchoredAtMs: 0, anchors: 0, anchorsRoot: emptyRoot },
	},
	[`access|a/${charite}`]: { vaultRoot: digestOf("vault"), time: noon + 5, recordedAtMs: noon, height: 27, urgent: true },
	[`credentials|s/${doctor}`]: [idOf("researcher"), idOf("relationship")],
	[`credentials|s/${keyOf("pi").publicKey}`]: [idOf("approval")],
	[`credentials|d/${idOf("approval")}`]: {
		...held,
		...{ credentialId: idOf("approval"), issuer: "ethics", kind: "ethics-approval", study: "trial-1", subject: keyOf("pi").publicKey },
	},
	[`credentials|d/${idOf("researcher")}`]: {
		...held,
		...{ credentialId: idOf("researcher"), issuer: "institute", kind: "researcher", study: "trial-1", approval: idOf("approval") },
	},
	[`credentials|d/${idOf("relationship")}`]: {
		...{ ...held, credentialId: idOf("relationship"), issuer: charite, kind: "relationship", department: "oncology" },
		...{ commitment: digestOf("opening"), status: "revoked" },
	},
	"models|m/prevent": { publisher: "institute", latest: "1.0.0" },
	"models|c/prevent/1.0.0": {
		...{ modelId: "prevent", version: "1.0.0", publisher: "institute", cardHash: digestOf("card"), knowledgeHash: digestOf("tables") },
		...{ status: "retired", publishedAtMs: noon, retiredAtMs: noon + 9 },
	},
	"membership|index": ["charite", "elk", "ethics", "institute"],
	...Object.fromEntries(
		["charite", "elk", "ethics", "institute"].map((id) => [`membership|k/${keyOf(id).publicKey}`, { member: id, current: true }]),
	),
	"membership|m/charite": memberOf("charite", { roles: ["hospital"] }),
	"membership|m/institute": memberOf("institute", { roles: ["research-centre"] }),
	"membership|m/ethics": memberOf("ethics", { roles: ["ethics-board"], implicitPolicy: "break-glass-only" }),
	"membership|m/elk": memberOf("elk", {
		...{ name: "Elk", roles: ["pharmacy", "laboratory"], implicitPolicy: "all-data-for-treatment", quota: 60 },
	}),
};

function memberOf(id: string, fields: object): object {
	return { id, name: `Member ${id}`, key: keyOf(id).publicKey, status: "active", implicitPolicy: "deny", quota: 1_000_000, ...fields };
}

describe("one of each action", () => {
	it("[CN4] [CN11] [CN13] [AC8] [AC9] [CR2] [MO2] [ME9] leaves exactly the state that the rules name", () => {
		const { state } = played();
		const left = Object.fromEntries([...state].filter(([key]) => !/^(access\|[lt]\/charite\/log-1|membership\|v\/)/.test(key)));
		expect(left).toEqual(expected);
		expect(state.get("access|l/charite/log-1")).toMatchObject({
			...{ ...registered, log: "log-1", index: 0, status: "closed", successor: "log-2", sizeLost: 3 },
			...{ size: 1, mapRoot: digestOf("map"), anchoredAtMs: noon, anchors: 1 },
		});
		expect(state.get(`membership|v/${idOf("elk")}`)).toMatchObject({
			...{ status: "passed", openUntilMs: noon + 30 * day, approvals: ["charite", "ethics", "institute"], rejections: [] },
		});
	});

	it("covers every action there is", () => {
		const all = Object.values(newestRules.contracts).flatMap(({ name, actions }) => Object.keys(actions).map((action) => `${name}.${action}`));
		expect([...new Set(oneOfEach.map(({ contract, action }) => `${contract}.${action}`))].sort()).toEqual(all.sort());
	});
});

const memberActs = oneOfEach.filter(({ by }) => ["charite", "institute", "ethics"].includes(by));
const prefix = (contract: ContractName) => contract.toUpperCase();

/** Runs a step in the state before it, by somebody else. */
function codeBefore(step: (typeof oneOfEach)[number], by: string, prepare: (ledger: MemoryLedger) => void = () => {}): string {
	const ledger = new MemoryLedger();
	for (const before of oneOfEach.slice(0, oneOfEach.indexOf(step))) {
		ledger.time = noon + (before.afterMs ?? 0);
		ledger.apply(before.contract, before.action, before.by, before.body);
	}
	prepare(ledger);
	ledger.time = noon + (step.afterMs ?? 0);
	return ledger.codeOf(step.contract, step.action, by, step.body);
}

describe("[RU4] who is no member of any standing acts for none", () => {
	it.each(memberActs.map((step) => [`${step.contract}.${step.action}`, step] as const))("%s", (_, step) => {
		expect(codeBefore(step, "stranger")).toBe(`${prefix(step.contract)}_NOT_A_MEMBER`);
		const suspend = (ledger: MemoryLedger) => {
			const key = `membership|m/${step.by}`;
			ledger.state.set(key, { ...(ledger.state.get(key) as object), status: "suspended" } as never);
		};
		expect(codeBefore(step, step.by, suspend)).toBe(`${prefix(step.contract)}_MEMBER_NOT_ACTIVE`);
	});
});

const patientActs = oneOfEach.filter(({ contract, by }) => contract === "consent" && by !== charite);

describe("[CN3] [CN9] [CN11] what a patient signs, nobody else does", () => {
	it.each(patientActs.map((step, at) => [`${step.action} ${at}`, step] as const))("%s", (_, step) => {
		// An enrolment is its signer's own: another's key is not the one that the custodian countersigned.
		const code = step.action === "enrol" ? "CONSENT_COUNTERSIGNATURE_INVALID" : "CONSENT_NOT_PATIENT";
		for (const by of ["stranger", "institute-doctor"]) expect(codeBefore(step, by)).toBe(code);
	});
});

/** Where a string stands in a body. */
type Path = readonly (string | number)[];
function leaves(value: unknown, path: Path = []): readonly [Path, unknown][] {
	if (typeof value !== "object" || value === null) return [[path, value]];
	const nested = Object.entries(value).flatMap(([key, member]) => leaves(member, [...path, Array.isArray(value) ? Number(key) : key]));
	return Array.isArray(value) ? [[path, value], ...nested] : nested;
}

function changed(value: unknown, [first, ...rest]: Path, to: (before: unknown) => unknown): unknown {
	if (first === undefined) return to(value);
	if (Array.isArray(value)) return value.map((item, at) => (at === first ? changed(item, rest, to) : item));
	return { ...(value as object), [first]: changed((value as Record<string, unknown>)[first as string], rest, to) };
}

describe("[RU3] a body is taken to the letter", () => {
	const isTaken = ({ contract, action }: (typeof oneOfEach)[number], body: unknown): boolean =>
		newestRules.contracts[contract].actions[action]!.schema.safeParse(body).success;

	it.each(oneOfEach.map((step, at) => [`${step.contract}.${step.action} ${at}`, step] as const))("%s", (_, step) => {
		expect(isTaken(step, step.body)).toBe(true);
		expect(isTaken(step, { ...step.body, more: 1 })).toBe(false);
		for (const [path, value] of leaves(step.body)) {
			const others: readonly unknown[] =
				typeof value === "string"
					? // Names of institutions are the one text that is free.
						path.at(-1) === "name"
						? ["", "x".repeat(121)]
						: [` ${value}`, `${value} `, `${value}\n`, `\n${value}`, `é${value}`, `${value}é`, value.repeat(41), "?", null, 1, [value]]
					: typeof value === "number"
						? [-1, 2 ** 53, `${value}`, null]
						: typeof value === "boolean"
							? [0, 1, "true", null]
							: [null, {}, [...(value as unknown[]), "?"], [...(value as unknown[]), {}]];
			for (const other of others) {
				const body = changed(step.body, path, () => other);
				expect(isTaken(step, body), `${path.join(".")}: ${JSON.stringify(other)?.slice(0, 60)}`).toBe(false);
			}
		}
	});
});

describe("detached statements", () => {
	it("[RU8] are signed over domain, a zero byte, and the hash of their canonical fields", () => {
		// Nothing of the contracts is called here: these are the bytes of the specification.
		const said = new Map<string, object>([
			["enrolment", { chain, pseudonym: bert, custodian: charite, delegates: [delegateOf("wife")] }],
			["rotation", { chain, pseudonym: bert, successor: pseudonymOf("bert-2") }],
			["guardian", { chain, pseudonym: anna, guardian: delegateOf("father", "guardian", "2026-06-30") }],
			["member-key", { chain, id: "elk", key: keyOf("elk").publicKey }],
		]);
		const signatures: Readonly<Record<string, unknown>> = {
			enrolment: field("enrol", "bert", "custodianSignature"),
			rotation: field("announceRotation", charite, "successorSignature"),
			guardian: field("delegate", "mother", "custodianSignature"),
			"member-key": (oneOfEach.find(({ action }) => action === "propose")!.body as { proposal: { keySignature: string } }).proposal.keySignature,
		};
		const signers: Readonly<Record<string, string>> = { enrolment: charite, rotation: "bert-2", guardian: charite, "member-key": "elk" };
		for (const [name, fields] of said) {
			const hash = Buffer.from(digestBytes(fields), "hex");
			const message = Buffer.concat([Buffer.from(`aceso/${name}/1\0`), hash]);
			expect(keyOf(signers[name]!).sign(message), name).toBe(signatures[name]);
		}
	});

	function field(action: string, by: string, name: string): unknown {
		const steps = oneOfEach.filter((step) => step.action === action && step.by === by);
		return (steps.at(-1)!.body as Record<string, unknown>)[name];
	}

	function digestBytes(fields: object): Digest {
		return digestOf(new TextDecoder().decode(canonicalBytes(fields)));
	}
});

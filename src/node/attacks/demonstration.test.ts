import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { MemberId } from "#base";
import { genesisState, rules } from "#contracts";
import type { ReadBody } from "#gate";
import { hashInsight, preventClasses, preventModelId } from "#insight";
import { inspectLedger, LedgerReplay } from "#ledger";
import { listEntries, signRequest } from "#wallet";
import { demoConsents } from "../demo/demoConsents.ts";
import { type DemoCast, loadDemoCast } from "../demo/demoNetwork.ts";
import { openDemoNetwork } from "../demo/openDemoNetwork.ts";
import { type DemoRelationship, grantConsent, pseudonymKeyOf } from "../demo/seedDemo.ts";
import { assessRisk, signOff } from "../institutionRoutes.ts";
import { type Network, readGenesis } from "../network.ts";
import { quickScrypt } from "../testing/quickScrypt.ts";
import { codeOf } from "../testing/smallNetwork.ts";

/** Invariants 3, 6 and 7 on the whole demonstration: three institutions, thirty-six people, every class and label. */
const folder = mkdtempSync(join(tmpdir(), "aceso-demo-attack-"));
let network: Network;
let cast: DemoCast;

beforeAll(async () => {
	network = (await openDemoNetwork({ folder, scrypt: quickScrypt })).network;
	cast = loadDemoCast(network);
});
afterAll(async () => {
	await network?.close();
	rmSync(folder, { recursive: true, force: true });
});

const ledgerFile = () => join(folder, "ledger", "ledger.db");

/** Leaves and state of the ledger as texts. The state is run again from the leaves: a running sealer's state file is some seconds behind. */
function everythingOnTheLedger(): readonly string[] {
	const ledger = inspectLedger(ledgerFile());
	try {
		const leaves = [...ledger.leaves()];
		const replay = new LedgerReplay({ genesis: readGenesis(folder), rules, genesisState });
		for (const leaf of leaves) replay.append(leaf);
		expect(replay.findings).toEqual([]);
		const rows = [...replay.state.values()].map(({ contract, key, text }) => JSON.stringify({ contract, key, text }));
		return leaves.map((leaf) => new TextDecoder().decode(leaf)).concat(rows);
	} finally {
		ledger.close();
	}
}

describe("nothing personal on the ledger", () => {
	it("[GA60] no name, birth date, local id, record number, consent title, purpose, class or grantee of anybody is on it", () => {
		const told = everythingOnTheLedger();
		expect(told.length).toBeGreaterThan(150);
		const personal = cast.people.flatMap((person) => [
			...person.names.given,
			person.names.family,
			person.birthDate,
			...person.records.flatMap(({ localId, mrn }) => [localId, mrn]),
		]);
		const terms = demoConsents(cast).flatMap(({ title, provision }) => [
			title,
			...(provision.purposes ?? []),
			...(provision.diseases ?? []),
			...(provision.conditions ?? []),
		]);
		const classes = ["genomics", "medications", "conditions", "vitals", "encounters", "immunisations"];
		const words = [...new Set([...personal, ...terms, ...classes])].filter((word) => word.length > 3);
		expect(words.length).toBeGreaterThan(120);
		for (const word of words)
			expect(
				told.filter((text) => text.includes(word)),
				word,
			).toEqual([]);
		// The search is not blind: what may stand there is found.
		expect(told.some((text) => text.includes(preventModelId))).toBe(true);
	});

	it("[GA61] no value stands beside two pseudonyms of one person and beside nobody else's: nothing joins the two", () => {
		const keys = cast.people.map((person) => person.records.map(({ institution }) => pseudonymKeyOf(person, institution).publicKey as string));
		const all = new Set(keys.flat());
		/** Hexadecimal value → pseudonyms that share a leaf or row with it. */
		const beside = new Map<string, Set<string>>();
		for (const text of everythingOnTheLedger()) {
			const values = new Set(text.match(/[0-9a-f]{32,}/g) ?? []);
			const here = [...values].filter((value) => all.has(value));
			expect(here.length, "two pseudonyms in one leaf").toBeLessThan(2);
			for (const value of values) {
				const seen = beside.get(value) ?? new Set();
				for (const pseudonym of here) if (pseudonym !== value) seen.add(pseudonym);
				beside.set(value, seen);
			}
		}
		const several = keys.filter((own) => own.length > 1);
		expect(several.length).toBeGreaterThan(2);
		for (const own of several) {
			const joining = [...beside].filter(([, seen]) => own.filter((key) => seen.has(key)).length > 1 && seen.size <= own.length);
			expect(joining.map(([value]) => value)).toEqual([]);
		}
	});
});

describe("contracts are pure", () => {
	it("[GA62] a second process that runs the log again finds nothing and comes to the same state roots, block for block", () => {
		const ledger = inspectLedger(ledgerFile());
		const expected = [...ledger.blocks()].map(({ stateRoot }) => stateRoot);
		ledger.close();
		const output = execFileSync(process.execPath, [join(import.meta.dirname, "replay.fixture.ts"), folder], { encoding: "utf8" });
		const { findings, roots } = JSON.parse(output) as { findings: unknown[]; roots: string[] };
		expect(findings).toEqual([]);
		expect(roots).toEqual(expected);
		expect(roots.length).toBeGreaterThan(10);
	});
});

describe("a model advises, a person decides", () => {
	const relationship = (of: string) =>
		(JSON.parse(readFileSync(join(folder, "demo", "relationships.json"), "utf8")) as Record<string, DemoRelationship>)[of]!;
	const sign = (staff: string, body: object, at = "harbor") =>
		signRequest(cast.staff(staff).signingKey, body, {
			audience: at as MemberId,
			via: at as MemberId,
			nowMs: network.now(),
			nonce: network.randomBytes(16),
		});
	const localIdOf = (key: string, at = "harbor") => cast.person(key).records.find(({ institution }) => institution === at)!.localId;
	const question = (person: string, more: Partial<ReadBody> = {}): ReadBody => ({
		kind: "read",
		patient: { by: "local", localId: localIdOf(person) },
		purpose: "TREAT",
		classes: preventClasses,
		level: "identified",
		model: preventModelId,
		relationship: relationship(`dr-marsh/${person}`),
		...more,
	});
	const assess = (body: ReadBody) => assessRisk(network, network.institution("harbor"), sign("dr-marsh", body));

	it("[GA63] with a class restricted or withheld there is no estimate, and the class is named", async () => {
		const restricted = await assess(question("james-okafor"));
		expect(restricted.insight.status).toBe("refused");
		expect(restricted.insight.classesNotAvailable).toContain("conditions");
		// Everything but the diagnoses: a heart attack that is not shown must not count as none.
		const maria = cast.person("maria-sandoval");
		const key = pseudonymKeyOf(maria, "harbor");
		const whole = await assess(question("maria-sandoval"));
		expect(whole.insight.status).not.toBe("refused");
		await grantConsent(network, key.publicKey, {
			person: maria.key,
			custodian: "harbor",
			title: "Nobody may see my diagnoses.",
			provision: { type: "deny", classes: ["conditions"] },
			validDays: 30,
			signer: key,
		});
		const without = await assess(question("maria-sandoval"));
		expect(without.insight.status).toBe("refused");
		expect(without.insight.results).toEqual([]);
		expect(without.insight.classesNotAvailable).toEqual(["conditions"]);
		expect(JSON.stringify(without.insight.problems)).toContain("conditions");
	});

	it("[GA64] an insight is signed off once, by its own clinician while they practise, and overridden only with a reason", async () => {
		const harbor = network.institution("harbor");
		const { insightHash, insight } = await assess(question("maria-sandoval"));
		expect(insightHash).toBe(hashInsight(insight as Parameters<typeof hashInsight>[0]));
		const decide = (more: object, staff = "dr-marsh") => {
			const body = {
				kind: "sign-off",
				patient: { by: "local", localId: localIdOf("maria-sandoval") },
				insightHash,
				decision: "override",
				reason: "The diagnoses are not shown to me.",
				...more,
			};
			return codeOf(signOff(harbor, sign(staff, body)));
		};
		expect(await decide({ reason: "" })).toBe("GATE_REQUEST_INVALID");
		expect(await decide({ reason: "   short    " })).toBe("GATE_REQUEST_INVALID");
		expect(await decide({ insightHash: "0".repeat(64) })).toBe("GATE_NOT_AVAILABLE");
		expect(await decide({ patient: { by: "local", localId: localIdOf("james-okafor") } })).toBe("GATE_NOT_AVAILABLE");
		expect(await decide({}, "dr-night")).toBe("GATE_NOT_AVAILABLE");
		// Two clicks at once recorded two decisions, one each way.
		const both = await Promise.all([decide({}), decide({ decision: "accept", reason: "" })]);
		expect(both.sort()).toEqual(["GATE_NOT_AVAILABLE", "no error"]);
		expect(await decide({})).toBe("GATE_NOT_AVAILABLE");
		const own = pseudonymKeyOf(cast.person("maria-sandoval"), "harbor");
		const patient = { by: "pseudonym", pseudonym: own.publicKey } as const;
		const signed = signRequest(
			own,
			{ kind: "history", patient },
			{ audience: harbor.id, via: harbor.id, nowMs: network.now(), nonce: network.randomBytes(16) },
		);
		const entries = listEntries(await harbor.gate.showHistory(signed));
		expect(entries.filter(({ entry }) => entry.action === "sign-off" && entry.decision === "permit")).toHaveLength(1);
		expect(entries.some(({ entry }) => entry.action === "compute" && entry.model === preventModelId)).toBe(true);
	});

	it("[GA65] the reason a clinician wrote by hand stays with the patient until a grant names every label; the model's result does not", async () => {
		const harbor = network.institution("harbor");
		const { insightHash } = await assess(question("maria-sandoval"));
		const local = { by: "local", localId: localIdOf("maria-sandoval") } as const;
		const body = { kind: "sign-off", patient: local, insightHash, decision: "override", reason: "She told me of her depression." };
		await signOff(harbor, sign("dr-marsh", body));
		const { model: _, ...plain } = question("maria-sandoval");
		const doctor = JSON.stringify((await harbor.gate.release(sign("dr-marsh", plain))).resources);
		expect(doctor).toContain("RiskAssessment");
		expect(doctor).not.toContain("depression");
		const own = pseudonymKeyOf(cast.person("maria-sandoval"), "harbor");
		const asked = { kind: "read", patient: local, purpose: "PATRQT", classes: preventClasses, level: "identified" };
		const nowMs = network.now();
		const signed = signRequest(own, asked, { audience: harbor.id, via: harbor.id, nowMs, nonce: network.randomBytes(16) });
		expect(JSON.stringify((await harbor.gate.release(signed)).resources)).toContain("depression");
	});
});

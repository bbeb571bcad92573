import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ReadBody } from "#gate";
import { genotype } from "../testing/cdsClient.ts";
import {
	byLocal,
	byPseudonym,
	codeOf,
	openSmallNetwork,
	type SmallNetwork,
	type SmallPatient,
	type Staff,
	smallMembers,
} from "../testing/smallNetwork.ts";
import { type GenesAnswer, reportGenes } from "./reportGenes.ts";

let small: SmallNetwork;
let poor: SmallPatient;
let empty: SmallPatient;
let doctor: Staff;

beforeAll(async () => {
	small = await openSmallNetwork({ members: smallMembers.slice(0, 1) });
	doctor = await small.hire("practitioner");
	const of = (family: string, more: ReturnType<typeof genotype>[]) =>
		small.admit({ family, given: "A", birthDate: "1970-01-01", more: (subject) => more.map((make) => make(subject)) });
	poor = await of("Poor", [
		genotype("CYP2C19", "HGNC:2621", "*2/*2"),
		genotype("TPMT", "HGNC:12014", "*1/*1"),
		genotype("CYP2D6", "HGNC:2625", "not an allele"),
	]);
	empty = await of("Empty", []);
}, 60_000);
afterAll(() => small.close());

const own = ({ pseudonym }: SmallPatient): ReadBody => ({
	kind: "read",
	patient: byPseudonym(pseudonym),
	purpose: "PATRQT",
	classes: ["genomics"],
	level: "identified",
});
const ask = (key: Staff["key"], body: object): Promise<GenesAnswer> =>
	reportGenes({ gate: small.institution().gate, request: small.sign(key, body), today: "2026-11-29" });

describe("the genes on file", () => {
	it("[ND90] are told with what they mean and the drugs to speak about; what cannot be read or is not on file is unknown", async () => {
		const { genes, unreadable, withoutResult, others, isStale } = await ask(poor.key, own(poor));
		expect(genes.map(({ gene, phenotypes, isOrdinary }) => [gene, phenotypes, isOrdinary])).toEqual([
			["CYP2C19", ["Poor Metabolizer"], false],
			["TPMT", ["Normal Metabolizer"], true],
		]);
		expect(genes[0]).toMatchObject({ results: ["*2/*2"], drugs: expect.arrayContaining(["clopidogrel"]) });
		expect(genes[1]?.drugs).toEqual([]);
		expect(unreadable).toEqual(["CYP2D6"]);
		expect(withoutResult).toContain("SLCO1B1");
		expect(withoutResult).not.toContain("CYP2D6");
		expect(others.usual).not.toContain("codeine");
		expect(isStale).toBe(true);
	});

	it("[ND90] leave an entry like any read, and nothing of the record beside what the tables make of it", async () => {
		const before = small.institution().log.size();
		const answer = await ask(poor.key, own(poor));
		expect(small.institution().log.size()).toBe(before + 1);
		expect(answer.access.leafIndex).toBe(before);
		expect(JSON.stringify(answer)).not.toMatch(/resourceType|Observation|not an allele/);
	});

	it("[ND90] are refused to whom nothing was granted, in the answer that somebody without genes and an unknown person get", async () => {
		const asked = (localId: string) => ask(doctor.key, { ...own(poor), patient: byLocal(localId), purpose: "TREAT" });
		const [refused, without, nobody] = await Promise.all([asked(poor.localId), asked(empty.localId), asked("nobody-of-this-id")]);
		const told = ({ access: _, ...rest }: GenesAnswer) => rest;
		expect(told(refused)).toEqual(told(without));
		expect(told(refused)).toEqual(told(nobody));
		expect(refused.classes).toEqual([expect.objectContaining({ class: "genomics", status: "not-available" })]);
		expect(refused.genes).toEqual([]);
	});

	it("[ND90] are not made by a model's name, without names, or beside more than was asked, and nothing is opened for it", async () => {
		const before = small.institution().log.size();
		for (const more of [
			{ model: "prevent-2023" },
			{ level: "pseudonymised" },
			{ level: "compute" },
			{ classes: ["genomics", "conditions"] },
			{ record: "Observation/x" },
			{ kind: "history" },
		]) {
			expect(await codeOf(ask(poor.key, { ...own(poor), ...more }))).toBe("NODE_BODY_INVALID");
		}
		expect(await codeOf(reportGenes({ gate: small.institution().gate, request: null, today: "2026-11-29" }))).toBe("NODE_BODY_INVALID");
		expect(small.institution().log.size()).toBe(before);
	});

	it("[ND90] of another patient are no patient's", async () => {
		const { classes, genes } = await ask(empty.key, own(poor));
		expect(classes[0]?.status).toBe("not-available");
		expect(genes).toEqual([]);
	});
});

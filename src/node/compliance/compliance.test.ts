import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dayMs, type SigningKey } from "#base";
import { createInstitutionApp } from "../app.ts";
import { createNodeApp } from "../nodeApp.ts";
import { byLocal, openSmallNetwork, type SmallNetwork, type SmallPatient, type Staff, toPractitioners } from "../testing/smallNetwork.ts";
import { readCare, recordAudit } from "./lastCare.ts";

let small: SmallNetwork;
let app: FastifyInstance;
let patient: SmallPatient;
let doctor: Staff;
let officer: Staff;

beforeAll(async () => {
	small = await openSmallNetwork();
	patient = await small.admit({ family: "Kontor", given: "Karl", birthDate: "1949-09-09" });
	doctor = await small.hire("practitioner");
	officer = await small.hire("compliance-officer");
	await small.grant(patient, toPractitioners("north", ["conditions", "laboratory"]));
	await small.read(doctor.key, byLocal(patient.localId));
	app = createInstitutionApp(small.network, small.institution());
});
afterAll(async () => {
	await app.close();
	await small.close();
});

async function ask<Answer>(path: string, body: object, key: SigningKey = officer.key): Promise<Answer> {
	const answer = await app.inject({ method: "POST", url: `/api/compliance/${path}`, payload: small.sign(key, body) });
	expect(answer.statusCode, answer.body).toBe(200);
	return answer.json() as Answer;
}
const oversee = <Answer>(what: string) => ask<Answer>(what, { kind: "oversee", what });

interface Health {
	readonly ledger: {
		readonly height: number;
		readonly standing: string;
		readonly witnesses: readonly { readonly member: string }[];
		readonly asked: number;
	};
	readonly logs: readonly { readonly log: string; readonly entries: number; readonly anchoredEntries: number; readonly anchoredAtMs: number }[];
	readonly keyring: { readonly answers: boolean };
	readonly audit: unknown;
	readonly backup: { readonly atMs: number } | null;
}
interface Members {
	readonly members: readonly { readonly member: string; readonly isHere: boolean; readonly status: string }[];
	readonly credentials: readonly { readonly credentialId: string; readonly status: string; readonly kind: string }[];
}

describe("a compliance officer asks the node", () => {
	it("[ND100] one request signed for one thing serves for no other", async () => {
		const answer = await app.inject({
			method: "POST",
			url: "/api/compliance/health",
			payload: small.sign(officer.key, { kind: "oversee", what: "members" }),
		});
		expect(answer.json()).toMatchObject({ code: "GATE_REQUEST_INVALID" });
	});

	it("[ND101] how ledger, logs and keys are; also on a ledger that nobody has verified lately", async () => {
		await small.institution().gate.anchor(true);
		await small.network.ledger.cosigned(5_000);
		const health = await oversee<Health>("health");
		const { log } = small.institution();
		expect(health.ledger).toMatchObject({
			height: small.network.ledger.head().height,
			standing: "witnessed",
			asked: 1,
			witnesses: [{ member: "south" }],
		});
		expect(health.logs).toMatchObject([{ log: log.log, entries: log.size(), isWritten: true }]);
		expect(health.logs[0]!.anchoredEntries).toBeGreaterThan(0);
		expect(health.keyring.answers).toBe(true);
		small.advance(60_000);
		expect(
			(
				await app.inject({ method: "POST", url: "/api/compliance/members", payload: small.sign(officer.key, { kind: "oversee", what: "members" }) })
			).json(),
		).toMatchObject({
			code: "GATE_LEDGER_STALE",
		});
		expect((await oversee<Health>("health")).ledger.height).toBeGreaterThan(0);
		await small.hire("researcher");
	});

	it("[ND102] who is in the network, and how each credential of this house stands, read from the ledger's log", async () => {
		const before = await oversee<Members>("members");
		expect(before.members).toMatchObject([
			{ member: "north", isHere: true, status: "active" },
			{ member: "south", isHere: false },
		]);
		const statusOf = ({ credentials }: Members, { credentialId }: Staff) => credentials.find((each) => each.credentialId === credentialId)?.status;
		expect(statusOf(before, officer)).toBe("current");
		const left = await small.hire("practitioner");
		const elsewhere = await small.hire("practitioner", { member: "south" });
		await small.fire(left);
		const after = await oversee<Members>("members");
		expect(statusOf(after, left)).toBe("revoked");
		expect(statusOf(after, elsewhere)).toBeUndefined();
		expect(after.credentials.length).toBe(before.credentials.length + 1);
		small.advance(70 * dayMs);
		const successor = await small.hire("compliance-officer");
		const late = await ask<Members>("members", { kind: "oversee", what: "members" }, successor.key);
		expect(statusOf(late, officer)).toBe("expired");
		officer = successor;
	});

	it("[ND103] records of processing have what was used, for what, by whom, and nothing of a patient", async () => {
		const report = await oversee<{ purposes: readonly { purpose: string; recipients: readonly object[] }[]; byHand: readonly string[] }>(
			"processing",
		);
		expect(report).toMatchObject({ controller: { member: "north", name: "North Hospital" } });
		const care = report.purposes.find(({ purpose }) => purpose === "TREAT");
		expect(care).toMatchObject({ classes: ["conditions", "laboratory"], levels: ["identified"], recipients: [{ member: "north", isHere: true }] });
		expect(report.byHand).toContain("contact");
		const text = JSON.stringify(report);
		for (const secret of [patient.pseudonym, patient.localId, patient.family, doctor.key.publicKey]) expect(text).not.toContain(secret);
	});

	it("[ND104] when folder and backups were looked after is told; a damaged note of it is none", async () => {
		expect((await oversee<Health>("health")).backup).toBeNull();
		const home = mkdtempSync(join(tmpdir(), "aceso-care-"));
		const socket = createNodeApp(small.network);
		const made = await socket.inject({ method: "POST", url: "/admin/members/north/backups", payload: { path: join(home, "set") } });
		expect(made.statusCode, made.body).toBe(200);
		recordAudit(small.folder, { atMs: 5, findings: 2 });
		expect(await oversee<Health>("health")).toMatchObject({
			audit: { atMs: 5, findings: 2 },
			backup: { atMs: small.network.now() > 0 ? expect.any(Number) : 0 },
		});
		writeFileSync(join(small.folder, "care.json"), readFileSync(join(small.folder, "care.json"), "utf8").slice(0, 20));
		expect(readCare(small.folder)).toEqual({ members: {} });
		expect((await oversee<Health>("health")).audit).toBeNull();
		expect(existsSync(join(small.folder, "care.json.new"))).toBe(false);
		await socket.close();
		rmSync(home, { recursive: true });
	});
});

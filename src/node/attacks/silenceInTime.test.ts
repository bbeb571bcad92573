import { randomInt } from "node:crypto";
import { Agent, request as httpRequest, type RequestOptions } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PatientReference } from "#gate";
import { createInstitutionApp } from "../app.ts";
import { authorise } from "../testing/fhirClient.ts";
import { separation } from "../testing/separation.ts";
import {
	byConsent,
	byLocal,
	byPseudonym,
	openSmallNetwork,
	type SmallNetwork,
	type Staff,
	smallMembers,
	toPractitioners,
} from "../testing/smallNetwork.ts";

/**
 * Invariant 8 in time (PROTOCOL §8): whoever measures how long an answer takes learns nothing either. Only the slow tests judge time; the usual
 * run asks a hundred of each and holds bodies and entries alike.
 */
const isSlow = process.env["ACESO_SLOW"] === "1";
const looks = isSlow ? 2_000 : 100;
/** Of each kind: one patient alone could be slower by where its rows happen to lie. */
const patients = 6;
/** Above it somebody with 2,000 looks at each could tell them apart (PROTOCOL §8). */
const separationMax = 0.55;

const kinds = ["refused", "absent", "erased"] as const;
type Kind = (typeof kinds)[number];
type Asked = Readonly<Record<Kind, readonly PatientReference[]>>;

let small: SmallNetwork;
let doctor: Staff;
const ways: Record<string, Asked> = {};

beforeAll(async () => {
	small = await openSmallNetwork({ members: smallMembers.slice(0, 1) });
	doctor = await small.hire("practitioner");
	const admit = async (family: string) => {
		const each = await small.admit({ family, given: "Ada", birthDate: "1950-01-01" });
		// To researchers: there are terms to be judged before the answer is no.
		const provision = { ...toPractitioners("north", ["conditions"]), purposes: ["HRESCH"] as const };
		return { each, consent: await small.grant(each, provision) };
	};
	const refused = [];
	const erased = [];
	for (let i = 0; i < patients; i++) {
		refused.push(await admit(`Refused${i}`));
		const { each, consent } = await admit(`Erased${i}`);
		const body = { kind: "erase", patient: byLocal(each.localId), compartments: "all" };
		await small.institution().gate.erase(small.sign(each.key, body));
		erased.push({ each, consent });
	}
	const hex = (bytes: number) => Buffer.from(small.network.randomBytes(bytes)).toString("hex");
	const absent = Array.from({ length: patients }, () => crypto.randomUUID());
	ways["local id"] = {
		refused: refused.map(({ each }) => byLocal(each.localId)),
		absent: absent.map((id) => byLocal(id)),
		erased: erased.map(({ each }) => byLocal(each.localId)),
	};
	ways["pseudonym"] = {
		refused: refused.map(({ each }) => byPseudonym(each.pseudonym)),
		absent: absent.map(() => byPseudonym(hex(32) as never)),
		erased: erased.map(({ each }) => byPseudonym(each.pseudonym)),
	};
	ways["consent"] = {
		refused: refused.map(({ consent }) => byConsent(consent)),
		absent: absent.map(() => byConsent(hex(16) as never)),
		erased: erased.map(({ consent }) => byConsent(consent)),
	};
}, 120_000);
afterAll(() => small.close());

const sign = (patient: PatientReference) =>
	small.sign(doctor.key, { kind: "read", patient, purpose: "TREAT", classes: ["conditions", "laboratory"], level: "identified" });

interface Look {
	readonly ms: number;
	readonly shown: string;
	readonly appended: number;
}

/** Looks at every kind equally often in an order drawn by chance; the first looks, which open terms, are made before. */
async function lookAtAll<Request extends object>(
	asked: Asked,
	ask: (request: Request) => Promise<string>,
	sign: (patient: PatientReference) => Request,
): Promise<Record<Kind, Look[]>> {
	const seen: Record<Kind, Look[]> = { refused: [], absent: [], erased: [] };
	for (const kind of kinds) for (const reference of asked[kind]) for (let i = 0; i < 5; i++) await ask(sign(reference));
	const order = kinds.flatMap((kind) =>
		Array.from({ length: looks }, (_, i) => ({ kind, reference: asked[kind][i % patients] as PatientReference })),
	);
	for (let i = order.length - 1; i > 0; i--) {
		const j = randomInt(i + 1);
		[order[i], order[j]] = [order[j]!, order[i]!];
	}
	const { log } = small.institution();
	for (const { kind, reference } of order) {
		// Signed outside the measured time.
		const request = sign(reference);
		const before = log.size();
		const start = performance.now();
		const shown = await ask(request);
		const ms = performance.now() - start;
		const fixed = shown.replace(/"leafIndex":\d+/, "").replace(/"entryHash":"[0-9a-f]{64}"/, "");
		seen[kind].push({ ms, shown: fixed, appended: log.size() - before });
	}
	return seen;
}

function judge(way: string, seen: Record<Kind, Look[]>): void {
	const all = kinds.flatMap((kind) => seen[kind]);
	expect(new Set(all.map(({ shown }) => shown)).size, "one body").toBe(1);
	expect(new Set(all.map(({ appended }) => appended)), "one entry").toEqual(new Set([1]));
	const pairs = [
		["refused", "absent"],
		["refused", "erased"],
		["absent", "erased"],
	] as const;
	const found = pairs.map(([one, other]) => ({
		pair: `${one}/${other}`,
		auc: separation(
			seen[one].map(({ ms }) => ms),
			seen[other].map(({ ms }) => ms),
		),
	}));
	const medians = kinds.map((kind) => `${kind} ${median(seen[kind].map(({ ms }) => ms)).toFixed(3)} ms`);
	if (!isSlow) return;
	console.log(`${way}: ${found.map(({ pair, auc }) => `${pair} AUC ${auc.toFixed(3)}`).join(", ")}; medians ${medians.join(", ")}`);
	for (const { pair, auc } of found) expect(auc, `${way}, ${pair}`).toBeLessThanOrEqual(separationMax);
}

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1] as number;

describe("silence in time", () => {
	it.each(["local id", "pseudonym", "consent"])(
		"[GA6] through the gate, by %s: refused, absent and erased answer alike, and as fast (time with ACESO_SLOW=1)",
		async (way) => {
			const { gate } = small.institution();
			judge(`gate, by ${way}`, await lookAtAll(ways[way]!, async (request) => JSON.stringify(await gate.release(request)), sign));
		},
		300_000,
	);

	it("[GA6] over HTTP: refused, absent and erased answer alike, and as fast (time with ACESO_SLOW=1)", async () => {
		const app = createInstitutionApp(small.network, small.institution());
		await app.listen({ host: "127.0.0.1", port: 0 });
		const { port } = app.server.address() as AddressInfo;
		const agent = new Agent({ keepAlive: true, maxSockets: 1 });
		try {
			const seen = await lookAtAll(ways["local id"]!, (request) => post(port, agent, request), sign);
			judge("HTTP, by local id", seen);
		} finally {
			agent.destroy();
			await app.close();
		}
	}, 300_000);
});

describe("silence in time, over FHIR", () => {
	it("[GA6] [FR11] a search and a read: refused, absent and erased answer alike, and as fast (time with ACESO_SLOW=1)", async () => {
		const app = createInstitutionApp(small.network, small.institution());
		await app.listen({ host: "127.0.0.1", port: 0 });
		const { port } = app.server.address() as AddressInfo;
		const agent = new Agent({ keepAlive: true, maxSockets: 1 });
		try {
			for (const [name, path] of [
				["a search", "/fhir/Condition?code=195967001"],
				["a read", "/fhir/Condition/x"],
			] as const) {
				const signed = (patient: PatientReference) => ({ authorization: authorise(small, doctor.key, path, { patient }) });
				judge(`FHIR, ${name}`, await lookAtAll(ways["local id"]!, (headers) => send(port, agent, { method: "GET", path, headers }), signed));
			}
		} finally {
			agent.destroy();
			await app.close();
		}
	}, 600_000);
});

/** Status, headers but the date, and body, as one text. */
function post(port: number, agent: Agent, body: object): Promise<string> {
	const payload = JSON.stringify(body);
	const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(payload) };
	return send(port, agent, { path: "/api/records", method: "POST", headers }, payload);
}

function send(port: number, agent: Agent, to: Pick<RequestOptions, "method" | "path" | "headers">, payload = ""): Promise<string> {
	return new Promise((resolve, reject) => {
		const sent = httpRequest({ host: "127.0.0.1", port, agent, ...to }, (answer) => {
			let text = "";
			answer.setEncoding("utf8");
			answer.on("data", (part) => {
				text += part;
			});
			answer.on("end", () => {
				const { date: _date, "content-length": _length, ...rest } = answer.headers;
				resolve(JSON.stringify({ status: answer.statusCode, rest }) + text);
			});
		});
		sent.on("error", reject);
		sent.end(payload);
	});
}

import { describe, expect, it } from "vitest";
import { type Instant, type MemberId, type PublicKey, parseDigest, type Signature } from "#base";
import type { ReadBody, Release } from "#gate";
import type { SignedRequest } from "#wallet";
import { hashInsight } from "./insightRecord.ts";
import { preventModelCardHash, preventModelId } from "./modelCard.ts";
import { knowledgeVersion } from "./prevent/codes.ts";
import { createInsightBody, createInsightService } from "./service.ts";
import { complete, releaseOf } from "./testing/releasedRecord.ts";

const now = () => Date.parse("2026-11-21T10:00:00Z") as Instant;
const body = createInsightBody({ patient: { by: "local", localId: "1" }, purpose: "TREAT", level: "compute" });

function sign(read: ReadBody): SignedRequest<ReadBody> {
	const member = "clinic" as MemberId;
	return {
		audience: member,
		via: member,
		key: "11".repeat(32) as PublicKey,
		timeMs: now(),
		nonce: "22".repeat(16),
		body: read,
		signature: "33".repeat(64) as Signature,
	};
}

/** Stands where the gate stands: hands out one release and remembers what was asked. */
function gateWith(release: Release) {
	const asked: ReadBody[] = [];
	return {
		asked,
		release: async (request: SignedRequest<ReadBody>) => {
			asked.push(request.body);
			return release;
		},
	};
}

describe("insight service", () => {
	it("[IN14] asks for the classes PREVENT reads and no others, the model named", async () => {
		const gate = gateWith(releaseOf(complete));
		await createInsightService({ ...gate, now }).assess(sign(body));
		expect(gate.asked).toEqual([
			{
				kind: "read",
				patient: { by: "local", localId: "1" },
				purpose: "TREAT",
				classes: ["demographics", "conditions", "medications", "laboratory", "vitals", "procedures", "social"],
				level: "compute",
				model: "prevent-2023",
			},
		]);
	});

	it.each([
		{ ...body, classes: [...body.classes, "notes" as const] },
		{ ...body, model: "another" },
		{ ...body, level: "pseudonymised" as const },
		{ ...body, level: "deidentified" as const },
		{ ...body, record: "Observation/1" },
	])("[IN14] does not send a request that differs: %#", async (other) => {
		const gate = gateWith(releaseOf(complete));
		await expect(createInsightService({ ...gate, now }).assess(sign(other))).rejects.toMatchObject({ code: "INSIGHT_REQUEST_DIFFERS" });
		expect(gate.asked).toEqual([]);
	});

	it("[IN14] a requester may ask for less: what is left out is withheld, and refuses", async () => {
		const less = { ...body, classes: body.classes.filter((each) => each !== "medications") };
		const release = releaseOf(complete.filter(({ resourceType }) => resourceType !== "MedicationRequest"));
		const gate = gateWith({ ...release, classes: release.classes.filter((each) => each.class !== "medications") });
		const { answer } = await createInsightService({ ...gate, now }).assess(sign(less));
		expect(answer.status).toBe("refused");
		expect(answer.classesNotAvailable).toEqual(["medications"]);
	});

	it("a refusal of the gate passes through", async () => {
		const refused = new Error("refused");
		const service = createInsightService({ release: () => Promise.reject(refused), now });
		await expect(service.assess(sign(body))).rejects.toBe(refused);
	});

	it("[IN13] the record carries versions, inputs by hash, what was not seen, uncertainty, and its leaf of the access log", async () => {
		const service = createInsightService({ ...gateWith(releaseOf(complete)), now });
		const { answer, filed } = await service.assess(sign(body));
		expect(answer).toMatchObject({
			modelId: preventModelId,
			modelCardHash: preventModelCardHash,
			knowledgeVersion,
			subject: "Patient/p",
			status: "computed",
			classesNotAvailable: [],
			problems: [],
			levels: ["compute"],
			access: { log: "log", leafIndex: 7 },
			computedAtMs: now(),
			notice: "This record may be incomplete by the patient's choice.",
		});
		expect(answer.warnings[0]).toMatchObject({ code: "RECORD_MAY_BE_INCOMPLETE" });
		expect(answer.uncertainty?.statement).toContain("No interval for a single person");
		expect(answer.results).toHaveLength(10);
		expect(answer.explanations).toHaveLength(10);
		for (const { sources } of answer.inputs) for (const { digest } of sources) expect(parseDigest(digest)).toBe(digest);
		expect(filed.insightHash).toBe(hashInsight(answer));
		expect(filed.classes).toHaveLength(7);
	});

	it("[IN13] the same release gives the same hash; one changed value, one changed day or one changed choice gives another", async () => {
		const hashOf = async (resources: typeof complete, options = {}) =>
			(await createInsightService({ ...gateWith(releaseOf(resources)), now }).assess(sign(body), options)).filed.insightHash;
		const first = await hashOf(complete);
		expect(await hashOf(structuredClone(complete))).toBe(first);
		const touched = complete.map((each) => (each.id === "o-2093-3" ? { ...each, note: [{ text: "x" }] } : each));
		const others = [await hashOf(touched), await hashOf(complete, { today: "2026-11-20" }), await hashOf(complete, { horizons: [10] })];
		expect(new Set([first, ...others]).size).toBe(4);
	});
});

import { type Digest, encodeHex, type Instant, type Pseudonym, type PublicKey, type SubjectId } from "#base";
import { type DataClass, readCredentials, sensitivityLabels } from "#contracts";
import type { FiledBy } from "#vault";
import { type Asked, admitRequest } from "./authenticate.ts";
import { decisionTime } from "./decideAccess.ts";
import { draftFor } from "./draft.ts";
import { GateError } from "./errors.ts";
import type { ReadBody, Release } from "./gate.ts";
import type { FiledInsight } from "./gateStore.ts";
import { assertFresh } from "./logUnderNobody.ts";
import { type ResolvedPatient, resolvePatient } from "./patients.ts";
import { assertLabelled } from "./relabelling.ts";
import { generatedVersion } from "./relabelPatient.ts";
import { type GateContext, releaseToModel } from "./release.ts";
import { parseRequest, type RequestBodies } from "./requests.ts";
import { ResourceSealer } from "./sealResource.ts";

/** A result as it stays with the patient. */
export interface FiledResult {
	/** H(canonical insight), the id under which a clinician signs it off. */
	readonly insightHash: Digest;
	/** FHIR resource of the result. */
	readonly resource: { readonly resourceType: string; readonly [element: string]: unknown };
	/** All classes the model read: whoever reads the result needs them too. */
	readonly classes: readonly DataClass[];
	readonly labels: readonly string[];
}

/** What a model hands back: the answer that leaves, and the record of it that stays with the patient; several where each is decided on by itself. */
export interface ModelResult<Answer> {
	readonly answer: Answer;
	readonly filed: FiledResult | readonly FiledResult[];
}

/**
 * Lets a named model compute over what was granted and files its result with the patient. The records exist only inside `run`; only its
 * answer leaves.
 *
 * @param assertNeeded - Throws for a request that asks for more than the model needs.
 */
export async function computeInsight<Answer>(
	gate: GateContext,
	input: unknown,
	assertNeeded: (body: ReadBody) => void,
	run: (release: Release) => Promise<ModelResult<Answer>>,
): Promise<Answer> {
	const { parts } = gate;
	const { request } = parseRequest(input, "read");
	assertNeeded(request.body);
	const released = await releaseToModel(gate, input);
	const { answer, filed } = await run(released);
	const results: readonly FiledResult[] = "insightHash" in filed ? [filed] : filed;
	if (results.length === 0 || released.classes.every((verdict) => verdict.status === "not-available")) return answer;
	const patient = await resolvePatient(parts, request.body.patient);
	if (patient.absent) return answer;
	const at = parts.now();
	await parts.log.append(
		draftFor(parts, patient.pseudonym, at, {
			requester: request.key,
			requesterKind: "person",
			via: request.via,
			action: "write",
			purpose: request.body.purpose,
			compartments: [...new Set(results.flatMap(({ classes }) => classes))].sort(),
			count: results.length,
			decision: "permit",
			reasons: ["CUSTODIAN_RECORD"],
			model: request.body.model ?? "",
		}),
		{ subject: patient.subject },
	);
	const inherited = released.resources.flatMap(({ labels }) => labels ?? []);
	const generated = results.map(({ insightHash, resource, classes, labels }): Generated => {
		const id = insightHash.slice(0, 32);
		const all = [...new Set([...labels, ...inherited])].sort();
		return { reference: `${resource.resourceType}/${id}`, compartments: [...classes].sort(), resource: { ...resource, id }, labels: all };
	});
	await sealGenerated(gate, patient.subject, generated, { how: "compute", by: parts.member, via: request.via, atMs: at });
	const facts = { pseudonym: patient.pseudonym, requester: request.key, model: request.body.model ?? "", atMs: at };
	parts.memory.recordInsights(results.map(({ insightHash, classes }) => ({ ...facts, hash: insightHash, classes: [...classes].sort().join("+") })));
	return answer;
}

/** How a decision becomes a FHIR resource; the insight room knows. */
export type RenderSignOff = (
	facts: {
		readonly insightHash: Digest;
		readonly decision: "accept" | "override";
		readonly reason: string;
		readonly clinician: PublicKey;
		readonly timeMs: number;
	},
	target: string,
) => { readonly resourceType: string; readonly [element: string]: unknown };

/**
 * A clinician who still practises accepts or overrides an insight, once; the decision and its reason are recorded with the patient and on the access log.
 *
 * @throws {@link GateError} `GATE_NOT_AVAILABLE`, `GATE_LEDGER_STALE`, `GATE_REQUEST_INVALID` for an override without a reason.
 */
export async function signOffInsight(gate: GateContext, input: unknown, render: RenderSignOff): Promise<{ readonly entryHash: Digest }> {
	const { parts } = gate;
	const { request, at } = await admitRequest(gate, input, "sign-off");
	const { patient: reference, insightHash, decision, reason } = request.body;
	if (decision === "override" && reason.trim().length < 10) {
		throw new GateError("GATE_REQUEST_INVALID", "overriding an insight needs a reason of at least 10 characters", { at: "body.reason" });
	}
	await assertFresh(parts, request, at, { action: "sign-off", purpose: "TREAT" });
	await assertLabelled(gate, request, at, { action: "sign-off", purpose: "TREAT" });
	const patient = await resolvePatient(parts, reference);
	const insight = parts.memory.findInsight(insightHash);
	const concerned = insight !== undefined && insight.requester === request.key && insight.pseudonym === (patient.pseudonym as Pseudonym);
	const credentials = readCredentials(parts.ledger, request.key, decisionTime(parts, at));
	const practises = credentials.some((held) => held.kind === "practitioner" && held.issuer === request.via);
	// Taken before anything is written: of two sign-offs at once, one is entitled.
	const entitled = concerned && practises && parts.memory.decideInsight(insightHash, decision);
	try {
		return await recordSignOff(gate, { request, at, patient, insight: entitled ? insight : undefined, render });
	} catch (error) {
		if (entitled) parts.memory.reopenInsight(insightHash);
		throw error;
	}
}

interface SignOffFacts {
	readonly request: Asked<RequestBodies["sign-off"]>;
	readonly at: Instant;
	readonly patient: ResolvedPatient;
	/** Undefined for who may not sign it off. */
	readonly insight: FiledInsight | undefined;
	readonly render: RenderSignOff;
}

async function recordSignOff(gate: GateContext, { request, at, patient, insight, render }: SignOffFacts): Promise<{ readonly entryHash: Digest }> {
	const { parts } = gate;
	const { insightHash, decision, reason } = request.body;
	const access = await parts.log.append(
		draftFor(parts, patient.pseudonym, at, {
			requester: request.key,
			requesterKind: "person",
			via: request.via,
			action: "sign-off",
			purpose: "TREAT",
			count: insight === undefined ? 0 : 1,
			decision: insight === undefined ? "deny" : "permit",
			reasons: [insight === undefined ? "GRANTEE_DIFFERS" : "CUSTODIAN_RECORD"],
			model: insight?.model ?? "",
		}),
		{ subject: patient.subject },
	);
	if (insight === undefined) throw new GateError("GATE_NOT_AVAILABLE", "not available to you");
	const compartments = insight.classes.split("+") as DataClass[];
	const resource = render(
		{ insightHash: insight.hash as Digest, decision, reason, clinician: request.key, timeMs: at },
		`RiskAssessment/${insightHash.slice(0, 32)}`,
	);
	const id = encodeHex(parts.randomBytes(16));
	// A reason is free text, which carries every label until somebody reviewed it (PROTOCOL §6).
	const labels = reason.trim() === "" ? [] : sensitivityLabels;
	const reference = `${resource.resourceType}/${id}`;
	await sealGenerated(gate, patient.subject, [{ reference, compartments, resource: { ...resource, id }, labels }], {
		how: "create",
		by: request.key,
		via: request.via,
		atMs: at,
	});
	return { entryHash: access.receipt.entryHash };
}

/** A record that is made here and filed with the patient. */
interface Generated {
	readonly reference: string;
	readonly compartments: readonly DataClass[];
	readonly resource: object;
	readonly labels: readonly string[];
}

/** Together: all of them are there, or none. */
async function sealGenerated(gate: GateContext, subject: SubjectId, generated: readonly Generated[], filed: FiledBy): Promise<void> {
	const sealer = new ResourceSealer(gate.parts, subject);
	const rows = [];
	for (const { reference, compartments, resource, labels } of generated) {
		const body = {
			resourceText: JSON.stringify(resource),
			labels,
			conditions: [],
			dataTimeMs: filed.atMs,
			authors: [],
			encounter: null,
			tableVersion: generatedVersion,
			filed,
		};
		rows.push(await sealer.seal(reference, compartments, body));
	}
	await gate.parts.store.putRecords(sealer.takeKeys(), rows);
}

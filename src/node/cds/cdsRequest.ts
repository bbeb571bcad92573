import { z } from "zod";
import { NodeError } from "../errors.ts";

/** Hooks that services here answer. */
export const hooks = ["patient-view", "order-select", "order-sign"] as const;
export type Hook = (typeof hooks)[number];

/** An order as the record system drafts it, of whatever version of FHIR: only its medicine is read. */
export interface DraftOrder {
	readonly resourceType: string;
	readonly id?: string;
	readonly [element: string]: unknown;
}

export interface CdsRequest {
	readonly hook: Hook;
	readonly hookInstance: string;
	readonly userId: string;
	readonly patientId: string;
	/** All orders of the draft; empty for `patient-view`. */
	readonly orders: readonly DraftOrder[];
	/** Those that the hook is about: the selected ones, or all. */
	readonly concerned: readonly DraftOrder[];
	/** Resources that the record system brought along, all of this patient. */
	readonly prefetched: readonly DraftOrder[];
}

const id = z.string().regex(/^[A-Za-z0-9.-]{1,64}$/);
const userId = z.string().regex(/^(?:Practitioner|PractitionerRole|Patient|RelatedPerson)\/[A-Za-z0-9.-]{1,64}$/);
const resource = z.looseObject({ resourceType: z.string().min(1), id: z.string().min(1).optional() });
const draft = z.looseObject({ resourceType: z.literal("Bundle"), entry: z.array(z.looseObject({ resource })).min(1).max(500) });
const common = { userId, patientId: id, encounterId: id.optional() };
const contexts = {
	"patient-view": z.looseObject(common),
	"order-select": z.looseObject({ ...common, selections: z.array(z.string().min(1)).min(1).max(500), draftOrders: draft }),
	"order-sign": z.looseObject({ ...common, draftOrders: draft }),
} as const satisfies Record<Hook, z.ZodType>;

const fhirAuthorization = z.looseObject({
	access_token: z.string().min(1),
	token_type: z.literal("Bearer"),
	expires_in: z.int().min(0),
	scope: z.string().min(1),
	subject: z.string().min(1),
});
/** CDS Hooks 2.0, "Calling a CDS Service". Unknown members are left alone, as the specification asks of extensions. */
const envelope = z.looseObject({
	hook: z.string().min(1),
	// Globally unique; the specification's own examples are UUIDs.
	hookInstance: z.guid(),
	fhirServer: z.url({ protocol: /^https?$/ }).optional(),
	fhirAuthorization: fhirAuthorization.optional(),
	context: z.looseObject({}),
	prefetch: z.record(z.string().min(1), z.unknown()).optional(),
});

/**
 * Reads a call of a service.
 *
 * `fhirServer` and `fhirAuthorization` are judged for their form and not used: this service reads records through the gate alone, and never calls an address that a
 * request names. The token is kept nowhere.
 *
 * @throws NodeError `CDS_REQUEST_INVALID` with the path of the first fault and the rule of the specification, never a value.
 */
export function parseCdsRequest(input: unknown, hook: Hook): CdsRequest {
	const body = readAs(envelope, input, "");
	if (body.hook !== hook) throw invalid("hook", `expected the hook of this service, ${hook}`);
	if (body.fhirAuthorization !== undefined && body.fhirServer === undefined)
		throw invalid("fhirServer", "expected fhirServer, which is required where fhirAuthorization is given");
	const context = readAs(contexts[hook] as z.ZodType<ParsedContext>, body.context, "context");
	const orders = (context.draftOrders?.entry ?? []).map((entry) => entry.resource);
	assertOfPatient(orders, context.patientId, "context.draftOrders");
	const prefetched = Object.entries(body.prefetch ?? {}).flatMap(([key, value]) => readPrefetched(value, `prefetch.${key}`));
	assertOfPatient(prefetched, context.patientId, "prefetch");
	const concerned = context.selections === undefined ? orders : context.selections.map((selected) => findSelected(selected, orders));
	const { userId: user, patientId } = context;
	return { hook, hookInstance: body.hookInstance, userId: user, patientId, orders, concerned, prefetched };
}

interface ParsedContext {
	readonly userId: string;
	readonly patientId: string;
	readonly selections?: readonly string[];
	readonly draftOrders?: { readonly entry: readonly { readonly resource: DraftOrder }[] };
}

function findSelected(selected: string, orders: readonly DraftOrder[]): DraftOrder {
	const found = orders.find(({ resourceType, id: own }) => own !== undefined && `${resourceType}/${own}` === selected);
	if (found === undefined) throw invalid("context.selections", "expected each selection to be an order of context.draftOrders, as ResourceType/id");
	return found;
}

/** A resource, the resources of a searchset, or nothing where the record system has none. */
function readPrefetched(value: unknown, at: string): readonly DraftOrder[] {
	if (value === null) return [];
	const one = readAs(resource, value, at);
	if (one.resourceType !== "Bundle") return [one];
	const { entry } = readAs(z.looseObject({ entry: z.array(z.looseObject({ resource })).max(1_000).optional() }), value, at);
	return (entry ?? []).map((each) => each.resource);
}

/** Who brings another patient's data may be about to act on the wrong one: refused, before anything is read. */
function assertOfPatient(resources: readonly DraftOrder[], patientId: string, at: string): void {
	for (const each of resources) {
		const named =
			each.resourceType === "Patient"
				? [each.id === undefined ? undefined : `Patient/${each.id}`]
				: [referenceOf(each["subject"]), referenceOf(each["patient"])];
		if (named.some((reference) => reference !== undefined && !isPatient(reference, patientId)))
			throw invalid(at, "expected resources of context.patientId alone");
	}
}

function isPatient(reference: string, patientId: string): boolean {
	const [type, named] = reference.split("/").slice(-2);
	return type !== "Patient" || named === patientId;
}

function referenceOf(value: unknown): string | undefined {
	const reference = typeof value === "object" && value !== null ? (value as { reference?: unknown }).reference : undefined;
	return typeof reference === "string" ? reference : undefined;
}

function readAs<Value>(schema: z.ZodType<Value>, input: unknown, under: string): Value {
	const read = schema.safeParse(input);
	if (read.success) return read.data;
	const [issue] = read.error.issues;
	const at = [under, ...(issue?.path ?? [])].filter((part) => part !== "").join(".");
	throw invalid(at, "expected what CDS Hooks 2.0 requires there");
}

export function invalid(at: string, message: string): NodeError {
	return new NodeError("CDS_REQUEST_INVALID", message, { at: at.slice(0, 200) });
}

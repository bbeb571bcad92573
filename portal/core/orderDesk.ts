import { canonicalBytes, encodeHex, type JsonValue, sha256Hex } from "#base";
import type { Api } from "./api.ts";
import type { OrderAsk, OrderCard, OrderCheck, OrderDesk } from "./orderDeskTypes.ts";

export interface OrderDeskTools {
	readonly api: Api;
	readonly signed: (body: object) => object;
	readonly randomBytes: (length: number) => Uint8Array;
	readonly key: () => string;
}

/** What the model reads and its name, as `insight` has them; a test holds them together. */
export const orderClasses = ["genomics", "medications"] as const;
export const orderModel = "pgx-guidance";

interface CheckAnswer {
	readonly isGuided: boolean;
	readonly cards: readonly {
		readonly insightHash: string | null;
		readonly codes?: OrderCard["codes"];
		readonly card: Pick<OrderCard, "summary" | "detail" | "indicator" | "source"> & {
			readonly overrideReasons?: readonly { readonly display: string }[];
		};
	}[];
}

/** Orders are checked by a request over the order itself, signed by the doctor's own key. */
export function createOrderDesk({ api, signed, randomBytes, key }: OrderDeskTools): OrderDesk {
	return {
		drugs: async () => (await api.get<{ drugs: readonly string[] }>("/api/orders/drugs")).drugs,
		async checkOrder(ask) {
			const call = callOf(ask, key(), uuidOf(randomBytes(16)));
			const { localId, relationship } = ask;
			const read = { kind: "read", patient: { by: "local", localId }, purpose: "TREAT", classes: orderClasses, level: "compute", model: orderModel };
			const shown = relationship === undefined ? {} : { relationship };
			const request = signed({ ...read, ...shown, given: sha256Hex(canonicalBytes(call as unknown as JsonValue)) });
			return toCheck(await api.post<CheckAnswer>("/api/orders/check", { request, call }));
		},
	};
}

const urgency = { critical: 0, warning: 1, info: 2 } as const;

function toCheck({ isGuided, cards }: CheckAnswer): OrderCheck {
	const shown = cards.map(({ card: { summary, detail, indicator, source, overrideReasons = [] }, insightHash, codes = null }): OrderCard => {
		const { label, url } = source;
		return {
			...{ summary, detail, indicator, insightHash, codes, reasons: overrideReasons.map(({ display }) => display) },
			// A link out of the page is one of the web, and not to a script.
			source: { label, ...(url !== undefined && /^https:\/\//.test(url) ? { url } : {}) },
		};
	});
	return { isGuided, cards: shown.toSorted((a, b) => urgency[a.indicator] - urgency[b.indicator]) };
}

/** The call of a hook, for one drug. */
function callOf({ hook, localId, drug }: OrderAsk, key: string, hookInstance: string): object {
	const order = {
		...{ resourceType: "MedicationRequest", id: "order", status: "draft", intent: "order" },
		medicationCodeableConcept: { text: drug },
		subject: { reference: `Patient/${localId}` },
	};
	const selections = hook === "order-select" ? { selections: ["MedicationRequest/order"] } : {};
	const draftOrders = { resourceType: "Bundle", entry: [{ resource: order }] };
	return { hook, hookInstance, context: { userId: `Practitioner/${key}`, patientId: localId, ...selections, draftOrders } };
}

function uuidOf(bytes: Uint8Array): string {
	return encodeHex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

import type { Credential } from "#contracts";
import type { Api } from "./api.ts";
import type { HealthAnswer, ListedReview, MembersAnswer, OfficerDesk, ProcessingAnswer, RefusalTally } from "./officerDeskTypes.ts";

export interface OfficerDeskTools {
	readonly api: Api;
	readonly signed: (body: object) => object;
	/** Of who is signed in. */
	readonly key: () => string;
}

/** Each ask is signed by the officer's own key: none rests on what was answered before. */
export function createOfficerDesk({ api, signed, key }: OfficerDeskTools): OfficerDesk {
	const ask = <Answer>(path: string, body: object) => api.post<Answer>(`/api/compliance/${path}`, signed(body));
	const oversee = <Answer>(what: string) => ask<Answer>(what, { kind: "oversee", what });
	const credentialsState = async <Value>(stateKey: string) =>
		(await api.get<{ value?: Value }>(`/api/ledger/state?contract=credentials&key=${encodeURIComponent(stateKey)}`)).value;
	return {
		async roles() {
			const ids = (await credentialsState<readonly string[]>(`s/${key()}`)) ?? [];
			const held = await Promise.all(ids.map((id) => credentialsState<Credential>(`d/${id}`)));
			return [...new Set(held.flatMap((each) => (each?.status === "active" ? [each.kind] : [])))];
		},
		watch: (about) => ask("accesses", { kind: "watch-accesses", ...about }),
		refusals: async () => (await oversee<{ refusals: readonly RefusalTally[] }>("refusals")).refusals,
		reviews: async () => (await oversee<{ reviews: readonly ListedReview[] }>("reviews")).reviews,
		openReview: (review) => ask("reviews/open", { kind: "open-review", review }),
		async closeReview(verdict) {
			await api.post("/api/emergency-reviews", signed({ kind: "review", ...verdict }));
		},
		health: () => oversee<HealthAnswer>("health"),
		members: () => oversee<MembersAnswer>("members"),
		processing: () => oversee<ProcessingAnswer>("processing"),
		disclosures: ({ localId, fromMs, toMs }) => ask("disclosures", { kind: "account-disclosures", patient: { by: "local", localId }, fromMs, toMs }),
	};
}

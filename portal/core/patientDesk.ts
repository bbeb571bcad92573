import { minuteMs, type Pseudonym, type SigningKey } from "#base";
import { type Enrolment, type ErasureReceipt, endOfDayMs } from "#contracts";
import type { Transaction } from "#ledger";
import { buildDelegate, buildUndelegate, createWallet, type SigningContext } from "#wallet";
import type { Api } from "./api.ts";
import { PortalError } from "./errors.ts";
import type { ErasedPart, ErasureView, GenesView, PatientDesk, ProvedErasure } from "./patientDeskTypes.ts";
import { type PinnedLedger, trustOf } from "./place.ts";
import { fetchState } from "./proofs.ts";

/** What the desk lends to the acts of a patient: the person's signature stays with it. */
export interface DeskTools {
	readonly api: Api;
	readonly signed: (body: object) => object;
	readonly patient: () => object;
	readonly context: () => SigningContext;
	readonly submit: (transaction: Transaction) => Promise<{ readonly height: number }>;
	readonly opened: () => PatientSession;
}

interface PatientSession {
	readonly pseudonym: Pseudonym;
	readonly signer: SigningKey;
	readonly pinned: PinnedLedger;
	readonly kind: "patient" | "staff";
	/** A patient's: the seed of the wallet. */
	readonly secret: Uint8Array;
}

export function createPatientDesk({ api, signed, patient, context, submit, opened }: DeskTools): PatientDesk {
	const enrolment = async () => {
		const { pinned, pseudonym } = opened();
		const { value, standing } = await fetchState(api, trustOf(pinned, api.nowMs()), `e/${pseudonym}`);
		return { enrolment: value as unknown as Enrolment | undefined, standing };
	};
	async function erased(): Promise<ProvedErasure | null> {
		const { pinned, pseudonym } = opened();
		const { value, standing } = await fetchState(api, trustOf(pinned, api.nowMs()), `x/${pseudonym}`);
		return value === undefined ? null : { ...(value as unknown as ErasureReceipt), standing };
	}
	return {
		async helpers() {
			const { enrolment: found, standing } = await enrolment();
			const { signer, pseudonym } = opened();
			const helpers = (found?.delegates ?? []).map((each) => ({ ...each, isOver: api.nowMs() >= endOfDayMs(each.until) + minuteMs }));
			return { helpers, isOwnKey: signer.publicKey === pseudonym, signsBy: signer.publicKey, standing };
		},
		async nameHelper({ key, until }) {
			const { signer, pseudonym } = opened();
			const { height } = await submit(buildDelegate(signer, { pseudonym, delegate: { key, kind: "delegate", until } }, context()));
			return { height };
		},
		async endHelper(key) {
			const { signer, pseudonym } = opened();
			const { height } = await submit(buildUndelegate(signer, { pseudonym, key }, context()));
			return { height };
		},
		async helperCode(theirCode) {
			const { kind, secret } = opened();
			if (kind !== "patient") throw new PortalError("NOT_SIGNED_IN");
			return createWallet(secret).delegateKey(theirCode as Pseudonym).publicKey;
		},
		erased,
		async erasure() {
			const proved = await erased();
			// Nobody acts for an erased record any more, and nothing holds it.
			if (proved !== null) return { erased: proved, holds: [] };
			const { holds } = await api.post<Pick<ErasureView, "holds">>("/api/holds", signed({ kind: "list-holds", patient: patient() }));
			return { erased: null, holds };
		},
		async erase(what) {
			const answer = await api.post<Omit<ErasedPart, "what">>("/api/erasures", signed({ kind: "erase", patient: patient(), compartments: what }));
			const { unreadableSinceMs, unreadableInBackupsFromMs } = answer;
			return { what, unreadableSinceMs, unreadableInBackupsFromMs };
		},
		async genes() {
			const body = { kind: "read", patient: patient(), purpose: "PATRQT", classes: ["genomics"], level: "identified" } as const;
			const view = await api.post<GenesView>("/api/genes", signed(body));
			return { ...view, genes: view.genes.toSorted((one, other) => other.drugs.length - one.drugs.length || (one.gene < other.gene ? -1 : 1)) };
		},
	};
}

import { type CivilDay, type ConsentId, minuteMs } from "#base";
import { commitTerms, endOfDayMs, type LedgerConsent, type OpenedTerms } from "#contracts";
import type { CheckpointStanding } from "#ledger";
import { readKeptTerms } from "#node";
import { describeTerms, type Language } from "#wallet";
import type { DemoDesk, DemoPatient } from "../demoDesk.ts";
import type { NodeClient } from "../nodeClient.ts";
import { fetchConsents } from "../remoteState.ts";

/** A consent as its patient sees it: the ledger's half, proved, and the terms their wallet kept. */
export interface ConsentView {
	readonly consentId: ConsentId;
	readonly member: string;
	readonly status: "active" | "withdrawn" | "revoked" | "expired";
	readonly version: number;
	readonly validUntil: CivilDay;
	readonly custodial: boolean;
	/** Undefined where the wallet does not hold the terms of this version. */
	readonly title: string | undefined;
	/** What it says, in plain sentences. */
	readonly sentences: readonly string[];
	/** True when the kept terms are those that the ledger's commitment commits to. */
	readonly termsMatch: boolean;
	/** Who vouches for the ledger's half. */
	readonly standing: CheckpointStanding;
}

/** Every consent of a patient, newest first. */
export async function viewConsents(node: NodeClient, desk: DemoDesk, patient: DemoPatient, language: Language): Promise<readonly ConsentView[]> {
	const { custodian, key } = patient;
	const { consents, standing } = await fetchConsents(node, desk.trust, { pseudonym: key.publicKey, member: custodian });
	const kept = readKeptTerms(desk.folder, key.publicKey);
	return consents.map((consent) => viewConsent(consent, { kept, desk, member: custodian, language, standing }));
}

interface ViewParameters {
	readonly kept: readonly OpenedTerms[];
	readonly desk: DemoDesk;
	readonly member: string;
	readonly language: Language;
	readonly standing: CheckpointStanding;
}

function viewConsent(consent: LedgerConsent, { kept, desk, member, language, standing }: ViewParameters): ConsentView {
	const { consentId, version, validUntil, custodial, termsCommitment } = consent;
	const opened = kept.find(({ terms }) => terms.consentId === consentId && terms.version === version);
	return {
		consentId,
		member,
		status: statusOf(consent, desk.now()),
		version,
		validUntil,
		custodial,
		title: opened?.terms.title,
		sentences: opened === undefined ? [] : describeTerms(opened.terms, language, { memberName: desk.memberName }),
		termsMatch: opened !== undefined && commitTerms(opened) === termsCommitment,
		standing,
	};
}

/** Clocks may differ by a moment; the gate's own decides. */
function statusOf({ status, validUntil }: LedgerConsent, nowMs: number): ConsentView["status"] {
	return status === "active" && nowMs >= endOfDayMs(validUntil) + minuteMs ? "expired" : status;
}

export function describeConsent({ title, status, validUntil, consentId, version, custodial, sentences, termsMatch }: ConsentView): readonly string[] {
	return [
		`${title ?? "(the wallet does not hold the terms)"}`,
		`  ${status}, last day ${validUntil}, version ${version}${custodial ? ", signed by the institution on paper" : ""}`,
		`  consent ${consentId}`,
		...sentences.map((sentence) => `    · ${sentence}`),
		...(title !== undefined && !termsMatch ? ["    ✗ these terms are not the ones that the ledger commits to"] : []),
	];
}

import type { DataClass, Level, Purpose } from "#contracts";
import type { PatientReference, ReadBody } from "#gate";
import type { DemoCast, DemoPerson, DemoRelationship, Institution, Network } from "#node";
import { forwardFrom, pseudonymKeyOf } from "#node";
import { signRequest } from "#wallet";

/** What the chapters work with. */
export interface Story {
	readonly network: Network;
	readonly cast: DemoCast;
	/** Folder for what the story writes: exports, backups. */
	readonly out: string;
	/** Shown by a doctor to prove a relationship, by `staff/person`. */
	readonly relationships: Readonly<Record<string, DemoRelationship>>;
	/** Consents by `person/custodian/title` as they were granted. */
	consentOf(person: string, title: RegExp): { readonly consentId: string; readonly title: string };
}

/** What a chapter found: sentences for people, and facts that somebody else can check. */
export interface Told {
	readonly lines: readonly string[];
	readonly receipt: { readonly [fact: string]: unknown };
}

export interface Chapter {
	readonly step: string;
	readonly title: string;
	tell(story: Story): Promise<Told>;
}

export interface StaffRead {
	readonly patient: PatientReference;
	readonly purpose: Purpose;
	readonly classes: readonly DataClass[];
	readonly level: Level;
	readonly emergencyReason?: string;
	readonly relationship?: DemoRelationship;
	readonly model?: string;
}

/** Signs a read with a staff member's own key, for the institution that holds the record. */
export function signRead(story: Story, staffKey: string, custodian: Institution, read: StaffRead) {
	const { member, signingKey } = story.cast.staff(staffKey);
	const body: ReadBody = { kind: "read", ...read };
	return signFor(story, signingKey, custodian, body, member);
}

export function signFor<Body extends object>(
	story: Story,
	key: Parameters<typeof signRequest>[0],
	custodian: Institution,
	body: Body,
	via: string = custodian.id,
) {
	const { now, randomBytes } = story.network;
	const request = signRequest(key, body, { audience: custodian.id, via: via as Institution["id"], nowMs: now(), nonce: randomBytes(16) });
	return via === custodian.id ? request : forwardFrom(story.network, request);
}

export function patientOf(person: DemoPerson, custodian: Institution): PatientReference {
	return { by: "pseudonym", pseudonym: pseudonymKeyOf(person, custodian.id).publicKey };
}

export function nameOf(person: DemoPerson): string {
	return `${person.names.given[0]} ${person.names.family}`;
}

/** "conditions 4, vitals 12": how many records of each class were released. */
export function countByClass(resources: readonly { readonly class: DataClass }[]): string {
	const counts = new Map<string, number>();
	for (const { class: dataClass } of resources) counts.set(dataClass, (counts.get(dataClass) ?? 0) + 1);
	return [...counts].map(([dataClass, count]) => `${dataClass} ${count}`).join(", ") || "nothing";
}

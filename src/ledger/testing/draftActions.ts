import {
	type CivilDay,
	type Digest,
	dayMs,
	encodeHex,
	type JsonObject,
	type MemberId,
	minuteMs,
	type Pseudonym,
	type PublicKey,
	sha256,
} from "#base";
import {
	type ContractName,
	credentialKinds,
	type Delegate,
	enrolmentMessage,
	guardianMessage,
	implicitPolicies,
	issuerRules,
	legalBases,
	memberKeyMessage,
	memberRoles,
	type Proposal,
	rotationMessage,
	rules,
} from "#contracts";
import { consistencyProof, MerkleTree } from "#log";
import { type Chance, keyNamed } from "./chance.ts";

/** What somebody wants of the ledger, before it is signed; `signer` names a key. */
export interface Draft {
	readonly contract: ContractName;
	readonly action: string;
	readonly signer: string;
	readonly body: JsonObject;
}

interface Patient {
	key: string;
	readonly custodian: string;
	readonly delegates: string[];
	announced: { readonly name: string; readonly atMs: number } | undefined;
}

/**
 * People who act on a chain: most of what they draft fits what was drafted before, some of it never could. Whether the ledger takes a draft is
 * not known here: what was refused is believed to stand, which makes for more that is refused.
 */
export class Actors {
	readonly members: { readonly id: string; key: string; readonly roles: readonly string[] }[];
	readonly #chain: string;
	readonly #chance: Chance;
	readonly #patients: Patient[] = [];
	readonly #consents: { readonly id: string; readonly patient: Patient; version: number }[] = [];
	readonly #credentials: { readonly id: string; readonly issuer: string; readonly holder: string; readonly study: string | undefined }[] = [];
	readonly #proposals: string[] = [];
	readonly #logs: { readonly member: string; readonly log: string; readonly tree: MerkleTree; anchored: number }[] = [];
	readonly #models: { readonly publisher: string; readonly modelId: string; version: number }[] = [];
	#names = 0;
	#time = 0;

	constructor(chain: string, chance: Chance, memberCount: number) {
		this.#chain = chain;
		this.#chance = chance;
		const roles = [["hospital"], ["research-centre", "laboratory"], ["ethics-board"], ["hospital", "pharmacy"]];
		this.members = Array.from({ length: memberCount }, (_, i) => ({ id: `member-${i}`, key: `member-${i}`, roles: roles[i % 4]! }));
	}

	/** @param time - Of the block that the draft is meant for. */
	draft(time: number): Draft {
		this.#time = time;
		if (this.#patients.length < 2 && this.#chance.once(2)) return this.#enrol();
		if (this.#patients.some((patient) => this.#isDue(patient)) && this.#chance.once(2)) return this.#endRotation() ?? this.#enrol();
		for (let tries = 0; tries < 4; tries++) {
			const draft = this.#chance.of(this.#choices).call(this);
			if (draft !== undefined) return draft;
		}
		return this.#enrol();
	}

	#enrol(): Draft {
		const patient: Patient = { key: this.#name("patient"), custodian: this.#member().id, delegates: [], announced: undefined };
		const delegates = Array.from({ length: this.#chance.below(3) }, () => this.#delegate());
		patient.delegates.push(...delegates.map(({ name }) => name));
		const fault = this.#chance.below(24);
		const custodian = fault === 0 ? "member-99" : patient.custodian;
		const appointed = delegates.map(({ delegate }) => delegate);
		const message = enrolmentMessage({
			chain: fault === 1 ? "elsewhere" : this.#chain,
			pseudonym: keyNamed(patient.key).publicKey as Pseudonym,
			custodian: custodian as MemberId,
			delegates: appointed,
		});
		if (fault > 2) this.#patients.push(patient);
		const custodianSignature = keyNamed(this.#keyOf(patient.custodian)).sign(message);
		return this.#consent("enrol", fault === 2 ? this.#keyOf(patient.custodian) : patient.key, {
			custodian,
			custodianSignature,
			delegates: json(appointed),
		});
	}

	#appoint(): Draft | undefined {
		const patient = this.#patient();
		if (patient === undefined) return undefined;
		const { name, delegate } = this.#delegate();
		patient.delegates.push(name);
		const pseudonym = keyNamed(patient.key).publicKey as Pseudonym;
		const attested = this.#chance.mostly(delegate.kind === "guardian", delegate.kind !== "guardian");
		const signature = keyNamed(this.#keyOf(patient.custodian)).sign(guardianMessage({ chain: this.#chain, pseudonym, guardian: delegate }));
		return this.#consent("delegate", this.#signerFor(patient), {
			pseudonym,
			delegate: json(delegate),
			...(attested && { custodianSignature: signature }),
		});
	}

	#dismiss(): Draft | undefined {
		const patient = this.#patient();
		if (patient === undefined) return undefined;
		const name = this.#chance.of([...patient.delegates, "stranger"]);
		const signer = this.#chance.once(3) ? name : this.#signerFor(patient);
		return this.#consent("undelegate", signer, { pseudonym: keyNamed(patient.key).publicKey, key: keyNamed(name).publicKey });
	}

	#grant(): Draft | undefined {
		const patient = this.#patient();
		if (patient === undefined) return undefined;
		const custodial = this.#chance.once(4);
		const consentId = this.#chance.mostly(this.#chance.hex(16), this.#consents[0]?.id ?? "0".repeat(32));
		this.#consents.push({ id: consentId, patient, version: 1 });
		const signer = custodial ? this.#custodianKey(patient) : this.#signerFor(patient);
		const validUntil = custodial ? this.#day(this.#chance.mostly(90, 900)) : this.#someDay();
		const pseudonym = keyNamed(patient.key).publicKey;
		return this.#consent(custodial ? "grantCustodial" : "grant", signer, { pseudonym, consentId, validUntil, termsCommitment: this.#digest() });
	}

	#change(): Draft | undefined {
		const consent = this.#chance.of(this.#consents);
		if (consent === undefined) return undefined;
		const version = this.#chance.mostly(consent.version++, 7);
		const [consentId, validUntil] = [consent.id, this.#someDay()];
		return this.#consent("change", this.#signerFor(consent.patient), { consentId, version, validUntil, termsCommitment: this.#digest() });
	}

	#revoke(): Draft | undefined {
		const consent = this.#chance.of(this.#consents);
		if (consent === undefined) return undefined;
		const asked = this.#chance.once(3);
		const signer = asked ? this.#custodianKey(consent.patient) : this.#signerFor(consent.patient);
		return this.#consent(asked ? "revokeOnRequest" : "revoke", signer, { consentId: this.#chance.mostly(consent.id, this.#chance.hex(16)) });
	}

	#rotate(): Draft | undefined {
		const patient = this.#patient();
		if (patient === undefined) return undefined;
		const pseudonym = keyNamed(patient.key).publicKey as Pseudonym;
		const name = this.#name("patient");
		const successor = keyNamed(this.#chance.mostly(name, patient.delegates[0] ?? patient.key)).publicKey as Pseudonym;
		const successorSignature = keyNamed(name).sign(rotationMessage({ chain: this.#chain, pseudonym, successor }));
		const body = { pseudonym, successor, successorSignature };
		if (this.#chance.once(2)) {
			patient.announced = { name, atMs: this.#time };
			return this.#consent("announceRotation", this.#custodianKey(patient), body);
		}
		const signer = this.#signerFor(patient);
		patient.key = name;
		return this.#consent("rotate", signer, body);
	}

	#endRotation(): Draft | undefined {
		const waiting = this.#patients.filter(({ announced }) => announced !== undefined);
		const patient = waiting.find((each) => this.#isDue(each)) ?? waiting[0] ?? this.#patient();
		if (patient === undefined) return undefined;
		const body = { pseudonym: keyNamed(patient.key).publicKey };
		const { announced } = patient;
		const isDue = this.#isDue(patient);
		if (!isDue && this.#chance.once(2)) return undefined;
		if (!isDue && !this.#chance.once(3)) {
			patient.announced = undefined;
			return this.#consent("cancelRotation", this.#signerFor(patient), body);
		}
		const signer = this.#custodianKey(patient);
		if (isDue) [patient.key, patient.announced] = [announced?.name ?? patient.key, undefined];
		return this.#consent("completeRotation", signer, body);
	}

	#erase(): Draft | undefined {
		const patient = this.#patient();
		if (patient === undefined) return undefined;
		const [unreadableSinceMs, days] = [this.#time, this.#chance.mostly(37, 0)];
		const unreadableInBackupsFromMs = this.#chance.mostly(this.#time + days * dayMs, this.#time - 1);
		const body = { pseudonym: keyNamed(patient.key).publicKey, unreadableSinceMs, unreadableInBackupsFromMs };
		return this.#consent("destroyed", this.#custodianKey(patient), { ...body, auditKeyHeldUntilMs: this.#time + 3_650 * dayMs });
	}

	#legalUse(): Draft | undefined {
		const patient = this.#patient();
		if (patient === undefined) return undefined;
		const body = { pseudonym: keyNamed(patient.key).publicKey, useId: this.#chance.hex(16), basis: this.#chance.of(legalBases) };
		return this.#consent("legalUse", this.#custodianKey(patient), { ...body, useCommitment: this.#digest() });
	}

	#issue(): Draft {
		const kind = this.#chance.of(credentialKinds);
		const able = this.members.filter(({ roles }) => roles.some((role) => (issuerRules[kind].roles as readonly string[]).includes(role)));
		const issuer = able.length > 0 ? this.#chance.mostly(this.#chance.of(able), this.#member()) : this.#member();
		const approval = this.#credentials.findLast(({ study }) => study !== undefined);
		const study = kind === "ethics-approval" ? "study-1" : kind === "researcher" && this.#chance.once(2) ? approval?.study : undefined;
		const holder = this.#chance.mostly(this.#chance.of(["doctor", "nurse", "scientist"]), this.#patients[0]?.key ?? "doctor");
		const credentialId = this.#chance.hex(16);
		this.#credentials.push({ id: credentialId, issuer: issuer.key, holder, study: kind === "ethics-approval" ? study : undefined });
		const committed = issuerRules[kind].countersignedBy === "patient";
		return {
			contract: "credentials",
			action: "issue",
			signer: issuer.key,
			body: {
				credentialId,
				subject: keyNamed(holder).publicKey,
				kind,
				validUntil: this.#someDay(),
				...(study !== undefined && { study }),
				...(kind === "researcher" && study !== undefined && { approval: approval!.id }),
				...(this.#chance.mostly(committed, !committed) && { commitment: this.#digest() }),
				...(this.#chance.once(4) && { department: "cardiology" }),
			},
		};
	}

	#withdraw(): Draft | undefined {
		const credential = this.#chance.of(this.#credentials);
		if (credential === undefined) return undefined;
		const signer = this.#chance.mostly(this.#chance.once(3) ? credential.holder : credential.issuer, this.#member().key);
		return { contract: "credentials", action: "revoke", signer, body: { credentialId: credential.id } };
	}

	#openLog(): Draft {
		const { id, key } = this.#member();
		const log = this.#chance.of(["gate-1", "gate-2", "gate-3"]);
		const isNew = !this.#logs.some((other) => other.member === id && other.log === log);
		if (isNew) this.#logs.push({ member: id, log, tree: new MerkleTree(), anchored: 0 });
		return this.#access("registerLog", key, { log, writer: keyNamed(`writer of ${id}`).publicKey });
	}

	#anchor(): Draft | undefined {
		const found = this.#chance.of(this.#logs);
		if (found === undefined) return undefined;
		const { tree, member, log } = found;
		for (let i = this.#chance.below(4); i >= 0; i--) tree.appendHash(sha256(Uint8Array.of(tree.size)));
		const read = (level: number, index: number) => tree.read(level, index);
		const proof = found.anchored === 0 ? [] : consistencyProof(found.anchored, tree.size, read).map(encodeHex);
		found.anchored = tree.size;
		const root = this.#chance.mostly(encodeHex(tree.root()), this.#digest());
		const times = { time: this.#chance.mostly(this.#time, this.#time + dayMs), urgent: this.#chance.once(3) };
		const logs = [{ log, size: tree.size, root, mapRoot: this.#digest(), proof }];
		return this.#access("anchor", this.#keyOf(member), { logs, vaultRoot: this.#digest(), ...times });
	}

	#closeLog(): Draft | undefined {
		const found = this.#chance.of(this.#logs);
		if (found === undefined) return undefined;
		const successor = this.#chance.once(2) ? "" : this.#chance.of(["gate-1", "gate-2"]);
		return this.#access("closeLog", this.#keyOf(found.member), { log: found.log, successor, sizeLost: this.#chance.below(9) });
	}

	#publish(): Draft {
		const { key } = this.#member();
		const model = this.#chance.once(2) ? this.#chance.of(this.#models) : undefined;
		const named = model ?? { publisher: key, modelId: `model-${this.#chance.below(4)}`, version: 0 };
		if (model === undefined) this.#models.push(named);
		const version = `1.${this.#chance.mostly(named.version++, 0)}`;
		const hashes = { cardHash: this.#digest(), knowledgeHash: this.#digest() };
		return { contract: "models", action: "publish", signer: named.publisher, body: { modelId: named.modelId, version, ...hashes } };
	}

	#retire(): Draft | undefined {
		const model = this.#chance.of(this.#models);
		if (model === undefined) return undefined;
		const signer = this.#chance.mostly(model.publisher, this.#member().key);
		return { contract: "models", action: "retire", signer, body: { modelId: model.modelId, version: `1.${this.#chance.below(2)}` } };
	}

	#propose(): Draft {
		const proposalId = this.#chance.mostly(this.#chance.hex(16), this.#proposals[0] ?? this.#chance.hex(16));
		this.#proposals.push(proposalId);
		return this.#membership("propose", this.#member().key, { proposalId, proposal: json(this.#proposal()) });
	}

	#proposal(): Proposal {
		const target = this.#member();
		const id = this.#chance.mostly(target.id, "member-99") as MemberId;
		const [kind, name] = [this.#chance.below(8), this.#name("member-key")];
		const key = keyNamed(name);
		const sign = (newcomer: MemberId) => key.sign(memberKeyMessage({ chain: this.#chain, id: newcomer, key: key.publicKey }));
		if (kind === 0) {
			const newcomer = this.#chance.mostly(`newcomer-${this.#names}`, target.id) as MemberId;
			const roles = [this.#chance.of(memberRoles), ...this.#chance.mostly([], [memberRoles[0]])];
			this.members.push({ id: newcomer, key: name, roles });
			const fields = { kind: "add", id: newcomer, name: "Newcomer ✓ ä", key: key.publicKey, keySignature: sign(newcomer), roles } as const;
			return { ...fields, implicitPolicy: this.#chance.of(implicitPolicies), quota: this.#chance.below(1_000) };
		}
		if (kind === 1) {
			const keySignature = sign(this.#chance.mostly(id, "member-98" as MemberId));
			if (target.id === id) target.key = name;
			return { kind: "rotate-key", id, key: key.publicKey, keySignature };
		}
		if (kind === 2) return { kind: "quota", id, quota: this.#chance.below(1_000) };
		if (kind === 3) return { kind: "portal-release", version: this.#chance.mostly(1, 2), hash: this.#digest() };
		if (kind === 4) {
			const rulesVersion = this.#chance.mostly(rules.version + 1, rules.version);
			return { kind: "upgrade", rulesVersion, rulesHash: this.#digest(), height: this.#chance.mostly(1_000_000, 0) };
		}
		return { kind: this.#chance.of(["suspend", "reinstate", "remove"] as const), id };
	}

	#vote(): Draft | undefined {
		const proposalId = this.#proposals.at(-1 - this.#chance.below(2)) ?? this.#proposals[0];
		if (proposalId === undefined) return undefined;
		return this.#membership("vote", this.#member().key, { proposalId, approve: !this.#chance.once(6) });
	}

	#setPolicy(): Draft {
		return this.#membership("setPolicy", this.#member().key, { implicitPolicy: this.#chance.of(implicitPolicies) });
	}

	readonly #choices: readonly (() => Draft | undefined)[] = [
		this.#enrol,
		...[this.#appoint, this.#dismiss, this.#grant, this.#grant, this.#grant, this.#change, this.#change, this.#revoke],
		...[this.#rotate, this.#endRotation, this.#endRotation, this.#erase, this.#legalUse, this.#issue, this.#issue, this.#issue, this.#withdraw],
		...[this.#openLog, this.#anchor, this.#anchor, this.#closeLog, this.#publish, this.#retire],
		...[this.#propose, this.#propose, this.#vote, this.#vote, this.#vote, this.#setPolicy],
	];

	#consent(action: string, signer: string, body: JsonObject): Draft {
		return { contract: "consent", action, signer, body };
	}

	#access(action: string, signer: string, body: JsonObject): Draft {
		return { contract: "access", action, signer, body };
	}

	#membership(action: string, signer: string, body: JsonObject): Draft {
		return { contract: "membership", action, signer, body };
	}

	#member(): Actors["members"][number] {
		return this.#chance.of(this.members);
	}

	#keyOf(member: string): string {
		return this.members.find(({ id }) => id === member)?.key ?? "stranger";
	}

	#patient(): Patient | undefined {
		return this.#patients.length === 0 ? undefined : this.#chance.of(this.#patients);
	}

	#isDue({ announced }: Patient): boolean {
		return announced !== undefined && this.#time >= announced.atMs + 7 * dayMs;
	}

	#custodianKey(patient: Patient): string {
		return this.#chance.mostly(this.#keyOf(patient.custodian), this.#member().key);
	}

	#signerFor({ key, delegates }: Patient): string {
		return this.#chance.mostly(this.#chance.once(4) ? (delegates[0] ?? key) : key, "stranger");
	}

	#delegate(): { readonly name: string; readonly delegate: Delegate } {
		const name = this.#name("delegate");
		const kind = this.#chance.of(["delegate", "guardian"] as const);
		return { name, delegate: { key: keyNamed(this.#chance.mostly(name, "doctor")).publicKey as PublicKey, kind, until: this.#someDay() } };
	}

	#name(what: string): string {
		return `${what}-${this.#names++}`;
	}

	#digest(): Digest {
		return this.#chance.hex(32) as Digest;
	}

	/** Mostly a day to come, sometimes one that is over or that no calendar has. */
	#someDay(): CivilDay {
		return this.#chance.mostly(this.#day(this.#chance.below(400)), this.#chance.of(["2025-12-31", "2026-02-29", "2028-13-01"]) as CivilDay);
	}

	#day(ahead: number): CivilDay {
		return new Date(this.#time + ahead * dayMs + minuteMs).toISOString().slice(0, 10) as CivilDay;
	}
}

/** A typed value as the JSON it is. */
function json<T extends object>(value: T): JsonObject {
	return value as unknown as JsonObject;
}

import { type ConsentId, createSigningKey, decodeHex, minuteMs, type Pseudonym } from "#base";
import { type ConsentTerms, commitTerms, dataClasses, endOfDayMs, type LedgerConsent, type OpenedTerms } from "#contracts";
import { type ReaderTrust, type Transaction, type TransactionResult, witnessesOf } from "#ledger";
import {
	buildChange,
	buildGrant,
	buildRevoke,
	createWallet,
	describeTerms,
	type HistoryReport,
	type HistoryTrust,
	type Language,
	type OpenedKey,
	openNote,
	type SigningContext,
	sealNote,
	signRequest,
	verifyHistory,
} from "#wallet";
import { createAccountDesk } from "./accountDesk.ts";
import type { Api } from "./api.ts";
import type { AccessRow, ChartAsk, ConsentView, Desk, GrantDraft, House, Memory, OpenedDesk, RecordView, SignInParameters } from "./deskTypes.ts";
import { PortalError } from "./errors.ts";
import { ledgerOf } from "./memory.ts";
import { createOfficerDesk } from "./officerDesk.ts";
import { createOrderDesk } from "./orderDesk.ts";
import { createPatientDesk } from "./patientDesk.ts";
import { loadPlace, type PinnedLedger, type Place, pinnedAtFirst, trustOf } from "./place.ts";
import { fetchConsents, fetchRelease, type ProvedConsents } from "./proofs.ts";
import { proveHelp } from "./proveHelp.ts";
import { parseRelease, toRecordItem } from "./recordItems.ts";
import { type RiskAnswer, riskClasses, riskModel, toRiskView } from "./riskView.ts";
import { type UnlockedKey, unlockKey } from "./unlockKey.ts";
import { draftPlaceOf, visitKeyOf } from "./visitKey.ts";

/** A node's ledger may be this much older than the question about it, as its gate's freshness allows. */
const freshnessMs = 30_000;
/** Rows that go to the page at once: few enough that taking them over never holds it up. */
const rowsAtOnce = 200;
/** Witnesses cosign a moment after a block: asked again this often, so far apart in ms. */
const untilWitnessed = { tries: 8, everyMs: 250 } as const;

/** A history that too few witnesses vouch for yet is looked at again, once they have had the time. */
/** What was typed is told apart from what a wallet notes for itself. */
const draftMark = "draft ";
const lookAgain = { tries: 3, everyMs: 2_000 } as const;

export interface DeskParameters {
	readonly api: Api;
	readonly randomBytes: (length: number) => Uint8Array;
	readonly sleep: (ms: number) => Promise<void>;
}

interface Session extends Omit<OpenedDesk, "signsBy">, OpenedKey {
	readonly kind: OpenedKey["kind"];
	/** As the node handed it out with the key; "" where it did not. */
	readonly sitting: string;
	readonly pinned: PinnedLedger;
	/** By commitment, so that altered terms are nobody's. */
	readonly terms: Map<string, OpenedTerms>;
	checked?: { readonly text: string; readonly trust: HistoryTrust; readonly report: HistoryReport };
}

/**
 * What one person can do at one institution, framework-free: the key stays in here, everything that leaves is signed here, everything that comes
 * is checked here before it is shown as true.
 */
export function createDesk({ api, randomBytes, sleep }: DeskParameters): Desk {
	let session: Session | undefined;
	/** Whose key it is, while that person acts for somebody else. */
	let self: Session | undefined;

	const opened = (): Session => {
		if (session === undefined) throw new PortalError("NOT_SIGNED_IN");
		return session;
	};
	const context = (): SigningContext => ({ chain: opened().house.chain, nowMs: api.nowMs(), randomBytes });
	const signed = <Body extends object>(body: Body) => {
		const { signer, house } = opened();
		return signRequest(signer, body, { audience: house.member, via: house.member, nowMs: api.nowMs(), nonce: randomBytes(16) });
	};
	const trust = (): ReaderTrust => trustOf(opened().pinned, api.nowMs());
	const patient = () => ({ by: "pseudonym", pseudonym: opened().pseudonym }) as const;

	async function submit(transaction: Transaction) {
		const { results } = await api.post<{ results: readonly TransactionResult[] }>("/api/ledger/transactions", { transactions: [transaction] });
		const result = results[0];
		if (result?.accepted !== true) throw new PortalError("REFUSED", result?.code ?? "");
		return result;
	}

	/** The custodian keeps the terms before the ledger names them, so that no block ever names terms that nobody can open. */
	async function sign({ transaction, terms }: { readonly transaction: Transaction; readonly terms: OpenedTerms }) {
		await api.post("/api/terms", signed({ kind: "deposit-terms", opened: terms }));
		const result = await submit(transaction);
		opened().terms.set(commitTerms(terms), terms);
		return result;
	}

	async function loadTerms(wanted: readonly LedgerConsent[]): Promise<void> {
		const { terms } = opened();
		if (wanted.every(({ termsCommitment }) => terms.has(termsCommitment))) return;
		const answer = await api.post<{ terms: readonly OpenedTerms[] }>("/api/terms/list", signed({ kind: "list-terms", patient: patient() }));
		for (const each of answer.terms) terms.set(commitTerms(each), each);
	}

	async function provedConsents(): Promise<ProvedConsents> {
		const { pseudonym, house } = opened();
		for (let round = 1; ; round++) {
			const proved = await fetchConsents(api, trust(), pseudonym, house.member);
			if (proved.standing !== "signed by one party" || round === untilWitnessed.tries) return proved;
			await sleep(untilWitnessed.everyMs);
		}
	}

	/** A look and its check. A look is an access: it is not repeated for nothing. */
	async function askHistory(memory: Pick<Memory, "seen" | "expected">): Promise<{ readonly report: HistoryReport; readonly checkMs: number }> {
		const asking = opened();
		const { pinned, pseudonym, house } = asking;
		const askedAtMs = api.nowMs();
		const text = await api.postForText("/api/history", signed({ kind: "history", patient: patient() }));
		const pins = historyPins({ pinned, pseudonym, member: house.member }, memory);
		const checking: HistoryTrust = {
			...pins,
			now: api.nowMs() as HistoryTrust["now"],
			notBeforeMs: (askedAtMs - freshnessMs) as HistoryTrust["now"],
		};
		const startedMs = performance.now();
		const report = verifyHistory(parseOr(text), checking);
		// Of whoever it was asked for: meanwhile somebody else may be acted for.
		asking.checked = { text, trust: pins as HistoryTrust, report };
		return { report, checkMs: performance.now() - startedMs };
	}

	/** What the page is told of who has signed in: no key. */
	function told(opening: Session): OpenedDesk {
		session = opening;
		const { house, kind, name, pseudonym, genesis, pinned, signer } = opening;
		const { consortium } = pinned;
		const signsBy = signer.publicKey;
		return { house, kind, name, pseudonym, signsBy, genesis, skewMs: api.skewMs(), ...(consortium === undefined ? {} : { consortium }) };
	}

	const memberName = (id: string) => opened().genesis.members.find((member) => member.id === id)?.name ?? id;

	function view(consent: LedgerConsent, language: Language): ConsentView {
		const { consentId, status, version, validUntil, custodial, termsCommitment } = consent;
		const found = opened().terms.get(termsCommitment)?.terms;
		// Committed to, but for another consent or version: not these terms.
		const terms = found?.consentId === consentId && found.version === version ? found : undefined;
		const isOver = status === "active" && api.nowMs() >= endOfDayMs(validUntil) + minuteMs;
		return {
			...{ consentId, version, validUntil, custodial },
			status: isOver ? "expired" : status,
			...(terms === undefined ? {} : { terms }),
			sentences: terms === undefined ? [] : describeTerms(terms, language, { memberName }),
		};
	}

	const choiceOf = ({ title, provision, validUntil }: GrantDraft) => ({
		title,
		validUntil,
		provision: { ...provision, endMs: endOfDayMs(validUntil) },
	});

	return {
		...createAccountDesk({ api, opened, signed, submit, context, randomBytes }),
		...createOrderDesk({ api, signed, randomBytes, key: () => opened().pseudonym }),
		...createOfficerDesk({ api, signed, key: () => opened().pseudonym }),
		...createPatientDesk({ api, signed, patient, context, submit, opened }),
		async signIn(parameters) {
			const opening = await openDemoSession(api, parameters);
			self = undefined;
			return told(opening);
		},
		async unlock({ unlocking, memories }) {
			const place = await loadPlace(api);
			const opening = openSession(place, await unlockKey(api, place, unlocking), { memories, skewMs: api.skewMs() });
			self = undefined;
			return told(opening);
		},
		sealDraft: (text) => sealNote(opened().secret, `${draftMark}${text}`, randomBytes),
		draftPlace: async (about) => draftPlaceOf(opened().secret, about),
		async openDraft(sealed) {
			const text = await openNote(opened().secret, sealed);
			if (!text.startsWith(draftMark)) throw new PortalError("NOT_VERIFIED");
			return text.slice(draftMark.length);
		},
		async signOut() {
			session?.secret.fill(0);
			session = undefined;
			self = undefined;
		},
		async actFor({ person, memories }) {
			const own = self ?? opened();
			const acting = await openActing(api, own, person, memories);
			// Whoever has signed out meanwhile acts for nobody.
			if ((self ?? session) !== own) throw new PortalError("NOT_SIGNED_IN");
			self = own;
			return told(acting);
		},
		async actForOneself() {
			const own = self ?? opened();
			self = undefined;
			return told(own);
		},
		async consents(language) {
			const { consents, standing } = await provedConsents();
			await loadTerms(consents.filter(({ status }) => status === "active"));
			return { consents: consents.map((consent) => view(consent, language)), standing };
		},
		async describe(draft, language) {
			const { pseudonym, house } = opened();
			const { title, provision } = choiceOf(draft);
			const identity = { format: "aceso/terms/1", chain: house.chain, pseudonym, custodian: house.member, version: 1, custodial: false } as const;
			const terms: ConsentTerms = { ...identity, consentId: "0".repeat(32) as ConsentId, title, provision };
			return describeTerms(terms, language, { memberName });
		},
		async grant(draft) {
			const { signer, pseudonym, house } = opened();
			const built = buildGrant(signer, { pseudonym, custodian: house.member, ...choiceOf(draft) }, context());
			await sign({ transaction: built.transaction, terms: built.opened });
			return { consentId: built.opened.terms.consentId };
		},
		async change(consentId, draft) {
			const before = [...opened().terms.values()].map(({ terms }) => terms).filter((terms) => terms.consentId === consentId);
			const latest = before.toSorted((a, b) => b.version - a.version)[0];
			if (latest === undefined) throw new PortalError("NOT_VERIFIED");
			const built = buildChange(opened().signer, { before: latest, ...choiceOf(draft) }, context());
			await sign({ transaction: built.transaction, terms: built.opened });
			return { version: built.opened.terms.version };
		},
		async revoke(consentId) {
			const { height } = await submit(buildRevoke(opened().signer, { consentId }, context()));
			return { height };
		},
		async record(): Promise<RecordView> {
			const body = { kind: "read", patient: patient(), purpose: "PATRQT", classes: dataClasses, level: "identified" } as const;
			return toRecordView(await api.postForText("/api/records", signed(body)));
		},
		async history(memory, onRows) {
			let found = await askHistory(memory);
			for (let round = 1; found.report.verdict === "signed by one party" && round < lookAgain.tries; round++) {
				await sleep(lookAgain.everyMs);
				found = await askHistory(memory);
			}
			const { report, checkMs } = found;
			const rows = toRows(report);
			for (let from = 0; from < rows.length; from += rowsAtOnce) onRows(rows.slice(from, from + rowsAtOnce));
			const { verdict, checks, warnings, asOfMs, cosignatures, seen } = report;
			return { verdict, checks, warnings, asOfMs, cosignatures, seen, total: rows.length, checkMs };
		},
		async exportHistory() {
			const { checked } = opened();
			if (checked === undefined) throw new PortalError("NOT_SIGNED_IN");
			const type = "application/json";
			return { history: new Blob([checked.text], { type }), pins: new Blob([JSON.stringify(checked.trust, null, "\t")], { type }) };
		},
		async checkCopy(history, pins) {
			const { pinned, genesis } = opened();
			const told = parseOr(pins) as Partial<Pick<HistoryTrust, "chain" | "pseudonym" | "member">> | undefined;
			if (told?.pseudonym === undefined || told.member === undefined) throw new PortalError("ANSWER_INVALID");
			// Whose list it is the file may say; by which keys it counts it may not.
			if (told.chain !== genesis.chain) throw new PortalError("LEDGER_DIFFERS");
			const pseudonym = told.pseudonym;
			const report = verifyHistory(parseOr(history), {
				...(historyPins({ pinned, pseudonym, member: told.member }, {}) as HistoryTrust),
				now: api.nowMs() as HistoryTrust["now"],
			});
			const { verdict, checks, warnings, asOfMs, cosignatures, entries } = report;
			const newestAtMs = entries.length === 0 ? null : Math.max(...entries.map(({ time }) => time));
			return { verdict, checks, warnings, asOfMs, cosignatures, total: entries.length, house: memberName(told.member), newestAtMs };
		},
		async risk(ask) {
			const about = ask === undefined ? ({ patient: patient(), purpose: "PATRQT" } as const) : askOf(ask);
			const body = { kind: "read", ...about, classes: riskClasses, level: "identified", model: riskModel } as const;
			return toRiskView(await api.post<RiskAnswer>("/api/insights/cardiovascular-risk", signed(body)));
		},
		async chart(ask) {
			const { secret, house } = opened();
			const askedAtMs = api.nowMs();
			// Before the answer: the secret is gone from memory once somebody signs out.
			const visitKey = visitKeyOf(secret, house.member, ask.localId);
			const body = { kind: "read", ...askOf(ask), classes: dataClasses, level: "identified" } as const;
			return { ...toRecordView(await api.postForText("/api/records", signed(body))), visitKey, askedAtMs };
		},
		async signOff({ localId, insightHash, decision, reason }) {
			await api.post("/api/insights/sign-off", signed({ kind: "sign-off", patient: { by: "local", localId }, insightHash, decision, reason }));
		},
		async lookUp(who) {
			const { patients } = await api.post<{ patients: readonly { localId: string }[] }>("/api/lookups", signed({ kind: "lookup", ...who }));
			return patients.map(({ localId }) => localId);
		},
		height: async () => (await api.get<{ height: number }>("/api/ledger/head")).height,
		async release(hash, kept) {
			const ledgers = session === undefined ? kept : [session.pinned];
			const proved = await Promise.allSettled(ledgers.map((pinned) => fetchRelease(api, trustOf(pinned, api.nowMs()), hash)));
			const found = proved.find((each) => each.status === "fulfilled");
			if (found !== undefined) return found.value;
			const [first] = proved;
			throw first?.status === "rejected" ? first.reason : new PortalError("NOT_VERIFIED");
		},
	};
}

/** Whose record and what for: an emergency is one by its reason, and a relationship is shown where there is one. */
function askOf({ localId, relationship, emergencyReason }: ChartAsk) {
	return {
		patient: { by: "local", localId },
		purpose: emergencyReason === undefined ? "TREAT" : "ETREAT",
		...(relationship === undefined ? {} : { relationship }),
		...(emergencyReason === undefined ? {} : { emergencyReason }),
	} as const;
}

/** One of the demonstration's people, whose keys the demonstration hands out. */
async function openDemoSession(api: Api, { seed, guardianSeed, isStaff, memories }: SignInParameters): Promise<Session> {
	const place = await loadPlace(api);
	const secret = decodeHex(seed, 32);
	const key = isStaff ? createSigningKey(secret) : createWallet(secret).pseudonymKey(place.house.member, 0);
	const own = { kind: isStaff ? "staff" : "patient", signer: key, secret, rotation: 0, note: "", sitting: "" } as const;
	const opened = openSession(place, own, { memories, skewMs: api.skewMs() });
	return guardianSeed === undefined ? opened : { ...opened, signer: createWallet(decodeHex(guardianSeed, 32)).delegateKey(opened.pseudonym) };
}

/**
 * Somebody who acts for another person: their own key for that person, and the ledger as this browser keeps it.
 *
 * @throws PortalError `REFUSED` with `NOT_THEIR_HELPER`, `LEDGER_DIFFERS`.
 */
async function openActing(api: Api, own: Session, person: Pseudonym, memories: SignInParameters["memories"]): Promise<Session> {
	// A guardian's session signs for somebody already, and whoever works here has no wallet to make keys from.
	if (own.kind !== "patient" || own.signer.publicKey !== own.pseudonym) throw new PortalError("REFUSED", "NOT_THEIR_HELPER");
	const { checked: _, ...opened } = own;
	const signer = createWallet(own.secret).delegateKey(person);
	const claim = { api, trust: trustOf(own.pinned, api.nowMs()), person, key: signer.publicKey, custodian: own.house.member, nowMs: api.nowMs() };
	const { pseudonym } = await proveHelp(claim);
	const memory = memories[pseudonym];
	const pinned = memory === undefined ? own.pinned : ledgerOf(memory);
	if (JSON.stringify(pinned.genesis) !== JSON.stringify(own.genesis)) throw new PortalError("LEDGER_DIFFERS");
	return { ...opened, pseudonym, signer, pinned, name: "", skewMs: api.skewMs(), terms: new Map() };
}

/** A person at the institution that serves the page, and the ledger that this browser keeps for them. */
function openSession(place: Place, opened: UnlockedKey, { memories, skewMs }: Pick<SignInParameters, "memories"> & { readonly skewMs: number }) {
	const { kind, signer, secret, rotation, note, sitting } = opened;
	const pseudonym = signer.publicKey as Pseudonym;
	const memory = memories[pseudonym];
	const first = pinnedAtFirst(place);
	// Kept at the first visit; from then on the node's word about which keys to trust counts no more, nor whether one party seals or members decide.
	const pinned = memory === undefined ? first : ledgerOf(memory);
	const { house } = place;
	const { genesis } = pinned;
	const isOther = JSON.stringify(genesis) !== JSON.stringify(first.genesis) || (pinned.consortium === undefined) !== (first.consortium === undefined);
	if (isOther) throw new PortalError("LEDGER_DIFFERS");
	const own = { kind, pseudonym, signer, secret, rotation, note, sitting, name: kind === "staff" ? note : "" } as const;
	return { house, genesis, skewMs, ...own, pinned, terms: new Map() } satisfies Session;
}

interface Pinned {
	readonly pinned: PinnedLedger;
	readonly pseudonym: Pseudonym;
	readonly member: House["member"];
}

/** What a verification takes from this browser and never from the node; the same as `aceso verify` reads from a pin file. */
function historyPins({ pinned, pseudonym, member }: Pinned, { seen, expected }: Pick<Memory, "seen" | "expected">): Omit<HistoryTrust, "now"> {
	const { genesis, consortium } = pinned;
	return {
		chain: genesis.chain,
		...(consortium === undefined ? { ledgerKey: genesis.sealer, witnesses: witnessesOf(genesis) } : { consortium }),
		pseudonym,
		member,
		...(seen === undefined ? {} : { seen }),
		...(expected === undefined || expected.length === 0 ? {} : { expected: expected as HistoryTrust["expected"] & object }),
	};
}

/** What is no JSON is no history: the report says so like of any other form. */
function parseOr(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

/** Newest first. */
function toRows({ entries, places }: HistoryReport): readonly AccessRow[] {
	const rows = entries.map(
		(entry, at): AccessRow => ({
			at: entry.time,
			requester: entry.requester,
			kind: entry.requesterKind,
			...{ via: entry.via, action: entry.action, purpose: entry.purpose, compartments: entry.compartments, level: entry.level, count: entry.count },
			permitted: entry.decision === "permit",
			...{ reasons: entry.reasons, model: entry.model, emergencyReason: entry.emergencyReason, log: entry.log, seq: entry.seq },
			places: places[at] ?? 1,
		}),
	);
	return rows.reverse();
}

interface ReleaseAnswer {
	readonly classes: readonly { readonly class: RecordView["classes"][number]["class"]; readonly status: string; readonly restricted?: boolean }[];
	readonly resources: readonly Parameters<typeof toRecordItem>[0][];
	readonly notice: string;
	readonly access: { readonly entryHash: string };
	readonly expiresAtMs: number | null;
}

function toRecordView(text: string): RecordView {
	const { classes, resources, notice, access, expiresAtMs } = parseRelease(text) as ReleaseAnswer;
	return {
		items: resources.map(toRecordItem).sort((a, b) => (a.date < b.date ? 1 : a.date > b.date ? -1 : 0)),
		classes: classes.map((each) => ({ class: each.class, available: each.status === "released", restricted: each.restricted === true })),
		notice,
		entryHash: access.entryHash,
		expiresAtMs,
	};
}

/** A nonce or salt from the browser's own generator. */
export function browserRandom(length: number): Uint8Array {
	return crypto.getRandomValues(new Uint8Array(length));
}

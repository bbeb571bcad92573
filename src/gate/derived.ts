import type { Pseudonym, SubjectId } from "#base";
import type { DataClass } from "#contracts";
import type { GateContext } from "./release.ts";

export interface Erased {
	readonly subject: SubjectId;
	readonly pseudonym: Pseudonym;
	readonly what: "all" | readonly DataClass[];
}

/**
 * One holder of what derives from a patient's record, names its subject or its pseudonym. A place is a table of one of the node's files
 * (`gate.db insight`) or a field or constant of a source file (`src/gate/openedTerms.ts #byPseudonym`).
 */
export type DerivedHolder = { readonly places: readonly string[]; readonly holds: string } & (
	| {
			/** Runs again after a stop: purging what is purged changes nothing. */
			readonly purge: (gate: GateContext, erased: Erased) => void | Promise<void>;
	  }
	/** Goes with the keys, in `keyring.destroy`, before anything here. */
	| { readonly goesWith: "keys" }
	/** Stays, and until when, or why it is nothing to anybody. */
	| { readonly stays: string }
);

/**
 * Everything that an erasure has to think of (PROTOCOL §7). `src/node/attacks/derived.test.ts` fails when a file gets a table, or a source a
 * map or set that outlives a call, that stands neither here nor in {@link notOfPatients}; and when an erasure leaves a name where nothing `stays`.
 */
export const derivedHolders: readonly DerivedHolder[] = [
	{
		places: [
			"keyring.db compartment_keys",
			"src/vault/keyring/keyCache.ts #bySubject",
			"src/vault/keyring/standings.ts #known",
			"src/vault/keyring/localKeyring.ts #tokens",
			"src/vault/keyring/deputy/appointedDeputy.ts #boxes",
			"src/vault/keyring/deputy/openingDeputy.ts #known",
			"src/vault/keyring/process/answerCache.ts #answers",
		],
		holds: "keys of the record, wrapped and, in the keyring alone, unwrapped; whether they are there, for which pseudonym, and tokens",
		goesWith: "keys",
	},
	{
		places: ["src/vault/keyring/creationQueue.ts #waiting", "src/vault/keyring/creationQueue.ts #pseudonyms"],
		holds: "subjects that are about to be made, until the next commit",
		goesWith: "keys",
	},
	{
		places: ["src/gate/openedTerms.ts #byPseudonym", "src/contracts/consent/compileTerms.ts compiled"],
		holds: "opened terms of consents, and what decisions made of them (held weakly by the terms themselves)",
		purge: ({ terms }, { pseudonym }) => terms.forget(pseudonym),
	},
	{
		places: ["src/gate/deciders.ts #ready"],
		holds: "a patient's consents, made ready for decisions",
		purge: ({ deciders }, { pseudonym }) => deciders.forget(pseudonym),
	},
	{
		places: ["src/gate/resolvedPatients.ts #kept"],
		holds: "by which local ids patients were asked for lately, and whom they mean",
		purge: ({ patients }) => patients.forget(),
	},
	{
		places: [
			"src/gate/fhir/recordCache.ts #bySubject",
			"src/gate/fhir/versionCache.ts #bySubject",
			"src/gate/fhir/releaseRecords.ts versions",
			"src/gate/fhir/releaseRecords.ts tokens",
			"src/gate/fhir/releaseRecords.ts values",
			"src/gate/fhir/releasedLists.ts lists",
			"src/fhir/search/recordIndex.ts indexes",
			"src/fhir/search/recordIndex.ts #ofType",
			"src/fhir/search/recordIndex.ts #byCode",
		],
		holds:
			"opened records, each used with a receipt of its own; their texts, which of them some verdicts let through, and what searches look at, held weakly by the records themselves",
		purge: ({ records, versions }, { subject }) => {
			records.forget(subject);
			versions.forget(subject);
		},
	},
	{
		places: ["gate.db subscription", "src/gate/fhir/subscriptionBook.ts #terms"],
		holds:
			"who wants to be told of changes, and how it went; what is asked and whom it tells is sealed under the patient's keys, and opened in memory",
		purge: ({ subscriptions }, { subject, what }) => (what === "all" ? subscriptions.forget(subject) : undefined),
	},
	{
		places: ["src/gate/fhir/exportJobs.ts #jobs"],
		holds: "who is in an export that was begun within the hour",
		purge: ({ exports }, { subject, what }) => (what === "all" ? exports.forget(subject) : undefined),
	},
	{
		places: ["src/gate/objectStreams.ts #open"],
		holds: "large objects on their way to a reader",
		purge: ({ objects }, { subject, what }) => objects.end(subject, what),
	},
	{
		places: ["gate.db insight"],
		holds: "that an insight was computed over some classes, and how it was decided",
		purge: ({ parts }, { pseudonym, what }) => parts.memory.forgetInsights(pseudonym, what),
	},
	{
		places: ["src/gate/relabelling.ts #pending"],
		holds: "whose records are still to be labelled under newer tables",
		purge: ({ relabelling }, { subject, what }) => (what === "all" ? relabelling.forget(subject) : undefined),
	},
	{
		places: ["gate.db spend", "gate.db release_member"],
		holds: "the patient's privacy budget and the releases the patient was in",
		// Both are asked for candidates alone, and nobody who is erased is one again.
		purge: ({ parts }, { pseudonym, what }) => (what === "all" ? parts.memory.forgetCrowd(pseudonym) : undefined),
	},
	{
		places: [
			...["vault.db records", "vault.db data_keys", "vault.db objects", "vault.db lookups", "vault.db subjects", "vault.db labelled"],
			"src/vault/store/sqliteStore.ts #found",
			"src/vault/store/sqliteStore.ts #keys",
		],
		holds: "the rows, their wrapped keys, what large objects there are, and the tokens by which the patient is found",
		purge: ({ parts }, { subject, what }) => parts.store.purge(subject, what),
	},
	{
		places: ["blobs objects", "blobs incoming"],
		holds: "large objects, and those being stored, in a folder named by the subject's token",
		purge: async ({ parts, objects }, { subject, what }) => {
			// Once more: a reader whom the first look did not find has found the rows gone.
			objects.end(subject, what);
			await parts.objects.purge(subject, what);
		},
	},
	{ places: ["vault.db purged_subjects"], holds: "who is never taken in again", stays: "for good: a restored row of theirs is known by it" },
	{
		places: ["vault.db purged_leaves", "vault.db batches", "vault.db row_log"],
		holds: "hashes of ciphertexts, by which the row log still verifies",
		stays: "for good: a salted ciphertext's hash says nothing without the ciphertext",
	},
	{
		places: ["keyring.db subjects", "keyring.db former_pseudonyms"],
		holds: "the patient's pseudonyms beside the audit key, which opens the patient's own history and nothing else",
		stays: "until the audit key's hold ends, as the receipt on the ledger says",
	},
	{
		places: ["keyring.db tombstones", "keyring.db unfinished_destructions"],
		holds: "which subject was destroyed, when",
		stays: "for good: without it a backup of keys would bring the subject back",
	},
	{
		places: ["access.db entries", "access.db entry_index", "access.db cohort_entries", "access.db data_keys", "access.db chains"],
		holds: "the access history, sealed under the audit key, by subject and keyed token",
		stays: "for the legal retention; unreadable when the audit key's hold ends",
	},
	{
		places: ["access.db groups", "access.db cohorts", "access.db map_pages", "access.db anchors", "access.db anchor_nodes"],
		holds: "salted hashes and blinded keys of the history",
		stays: "for good: they say nothing without the entries",
	},
	{
		places: [
			"src/gate/log/accessLog.ts #chains",
			"src/gate/log/auditKeys.ts #slots",
			"src/gate/log/logStore.ts chains",
			"src/gate/log/chainHeads.ts #heads",
		],
		holds: "tokens, newest entries' hashes and encrypt-only handles under the audit key, of patients asked for lately",
		stays: "until others push them out or the process ends: refusals about the patient are still logged for the patient",
	},
	{
		places: ["src/gate/log/accessLog.ts #inFlight"],
		holds: "groups of entries, with their audit handles, on their way to the disk",
		stays: "until the group is stored",
	},
	{
		places: ["src/gate/openedTerms.ts #lookedAt"],
		holds: "by which references somebody was asked for in this process",
		stays: "until the process ends: without it the next look would write another entry and so tell of the erasure (GA6)",
	},
	{
		places: ["src/gate/authenticate.ts #seen"],
		holds: "keys and nonces of signed requests, the patient's own among them",
		stays: "for the minute in which a request could be used again",
	},
	{
		places: ["src/vault/blobs/scatteredReader.ts #kept"],
		holds: "chunks of a large object, opened, while something is computed on it",
		stays: "until the computation ends, which an erasure brings about",
	},
	{
		places: ["src/node/cds/shownCards.ts #cards"],
		holds: "the local id and the insight's hash of cards that were shown, for feedback on them; no fact of a record",
		stays: "a day at most, or until the process ends: a sign-off for an erased patient is refused",
	},
	{
		places: ["src/gate/sessions.ts #sessions"],
		holds: "public keys of staff who opened a session",
		stays: "fifteen minutes at most, or until the process ends",
	},
	{
		places: [
			"signin.db keeper",
			"signin.db mandate",
			"signin.db oidc",
			"signin.db event",
			"signin.db open_sitting",
			"signin.db replacement",
			"signin.db review",
		],
		holds: "locked copies of keys, what their owners allowed to applications, and when they signed in; named by keyed hashes and sealed",
		stays: "until the block that tells of the erasure, with which sign-in ends all rows of the patient's key",
	},
	{
		places: ["signin.db launch", "signin.db invitation", "signin.db attempt"],
		holds: "launches, invitations and failures to sign in; named by keyed hashes and sealed",
		stays: "five minutes, a day, a day",
	},
	{ places: ["src/gate/sealResource.ts #handles"], holds: "encrypt-only handles of one import or deposit", stays: "until the call ends" },
	{
		places: ["src/vault/blobs/blobVault.ts #puts"],
		holds: "large objects being put, by the subject's token",
		stays: "until the put ends, which the purge of the objects brings about",
	},
	{ places: ["gate.db erasure"], holds: "what was erased, how far, and the report", stays: "for good: restored data are erased again by it" },
	{
		places: ["gate.db notification", "gate.db review", "gate.db hold"],
		holds: "notices to the pseudonym's own key; emergencies and legal duties by pseudonym, which leads to nobody",
		stays: "for the retention of the access history, of which they are the index",
	},
	{
		places: ["src/gate/oversight/accessFeed.ts #accesses"],
		holds: "of the last accesses that were permitted the pseudonym, for officers who watch",
		stays: "until 2,000 others push it out or the process ends: it leads to nobody, and the log holds the same",
	},
	{
		places: ["gate.db refusal"],
		holds:
			"keys whose requests were refused, by hour: a patient's own among them where they asked for what is not theirs. Of whom they asked it holds nothing",
		stays: "92 days: who tries doors is to be seen",
	},
	{ places: ["gate.db answer"], holds: "counts with noise over eleven patients or more", stays: "for good: a count told twice has to be the same" },
	{
		places: [
			"ledger.db leaves",
			"ledger.db.state state",
			"ledger.db.state value_undo",
			"ledger.db.state transactions",
			"src/ledger/sealer/ledgerState.ts #rows",
			"src/ledger/sealer/stateGeneration.ts rows",
			"src/ledger/sealer/stateGeneration.ts transactions",
			"src/ledger/replayLedger.ts state",
		],
		holds: "pseudonym, commitments and the receipt of the erasure",
		stays: "for good: the ledger forgets nothing and names nobody (PROTOCOL §3)",
	},
	{
		places: ["witness.db leaves", "witness.db evidence"],
		holds: "a witness's copy of the ledger's leaves",
		stays: "for good, as the ledger's own",
	},
	{
		places: ["demo/terms.ndjson"],
		holds: "what the wallets of the demonstration's people keep on their own phones",
		stays: "as long as the demonstration: a wallet is the patient's own",
	},
];

/** Tables, maps and sets that hold nothing by patient, and what they hold. */
export const notOfPatients: Readonly<Record<string, string>> = {
	"vault.db meta": "the custodian's name and the format",
	"vault.db compartment_sets": "names of classes",
	"vault.db open_imports": "imports under way",
	"keyring.db meta": "format, epochs, custodian, pins of the ledger, its newest checkpoint seen",
	"keyring.db proven_logs": "ids of logs",
	"keyring.db node_keys": "keys of the node itself",
	"access.db meta": "log id, writer, checkpoint, anchors that a restored copy lacks",
	"ledger.db meta": "chain and format",
	"ledger.db head": "the newest block",
	"ledger.db blocks": "headers",
	"ledger.db.state meta": "the genesis it follows from",
	"ledger.db.state applied": "the block it has reached",
	"ledger.db.state pages": "hashes of the state tree",
	"ledger.db.state deep_pages": "hashes of the state tree",
	"ledger.db.state page_undo": "hashes of the state tree, before the last blocks",
	"src/ledger/sealer/stateGeneration.ts pages": "hashes of the state tree",
	"src/ledger/sealer/stateFile.ts #statements": "statements by their text",
	"src/ledger/sealer/stateFile.ts #looks": "statements by their text",
	"src/ledger/sealer/pageTable.ts #prepared": "statements by their table",
	"src/ledger/sealer/pageUndoTable.ts #prepared": "statements by their text",
	"ledger.db tiles": "hashes of the log",
	"witness.db meta": "chain and format",
	"witness.db tip": "the newest checkpoint seen",
	"witness.db tiles": "hashes of the log",
	"src/gate/heldCredentials.ts #kept": "public keys of who holds a credential, which no patient's key does, and what the ledger says of it",
	"src/gate/mandates.ts #ids": "hashes of mandates whose signature was verified; each is asked about anew",
	"signin.db app": "applications that the operator lets in",
	"signin.db failure": "how often signing in failed, by hour and kind",
	"signin.db fact": "which file of removed ways belongs to it",
	"signin.db provider_flow": "colleagues on their way to the house's identity provider, and names of its logout tokens, for ten minutes",
	"src/node/signin/staffProvider.ts keySets": "public keys of identity providers",
	"src/node/signin/staffProvider.ts discovered": "what identity providers say of themselves",
	"signin.db challenge": "random challenges of passkeys, for five minutes",
	"src/node/signin/oidcAdapter.ts bearers": "names of kinds of tokens",
	"src/node/fhir/broadSearches.ts #under": "keys of who searches without a patient now",
	"src/node/compliance/credentialIndex.ts #ids": "ids of credentials that members issued to staff",
	"src/node/cds/verifyClient.ts #until": "ids of record systems' tokens, for minutes",
	"src/ledger/comet/application.ts #ids": "ids of the transactions of one proposal",
	"src/ledger/comet/batchCache.ts #known": "transactions that were judged, as the ledger will hold them for good",
	"src/ledger/comet/replica.ts #listeners": "who is told of blocks",
	"src/ledger/comet/submitter.ts #waiting": "transactions on their way into a block",
	"src/ledger/comet/submitter.ts #inFlight": "transactions on their way into a block",
	"gate.db data_use": "how often which classes were used for what, by day and member",
	"src/gate/oversight/accessFeed.ts #waiting": "officers' looks that wait for the next access",
	"src/gate/oversight/accessTally.ts #keys": "keys whose requests were refused in this hour",
	"src/gate/oversight/accessTally.ts #refusals": "numbers of refusals, which wait for the disk",
	"src/gate/oversight/accessTally.ts #uses": "numbers of uses, which wait for the disk",
	"src/gate/oversight/watches.ts #watches": "keys of officers who watch",
	"src/ledger/comet/submitter.ts #batches": "transactions on their way into a block",
	"src/gate/fhir/tellingLanes.ts #busy": "addresses of endpoints that are being told",
	"src/gate/fhir/tellingLanes.ts #lookedAt": "addresses of endpoints, and heights of the ledger",
	"src/gate/turns.ts #last": "one promise for each kind of work",
	"src/gate/log/headMap.ts changed": "hashes of the head map",
	"src/gate/log/commitWorker.ts open": "connections to logs",
	"src/vault/receipt.ts keys": "receipt keys by themselves",
	"src/vault/keyring/nonceMemory.ts #young": "random nonces of receipts",
	"src/vault/keyring/nonceMemory.ts #old": "random nonces of receipts",
	"src/vault/keyring/process/handshake.ts keys": "keys of the socket by themselves",
	"src/vault/keyring/process/channel.ts #pending": "calls under way, by number",
	"src/vault/store/fsckVault.ts #purges": "positions of leaves, while an audit runs",
	"src/vault/store/compartmentSets.ts #ids": "names of classes",
	"src/vault/store/compartmentSets.ts #names": "names of classes",
	"src/vault/store/compartmentSets.ts #members": "names of classes",
	"src/base/canonicalJson.ts spelt": "names of members of formats",
	"src/contracts/consent/reasons.ts lists": "lists of reason codes",
	"src/contracts/consent/compileTerms.ts classBits": "the closed list of classes",
	"src/contracts/consent/compileTerms.ts purposeBits": "the closed list of purposes",
	"src/contracts/consent/matching.ts kindBits": "the closed list of kinds of credentials",
	"src/contracts/consent/compileTerms.ts levelRanks": "the closed list of levels",
	"src/fhir/describe/label.ts publishedCache": "names of code systems",
	"src/fhir/describe/label.ts wordCache": "salted hashes of texts, and the labels their words imply",
	"src/fhir/describe/classesOfType.ts byType": "types of the specification",
	"src/fhir/search/searchIndex.ts unpacked": "search parameters of the specification",
	"src/fhir/validate/inspectResource.ts plainCache": "elements of the specification",
	"src/fhir/bundle/prepareBundle.ts urls": "addresses within one bundle, while it is judged",
	"src/fhir/bundle/prepareBundle.ts #waiting": "references within one bundle, while it is judged",
	"src/ledger/sealer/sealer.ts #listeners": "who is told of blocks",
	"src/ledger/sealer/cosigners.ts #waiters": "who waits for cosignatures",
	"src/ledger/sealer/quota.ts #used": "numbers by member",
	"src/ledger/witness/http/requestRate.ts #buckets": "when addresses asked last",
	"src/ledger/sealer/blockStore.ts #statements": "statements of SQL",
	"src/ledger/replayLedger.ts #ids": "ids of transactions",
	"src/ledger/sealer/ledgerState.ts #newIds": "ids of transactions that came and were in no block yet",
	"src/ledger/tileTable.ts #edges": "hashes of the log",
	"src/ledger/state.ts #written": "writes of one block",
	"src/log/sparse/memoryPages.ts #pages": "hashes of a tree",
};

/** Purges every holder that can be purged, in the order above: what answers from memory first, the rows last. */
export async function purgeDerived(gate: GateContext, erased: Erased): Promise<void> {
	for (const holder of derivedHolders) if ("purge" in holder) await holder.purge(gate, erased);
}

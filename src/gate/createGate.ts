import type { Pseudonym } from "#base";
import type { PreparedBundle } from "#fhir";
import { anchorLog, registerLog } from "./anchor.ts";
import { ReplayWindow } from "./authenticate.ts";
import { checkSafety, type SafetyModel } from "./checkSafety.ts";
import { releaseCohort } from "./cohort.ts";
import { computeOnGenome, type GenomeRun } from "./computeOnGenome.ts";
import { countPatients } from "./countPatients.ts";
import { Deciders } from "./deciders.ts";
import { depositTerms } from "./depositTerms.ts";
import { admitInvitation, completeEnrolment, countersignEnrolment, type EnrolmentOffer, enrolledAs, type IdentityProof } from "./enrolPatient.ts";
import { erase, resumeErasures } from "./erase.ts";
import { exportConsent } from "./exportConsent.ts";
import { ExportJobs } from "./fhir/exportJobs.ts";
import { type Deliver, notifySubscribers } from "./fhir/notifySubscribers.ts";
import { type FhirCredential, type FhirPlace, openFhir } from "./fhir/openFhir.ts";
import { RecordCache } from "./fhir/recordCache.ts";
import { SubscriptionBook } from "./fhir/subscriptionBook.ts";
import { VersionCache } from "./fhir/versionCache.ts";
import type { ReadBody, Release } from "./gate.ts";
import { showHistory } from "./history.ts";
import { importObject, type ObjectCompanions, type ObjectRecord } from "./importObject.ts";
import { type ImportProgress, importRecords } from "./importRecords.ts";
import { computeInsight, type ModelResult, type RenderSignOff, signOffInsight } from "./insightRecords.ts";
import { listLawfulUses, recordLawfulUse } from "./lawfulUses.ts";
import { listHolds } from "./listHolds.ts";
import { listTerms } from "./listTerms.ts";
import { LogStandings } from "./logStandings.ts";
import { lookUpPatient } from "./lookUpPatient.ts";
import { acceptMandate, admitAccount, admitKeeping, admitLaunch, isNumberOf, openMandate, VerifiedMandates } from "./mandates.ts";
import { ObjectStreams } from "./objectStreams.ts";
import { OpenedTermsCache } from "./openedTerms.ts";
import { closeSession, openSession } from "./openSession.ts";
import { AccessFeed } from "./oversight/accessFeed.ts";
import { accountDisclosures } from "./oversight/accountDisclosures.ts";
import { feedingLog } from "./oversight/feedingLog.ts";
import { openReview } from "./oversight/openReview.ts";
import { type Oversight, oversee } from "./oversight/oversee.ts";
import { watchAccesses } from "./oversight/watchAccesses.ts";
import { Watches } from "./oversight/watches.ts";
import type { GateParts } from "./parts.ts";
import { Relabelling, type RelabelProgress, relabellingError } from "./relabelling.ts";
import { type GateContext, release } from "./release.ts";
import { releaseObject } from "./releaseObject.ts";
import { ResolvedPatients } from "./resolvedPatients.ts";
import { reviewEmergency } from "./reviewEmergency.ts";
import { Sessions } from "./sessions.ts";
import { Turns } from "./turns.ts";

export type Gate = ReturnType<typeof createGate>;

/**
 * The one door to a custodian's records (invariant 1). Every method takes a signed request from outside as `unknown` and judges it, except
 * those of the custodian's own desk (`importRecords`, `importObject`, `enrolledAs`, `countersignEnrolment`, `completeEnrolment`) and of the node itself (`start`, `anchor`).
 */
export function createGate(given: GateParts) {
	const feed = new AccessFeed(given.memory);
	const parts: GateParts = { ...given, log: feedingLog(given, feed) };
	const terms = new OpenedTermsCache(parts);
	const standings = new LogStandings(parts);
	const context: GateContext = {
		parts,
		terms,
		deciders: new Deciders(parts, terms),
		patients: new ResolvedPatients(parts),
		window: new ReplayWindow(parts.now()),
		sessions: new Sessions(),
		mandates: new VerifiedMandates(),
		turns: new Turns(),
		relabelling: new Relabelling(parts),
		objects: new ObjectStreams(),
		records: new RecordCache(),
		versions: new VersionCache(),
		exports: new ExportJobs(),
		feed,
		watches: new Watches(parts.randomBytes),
		subscriptions: new SubscriptionBook(parts),
	};
	return {
		/** Registers the log and shows the keyring that it is open, finishes interrupted erasures, finds what is to be relabelled; to be awaited before anything is served. */
		async start(): Promise<void> {
			await registerLog(parts);
			await standings.start();
			await resumeErasures(context);
			await context.relabelling.survey();
		},
		/** Labels under the present tables what was labelled under others; until that has ended, reads are asked to try again. */
		relabel: (onProgress?: (progress: RelabelProgress) => void) => context.relabelling.run(onProgress),
		isRelabelling: () => context.relabelling.isPending,
		/** Ends what goes on by itself, before the stores close. */
		async stop(): Promise<void> {
			await standings.stop();
			await context.relabelling.stop();
			feed.tally();
		},
		openSession: (request: unknown) => openSession(context, request),
		closeSession: async (request: unknown) => closeSession(context, request),
		/** Takes a mandate, signed now; what rests on it is judged at each use. */
		acceptMandate: (request: unknown) => acceptMandate(context, request),
		/** Whether a mandate that was taken before still stands; forged, ended and revoked ones look alike. */
		openMandate: async (request: unknown) => openMandate(context, request),
		isNumberOf: (localId: string, pseudonym: Pseudonym) => isNumberOf(context, localId, pseudonym),
		/** Who begins a launch out of a patient's record; nothing is opened by it. */
		admitLaunch: (request: unknown) => admitLaunch(context, request),
		/** Takes somebody's word of this house that they have seen a patient's proof of identity. */
		admitInvitation: (request: unknown) => admitInvitation(context, request),
		/** What somebody does with what sign-in holds of their own key. */
		admitAccount: (request: unknown) => admitAccount(context, request),
		/** Whose locked key a node is to keep; nothing is opened by it. */
		admitKeeping: (request: unknown) => admitKeeping(context, request),
		release: (request: unknown) => release(context, request),
		releaseObject: (request: unknown) => releaseObject(context, request),
		computeOnGenome: <Result>(request: unknown, run: GenomeRun<Result>) => computeOnGenome(context, request, run),
		/** Ends every object on its way out, for a stop; what is asked for afterwards is not concerned. */
		endStreams: () => context.objects.endAll(),
		computeInsight: <Answer>(request: unknown, assertNeeded: (body: ReadBody) => void, run: (release: Release) => Promise<ModelResult<Answer>>) =>
			computeInsight(context, request, assertNeeded, run),
		/** Judges one request over FHIR; what it asks of whom is decided and logged by each method of the answer. */
		openFhir: (credential: FhirCredential, place: FhirPlace) => openFhir(context, credential, place),
		/** Tells subscribers of what has changed for them; each is decided about again, as its owner, and logged. One look at a time. */
		notifySubscribers: (deliver: Deliver, stopping?: AbortSignal) =>
			context.turns.take("notify", () => notifySubscribers(context, deliver, stopping)),
		releaseCohort: (request: unknown) => context.turns.take("cohort", () => releaseCohort(context, request)),
		countPatients: (request: unknown) => context.turns.take("count", () => countPatients(context, request)),
		showHistory: (request: unknown) => showHistory(context, request),
		depositTerms: (request: unknown) => depositTerms(context, request),
		checkSafety: (request: unknown, model: SafetyModel) => checkSafety(context, request, model),
		listHolds: (request: unknown) => listHolds(context, request),
		listTerms: (request: unknown) => listTerms(context, request),
		exportConsent: (request: unknown) => exportConsent(context, request),
		recordLawfulUse: (request: unknown) => recordLawfulUse(context, request),
		listLawfulUses: (request: unknown) => listLawfulUses(context, request),
		erase: (request: unknown) => erase(context, request),
		lookUpPatient: (request: unknown) => lookUpPatient(context, request),
		/** What goes through the access log, for a compliance officer of this house. Who waits is answered when the signal comes, for a stop. */
		watchAccesses: (request: unknown, stopping?: AbortSignal) => watchAccesses(context, request, stopping),
		/** Admits an officer to what stands under no patient's name. */
		oversee: <What extends Oversight>(request: unknown, what: What) => oversee(context, request, what),
		openReview: (request: unknown) => openReview(context, request),
		accountDisclosures: (request: unknown) => accountDisclosures(context, request),
		reviewEmergency: (request: unknown) => reviewEmergency(context, request),
		signOffInsight: (request: unknown, render: RenderSignOff) => signOffInsight(context, request, render),
		importRecords: (prepared: PreparedBundle, onProgress?: (progress: ImportProgress) => void) =>
			context.turns.take("import", async () => {
				if (context.relabelling.isPending) throw relabellingError();
				return importRecords(parts, prepared, onProgress);
			}),
		importObject: (record: ObjectRecord, content: AsyncIterable<Uint8Array>, companions?: ObjectCompanions) =>
			importObject(context, record, content, companions),
		/** Under which key a patient stands whose key is to be replaced. */
		enrolledAs: (localId: string) => enrolledAs(context, localId),
		countersignEnrolment: (offer: EnrolmentOffer) => countersignEnrolment(context, offer),
		completeEnrolment: (offer: Omit<EnrolmentOffer, "delegates"> & { readonly proof?: IdentityProof }) => completeEnrolment(context, offer),
		anchor: (urgent = false) => anchorLog(parts, urgent),
		memory: parts.memory,
	};
}

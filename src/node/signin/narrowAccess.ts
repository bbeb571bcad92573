import { canonicalText, type JsonObject } from "#base";
import { classesOfType } from "#fhir";
import type { FhirAccess, FhirQuestion, PatientReference, RecordRelease, RecordWrite } from "#gate";
import { SignInError } from "./errors.ts";
import { coversRecord, type ScopePermission, type SmartScope, typesWithin } from "./smartScopes.ts";

/**
 * A person's way into records, narrowed to what an application's token covers. It only takes away: what is asked is decided and logged as the
 * person's own question about fewer classes, and of the answer only records within the scopes are passed on.
 *
 * @throws {@link SignInError} `SIGNIN_SCOPE_MISSING` from each method, before anything is asked, where no scope fits.
 */
export function narrowAccess(access: FhirAccess, scopes: readonly SmartScope[]): FhirAccess {
	// Each by its name: a method that is new in the gate's access does not pass a token's scopes by.
	const { requester, via, patient, showExport, endExport } = access;
	return {
		...{ requester, via, patient, showExport, endExport },
		startExport: async (classes, request) => {
			assertMany();
			return access.startExport(coveredBy("s", classes), request);
		},
		releaseEach: async (classes, use) => {
			assertMany();
			const asked = coveredBy("s", classes);
			const release = await access.releaseEach(asked, (records) => use(records.filter(({ resource }) => coversRecord(scopes, "s", resource))));
			return { ...release, classes: [...release.classes, ...notAvailable(classes.filter((each) => !asked.includes(each)))] };
		},
		exportRecords: async function* (id, classes) {
			assertMany();
			for await (const records of access.exportRecords(id, coveredBy("s", classes))) {
				yield records.filter(({ resource }) => coversRecord(scopes, "s", resource));
			}
		},
		// They outlive the token: whoever wants to be told signs for it.
		subscribe: async () => never(),
		showSubscription: async () => never(),
		listSubscriptions: async () => never(),
		changeSubscription: async () => never(),
		endSubscription: async () => never(),
		accesses: async (patient) => {
			assertPatient(patient);
			if (!coversRecord(scopes, "s", { resourceType: "AuditEvent" })) throw missing();
			return access.accesses(patient);
		},
		release: async (question) => {
			const permission = question.record === undefined ? "s" : "r";
			return narrowed(permission, question, (asked) => access.release({ ...question, classes: asked }));
		},
		versions: async (question) => narrowed("r", question, (asked) => access.versions({ ...question, classes: asked })),
		write: async (patient, writes) => {
			assertPatient(patient);
			for (const write of writes) assertWrite(write);
			return access.write(patient, writes);
		},
	};

	async function narrowed(
		permission: ScopePermission,
		{ patient, classes, record, type = record?.split("/")[0] }: FhirQuestion,
		ask: (classes: FhirQuestion["classes"]) => Promise<RecordRelease>,
	): Promise<RecordRelease> {
		assertPatient(patient);
		const types = typesWithin(scopes, permission);
		// Without any scope for the type an empty answer would read as if there were none.
		if (type !== undefined && types?.has(type) === false) throw missing();
		const covered = types && new Set([...types].flatMap((type) => classesOfType(type)));
		const asked = classes.filter((each) => covered?.has(each) ?? true);
		if (asked.length === 0) throw missing();
		const release = await ask(asked);
		const notAsked = classes.filter((each) => !asked.includes(each));
		const isWhole = scopes.some((scope) => scope.type === "*" && scope.category === undefined && scope.permissions.has(permission));
		return {
			...release,
			// What the scopes leave out is withheld, and withheld is never negative.
			classes: [...release.classes.map((each) => (isWhole ? each : { ...each, restricted: true })), ...notAvailable(notAsked)],
			records: release.records.filter(({ resource }) => coversRecord(scopes, permission, resource)),
		};
	}

	/** Classes that hold a type within the scopes. */
	function coveredBy(permission: ScopePermission, classes: FhirQuestion["classes"]): FhirQuestion["classes"] {
		const types = typesWithin(scopes, permission);
		const covered = types && new Set([...types].flatMap((type) => classesOfType(type)));
		const asked = classes.filter((each) => covered?.has(each) ?? true);
		if (asked.length === 0) throw missing();
		return asked;
	}

	/** An export, or a search without a patient, is about many: no launch about one patient asks for either. */
	function assertMany(): void {
		if (access.patient !== undefined || scopes.every(({ context }) => context === "patient")) throw missing();
	}

	/** A launch about one patient is about no other, whatever address or page is asked. */
	function assertPatient(patient: PatientReference): void {
		if (access.patient === undefined) {
			if (scopes.every(({ context }) => context === "patient")) throw missing();
			return;
		}
		const [asked, own] = [patient, access.patient].map((each) => canonicalText(each as unknown as JsonObject));
		if (asked !== own) throw missing();
	}

	function assertWrite({ record, seen, prepared }: RecordWrite): void {
		const permission = prepared === undefined ? "d" : seen === 0 ? "c" : "u";
		const resource = prepared?.resource ?? { resourceType: record.split("/")[0] as string };
		// What is deleted was released here before, so it lies within a scope to read it; its type is what is left to ask.
		const isCovered =
			prepared === undefined ? typesWithin(scopes, "d")?.has(resource.resourceType) !== false : coversRecord(scopes, permission, resource);
		if (!isCovered) throw missing();
	}
}

function notAvailable(classes: FhirQuestion["classes"]) {
	return classes.map((each) => ({ class: each, status: "not-available", levels: [] }) as const);
}

function missing(): SignInError {
	return new SignInError("SIGNIN_SCOPE_MISSING", "the token's scopes do not cover this");
}

function never(): never {
	throw missing();
}

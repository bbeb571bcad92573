import type { Language } from "../texts/texts.ts";
import type { Api } from "./api.ts";
import type { Relationship } from "./deskTypes.ts";

/** Somebody of the demonstration, as the node lists them. */
export interface Actor {
	readonly key: string;
	readonly kind: "patient" | "staff";
	readonly name: string;
	readonly about: string;
	/** The same in German. */
	readonly aboutDe?: string;
	readonly publicKey?: string;
	readonly member?: string;
	readonly signedBy?: string;
	readonly isClinician?: boolean;
	readonly isOfficer?: boolean;
}

/** Somebody whom a clinician treats, with what shows it to the gate. */
export interface TreatedPatient {
	readonly localId: string;
	readonly name: string;
	readonly birthDate: string;
	readonly relationship: Relationship;
}

/** Somebody of the demonstration with the key that acts for one patient. */
export interface KnownHelper {
	readonly key: string;
	readonly name: string;
}

/** Who somebody of the demonstration is, in the reader's language. */
export function aboutActor({ about, aboutDe }: Pick<Actor, "about" | "aboutDe">, language: Language): string {
	return language === "de" ? (aboutDe ?? about) : about;
}

export interface ActorKey {
	readonly actor: Actor;
	readonly seed: string;
	readonly guardianSeed?: string;
	/** Of a patient: the keys by which others of the demonstration would act for them. */
	readonly helpers?: readonly KnownHelper[];
	/** Of a clinician. */
	readonly patients?: readonly TreatedPatient[];
}

export async function fetchActors(api: Api): Promise<readonly Actor[]> {
	return (await api.get<{ people: readonly Actor[] }>("/api/demo/people")).people;
}

/** The demo key of a person: the demonstration hands out what a real wallet would hold. */
export function fetchActorKey(api: Api, key: string): Promise<ActorKey> {
	return api.post("/api/demo/keys", { key });
}

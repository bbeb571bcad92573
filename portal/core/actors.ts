import type { Api } from "./api.ts";

/** Somebody of the demonstration, as the node lists them. */
export interface Actor {
	readonly key: string;
	readonly kind: "patient" | "staff";
	readonly name: string;
	readonly about: string;
	readonly publicKey?: string;
	readonly member?: string;
	readonly signedBy?: string;
}

export interface ActorKey {
	readonly actor: Actor;
	readonly seed: string;
	readonly guardianSeed?: string;
}

export async function fetchActors(api: Api): Promise<readonly Actor[]> {
	return (await api.get<{ people: readonly Actor[] }>("/api/demo/people")).people;
}

/** The demo key of a person: the demonstration hands out what a real wallet would hold. */
export function fetchActorKey(api: Api, key: string): Promise<ActorKey> {
	return api.post("/api/demo/keys", { key });
}

import type { VaultStore } from "../vault.ts";
import { type BlobName, type BlobStore, parseBlobName } from "./blobStore.ts";
import { inspectObjects } from "./blobVault.ts";

/** What can be wrong with the large objects of a custodian, found without any key. */
export type ObjectFault =
	/** Its record says that it is there, and it is not. */
	| "object-missing"
	/** It is longer or shorter than what was stored. */
	| "object-size"
	/** Its header or size is not that of a sealed object of its name. */
	| "object-damaged"
	/** No record can point to it: a crash left it, or an erasure passed it by. The next start removes it. */
	| "object-orphan";

export interface ObjectsReport {
	readonly objects: number;
	/** `at` is the object's id. */
	readonly faults: readonly { readonly at: string; readonly fault: ObjectFault }[];
}

/** Compares the objects that lie there with those that have to, in a store that nobody writes to. */
export async function fsckObjects(objects: BlobStore, records: Pick<VaultStore, "getDataKeys" | "listObjects">): Promise<ObjectsReport> {
	const found = new Map<string, number>();
	const faults: { at: string; fault: ObjectFault }[] = [];
	for await (const { name, state, sealedBytes } of inspectObjects(objects, records)) {
		const id = idOf(name);
		found.set(id, sealedBytes);
		if (state !== "kept") faults.push({ at: id, fault: state === "orphan" ? "object-orphan" : "object-damaged" });
	}
	for await (const { id, sealedBytes } of records.listObjects()) {
		const size = found.get(id);
		if (size === undefined) faults.push({ at: id, fault: "object-missing" });
		else if (size !== sealedBytes) faults.push({ at: id, fault: "object-size" });
	}
	return { objects: found.size, faults };
}

function idOf(name: BlobName): string {
	return parseBlobName(name).id;
}

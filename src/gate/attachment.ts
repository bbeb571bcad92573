import { type BlobPointer, parseBlobUrl } from "#vault";

type Resource = { readonly resourceType: string; readonly [element: string]: unknown };

/** A large object as its record tells of it. */
export interface AttachedObject {
	readonly pointer: BlobPointer;
	readonly contentType: string;
	/** The custodian vouches that the bytes themselves name nobody (HL7 v3 ObservationValue `PSEUDED`). */
	readonly namesNobody: boolean;
}

/** HL7 v3 ObservationValue: what was done to the data before they were filed. */
const integritySystem = "http://terminology.hl7.org/CodeSystem/v3-ObservationValue";
const pseudonymised = "PSEUDED";
/** How a pointer begins, wherever it stands (BL18). */
const pointerScheme = "aceso-blob:";

/** Put into `meta.security` of a record whose object names nobody. */
export const namesNobodyTag = { system: integritySystem, code: pseudonymised } as const;

/** Media type of an index of places in the object beside it: it belongs to the object, and is none by itself. */
export const indexContentType = "application/x-tabix";

/** The object that a record points to, its index apart; undefined where it points to none, or to more than one. */
export function findAttachedObject(resource: Resource): AttachedObject | undefined {
	return onlyOne(resource, (contentType) => contentType !== indexContentType);
}

/** The index that a record points to beside its object. */
export function findAttachedIndex(resource: Resource): AttachedObject | undefined {
	return onlyOne(resource, (contentType) => contentType === indexContentType);
}

function onlyOne(resource: Resource, isWanted: (contentType: string) => boolean): AttachedObject | undefined {
	const found = attachmentsIn(resource).filter(({ contentType }) => isWanted(contentType));
	const [attachment] = found;
	if (attachment === undefined || found.length > 1) return undefined;
	const pointer = parseBlobUrl(attachment.url);
	return pointer === undefined ? undefined : { pointer, contentType: attachment.contentType, namesNobody: isTagged(resource) };
}

/** True for a text that holds a pointer anywhere: only the gate writes one, into a record that it seals together with the object. */
export function holdsPointer(resourceText: string): boolean {
	return resourceText.includes(pointerScheme);
}

function attachmentsIn(resource: Resource): readonly { readonly url: string; readonly contentType: string }[] {
	const found: { url: string; contentType: string }[] = [];
	const open: unknown[] = [resource];
	for (let value = open.pop(); value !== undefined; value = open.pop()) {
		if (typeof value !== "object" || value === null) continue;
		const { url, contentType } = value as { url?: unknown; contentType?: unknown };
		if (typeof url === "string" && url.startsWith(pointerScheme)) found.push({ url, contentType: String(contentType ?? "") });
		open.push(...Object.values(value).filter((each) => typeof each === "object" && each !== null));
	}
	return found;
}

function isTagged({ meta }: Resource): boolean {
	const security = (meta as { security?: unknown } | undefined)?.security;
	const codings = Array.isArray(security) ? (security as { system?: unknown; code?: unknown }[]) : [];
	return codings.some(({ system, code }) => system === integritySystem && code === pseudonymised);
}

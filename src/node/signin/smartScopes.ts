/** What may be done to a record: create, read, update, delete, search (SMART App Launch 2.2, scopes v2). */
export type ScopePermission = "c" | "r" | "u" | "d" | "s";

/** One scope over records, as it is understood; how it was spelled stays the application's. */
export interface SmartScope {
	readonly text: string;
	readonly context: "patient" | "user" | "system";
	/** A resource type, or `*`. */
	readonly type: string;
	readonly permissions: ReadonlySet<ScopePermission>;
	/** `?category=system|code` or `?category=code`: only records of this category. */
	readonly category?: { readonly system?: string; readonly code: string };
}

const versionOne: Readonly<Record<string, string>> = { read: "rs", write: "cud", "*": "cruds" };
const form = /^(patient|user|system)\/(\*|[A-Z][A-Za-z]{1,63})\.(read|write|\*|c?r?u?d?s?)(?:\?(.+))?$/;

/**
 * Reads a scope of SMART App Launch: version 2 with at most a category, version 1 as what it means in version 2. Undefined for anything else:
 * what is not understood is not granted.
 */
export function parseSmartScope(text: string): SmartScope | undefined {
	const [, context, type, asked, query] = form.exec(text) ?? [];
	if (context === undefined || type === undefined || asked === undefined || asked === "") return undefined;
	const isVersionOne = asked in versionOne;
	// Version 1 has no parameters.
	if (isVersionOne && query !== undefined) return undefined;
	const permissions = new Set([...(versionOne[asked] ?? asked)] as ScopePermission[]);
	const scope = { text, context: context as SmartScope["context"], type, permissions };
	if (query === undefined) return scope;
	const category = categoryOf(query);
	return category === undefined ? undefined : { ...scope, category };
}

function categoryOf(query: string): SmartScope["category"] | undefined {
	let parameters: [string, string][];
	try {
		parameters = [...new URLSearchParams(query)];
	} catch {
		return undefined;
	}
	const [only] = parameters;
	if (only === undefined || parameters.length !== 1 || only[0] !== "category") return undefined;
	const [first, second, ...more] = only[1].split("|");
	if (more.length > 0 || first === undefined || (second ?? first) === "") return undefined;
	if (second === undefined) return { code: first };
	return first === "" ? { code: second } : { system: first, code: second };
}

/** Those of some scopes that are over records and understood. */
export function smartScopesOf(scopes: Iterable<string>): readonly SmartScope[] {
	return [...scopes].map(parseSmartScope).filter((scope) => scope !== undefined);
}

/** Whether everything that `narrow` covers is covered by `wide` too. */
export function isWithin(narrow: SmartScope, wide: SmartScope): boolean {
	if (narrow.context !== wide.context || (wide.type !== "*" && wide.type !== narrow.type)) return false;
	if (![...narrow.permissions].every((permission) => wide.permissions.has(permission))) return false;
	const { category } = wide;
	if (category === undefined) return true;
	return narrow.category?.code === category.code && (category.system === undefined || narrow.category.system === category.system);
}

/** Types of records that some scopes give a permission for; undefined where one of them is for every type. */
export function typesWithin(scopes: readonly SmartScope[], permission: ScopePermission): ReadonlySet<string> | undefined {
	const fitting = scopes.filter(({ permissions }) => permissions.has(permission));
	return fitting.some(({ type }) => type === "*") ? undefined : new Set(fitting.map(({ type }) => type));
}

interface Categorised {
	readonly resourceType: string;
	readonly category?: unknown;
}

/** Whether some scopes give a permission for a record as it is. */
export function coversRecord(scopes: readonly SmartScope[], permission: ScopePermission, resource: Categorised): boolean {
	return scopes.some((scope) => scope.permissions.has(permission) && isOfType(scope, resource) && isOfCategory(scope, resource));
}

const isOfType = ({ type }: SmartScope, { resourceType }: Categorised) => type === "*" || type === resourceType;

/** `category` is one CodeableConcept in some types, a list in others. */
function isOfCategory({ category }: SmartScope, resource: Categorised): boolean {
	if (category === undefined) return true;
	const concepts = [resource.category ?? []].flat() as ({ readonly coding?: unknown } | null)[];
	const codings = concepts.flatMap((concept) => (Array.isArray(concept?.coding) ? concept.coding : [])) as ({
		system?: string;
		code?: string;
	} | null)[];
	return codings.some((coding) => coding?.code === category.code && (category.system ?? coding.system) === coding.system);
}

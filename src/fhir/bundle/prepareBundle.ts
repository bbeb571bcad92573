import { createHash } from "node:crypto";
import { describeWith } from "../describe/describeRecord.ts";
import { ownLabelMask } from "../describe/label.ts";
import { ownConditionMask } from "../describe/relevantConditions.ts";
import { spreadAlongReferences } from "../describe/spreadAlongReferences.ts";
import { fhirError } from "../errors.ts";
import { writeKeepingNumbers } from "../json/numberSpelling.ts";
import { isPlainObject } from "../json/values.ts";
import type { FhirResource, IdentifiedResource, PreparedBundle, PreparedResource } from "../resource.ts";
import { inspectResource, type ResourceFacts } from "../validate/inspectResource.ts";
import { assertValidResource } from "../validate/validateResource.ts";
import { assignPatients, type EntryNode } from "./assignPatients.ts";
import { type BundleLimits, defaultBundleLimits } from "./bundleScanner.ts";
import { openBundleFile } from "./openBundleFile.ts";
import { type BundleEntry, readBundle } from "./readBundle.ts";
import { brokenReference, containedIds, isContainedReference, judgeOutside, referenceKey, rewriteReferences } from "./resolveReferences.ts";

/** A path, or a function that opens the same bytes each time it is called. */
export type BundleSource = string | (() => AsyncIterable<Uint8Array>);

/** What pass one keeps of an entry: some 300 bytes, so that a million entries fit into memory whatever their size. */
interface EntryFacts extends EntryNode {
	readonly name: string;
	readonly targets: number[];
	readonly subjects: number[];
	labels: number;
	conditions: number;
}

/** A resource with its id and without generated narrative, valid, its references as they came. */
interface JudgedResource {
	readonly index: number;
	readonly resource: IdentifiedResource;
	readonly facts: ResourceFacts;
	/** As it stands in the file. */
	readonly resourceText: string;
}

/** A reference from one entry to another, which may not have come yet. */
interface Link {
	readonly entry: number;
	readonly key: string;
	readonly isSubject: boolean;
	/** Resource types it may point at; undefined for any. */
	readonly targets: ReadonlySet<string> | undefined;
}

/** Elements that put a resource into a patient's compartment, as the last part of the element's path. */
const subjectElement = /^[A-Z][A-Za-z]*\.(?:subject|patient|beneficiary|individual|candidate|target|policyHolder|subscriber|payee\.party)$/;

/**
 * Goes through a bundle twice: first to judge the whole of it, then to hand out its resources ready to be sealed. Nothing is handed out of a
 * bundle that has any fault, so nothing can be half-imported. What is short enough is kept in between; a longer one is read a second time.
 *
 * Pass one validates every resource, resolves every reference, assigns every resource to its patient, and spreads labels and conditions along references.
 * Pass two rewrites references to `Type/id`, drops generated narrative (it repeats the coded content, and would have to carry every label
 * otherwise), and yields.
 *
 * @throws {@link FhirError} any code; the first fault in file order, except that broken references and unclear patients show when all has been read.
 */
export async function prepareBundle(source: BundleSource, limits: Partial<BundleLimits> = {}): Promise<PreparedBundle> {
	const open = typeof source === "string" ? () => openBundleFile(source) : source;
	const survey = new BundleSurvey(limits.keptCharacters ?? defaultBundleLimits.keptCharacters);
	const first = digesting(open());
	for await (const entry of readBundle(first.bytes, limits)) survey.add(entry);
	const digest = first.digest();
	const { entries, urls, patients } = survey;
	const broken = survey.firstBroken();
	if (broken !== undefined) throw await locateBroken(readBundle(open(), limits), broken, survey);

	spreadAlongReferences(entries);
	const owners = assignPatients(entries);
	const countByPatient = new Map<string, number>(patients.map((patient) => [`Patient/${patient.id}`, 0]));
	for (const owner of owners.flat()) {
		const name = (entries[owner] as EntryFacts).name;
		countByPatient.set(name, (countByPatient.get(name) ?? 0) + 1);
	}

	async function* resources(): AsyncGenerator<PreparedResource> {
		for await (const judged of survey.takeKept() ?? readAgain()) yield* finish(judged);
	}

	async function* readAgain(): AsyncGenerator<JudgedResource> {
		const second = digesting(open());
		for await (const entry of readBundle(second.bytes, limits)) {
			if (entries[entry.index]?.name !== nameOf(entry)) throw changed();
			yield { index: entry.index, resourceText: entry.resourceText, ...finishResource(entry, inspectResource(entry.resource)) };
		}
		if (second.digest() !== digest) throw changed();
	}

	function* finish({ index, resource, facts, resourceText: source }: JudgedResource): Generator<PreparedResource> {
		rewriteReferences(facts, (reference) => {
			const target = urls.get(referenceKey(reference));
			return target === undefined ? undefined : (entries[target] as EntryFacts).name;
		});
		const { labels, conditions } = entries[index] as EntryFacts;
		const description = describeWith(resource, facts, labels, conditions);
		const resourceText = writeKeepingNumbers(resource, source);
		for (const owner of owners[index] as readonly number[]) {
			yield { index, patient: (entries[owner] as EntryFacts).name, resource, resourceText, description };
		}
	}

	return { entryCount: entries.length, digest, patients, countByPatient, resources };
}

/** Pass one, entry by entry. */
class BundleSurvey {
	readonly entries: EntryFacts[] = [];
	/** Entry by fullUrl and by `Type/id`. */
	readonly urls = new Map<string, number>();
	readonly patients: IdentifiedResource[] = [];
	readonly #waiting = new Map<string, Link[]>();
	/** Links to an entry of a type that the element does not allow. */
	readonly #misdirected: Link[] = [];
	/** Undefined once there is too much to keep. */
	#kept: JudgedResource[] | undefined = [];
	/** UTF-16 units left. */
	#keptRoom: number;

	constructor(keptCharacters: number) {
		this.#keptRoom = keptCharacters;
	}

	/** What was judged, if it was kept: once, since whoever takes it rewrites its references. */
	takeKept(): readonly JudgedResource[] | undefined {
		const kept = this.#kept;
		this.#kept = undefined;
		return kept;
	}

	add(entry: BundleEntry): void {
		const { index, byteOffset } = entry;
		const valid = assertValidResource(entry.resource, { entry: index, byteOffset });
		const name = nameOf(entry);
		this.#register(entry, name);
		const { resource, facts } = finishResource(entry, valid);
		const node: EntryFacts = {
			name,
			type: resource.resourceType,
			targets: [],
			subjects: [],
			labels: ownLabelMask(facts),
			conditions: ownConditionMask(facts),
		};
		this.entries.push(node);
		this.#keep({ index, resource, facts, resourceText: entry.resourceText });
		if (resource.resourceType === "Patient") this.patients.push(resource);
		this.#link(entry, facts, node);
		for (const key of [entry.fullUrl, name]) if (key !== undefined) this.#settle(key, index);
	}

	/** Of the references whose entry never came or is of the wrong type, the first in file order. An absolute URL may point outside. */
	firstBroken(): Link | undefined {
		const left = [...this.#waiting.values()].flat().filter(({ key }) => judgeOutside(key) === "broken");
		return [...left, ...this.#misdirected].sort((a, b) => a.entry - b.entry)[0];
	}

	#keep(judged: JudgedResource): void {
		this.#keptRoom -= judged.resourceText.length;
		if (this.#keptRoom < 0) this.#kept = undefined;
		this.#kept?.push(judged);
	}

	#register({ fullUrl, index, byteOffset }: BundleEntry, name: string): void {
		for (const [key, element] of [
			[fullUrl, "fullUrl"],
			[name, "resource.id"],
		] as const) {
			if (key === undefined) continue;
			const other = this.urls.get(key);
			if (other !== undefined && other !== index) {
				throw fhirError("FHIR_DUPLICATE_ENTRY", {
					entry: index,
					byteOffset,
					path: `entry[${index}].${element}`,
					expected: "a name of its own",
					found: `that of entry[${other}]`,
				});
			}
			this.urls.set(key, index);
		}
	}

	#link(entry: BundleEntry, facts: ResourceFacts, node: EntryFacts): void {
		let contained: ReadonlySet<string> | undefined;
		for (const { value, holder, targets } of facts.references) {
			if (typeof value.reference !== "string") continue;
			if (isContainedReference(value.reference)) {
				contained ??= containedIds(entry.resource);
				if (value.reference !== "#" && !contained.has(value.reference.slice(1))) {
					throw brokenReference(entry.resource, value, entry.index, entry.byteOffset);
				}
				continue;
			}
			const key = referenceKey(value.reference);
			const link: Link = { entry: entry.index, key, isSubject: subjectElement.test(holder), targets };
			const target = this.urls.get(key);
			if (target !== undefined) this.#join(node, this.entries[target] as EntryFacts, target, link);
			else {
				const others = this.#waiting.get(key);
				if (others === undefined) this.#waiting.set(key, [link]);
				else others.push(link);
			}
		}
	}

	#settle(key: string, index: number): void {
		const target = this.entries[index] as EntryFacts;
		for (const link of this.#waiting.get(key) ?? []) this.#join(this.entries[link.entry] as EntryFacts, target, index, link);
		this.#waiting.delete(key);
	}

	/** Repeated targets are kept: a look for them would cost the square of what a hostile entry holds. */
	#join(node: EntryFacts, target: EntryFacts, index: number, link: Link): void {
		if (link.targets?.has(target.type) === false) this.#misdirected.push(link);
		node.targets.push(index);
		if (link.isSubject) node.subjects.push(index);
	}
}

/** `Type/id`; a POST entry without an id takes the uuid of its fullUrl. */
function nameOf({ resource, fullUrl, index, byteOffset }: BundleEntry): string {
	const id = resource.id ?? (fullUrl?.startsWith("urn:uuid:") === true ? fullUrl.slice("urn:uuid:".length) : undefined);
	if (id !== undefined && /^[A-Za-z0-9\-.]{1,64}$/.test(id)) return `${resource.resourceType}/${id}`;
	throw fhirError("FHIR_INVALID", {
		entry: index,
		byteOffset,
		path: `entry[${index}].resource.id`,
		expected: "an id, or a urn:uuid as fullUrl",
		found: "neither",
	});
}

/** Gives the resource its id and drops generated narrative, in the resource and in the facts about it. */
function finishResource(entry: BundleEntry, facts: ResourceFacts): { readonly resource: IdentifiedResource; readonly facts: ResourceFacts } {
	const { text, ...rest } = entry.resource;
	const isGenerated = isPlainObject(text) && text.status === "generated";
	const base: FhirResource = isGenerated ? rest : entry.resource;
	const name = nameOf(entry);
	const resource = base.id === undefined ? { ...base, id: name.slice(name.indexOf("/") + 1) } : (base as IdentifiedResource);
	return { resource, facts: isGenerated ? { ...facts, texts: facts.texts.filter(({ owner }) => owner !== text) } : facts };
}

/** Reads up to the entry again, because only there its path can be found. */
async function locateBroken(bundle: AsyncIterable<BundleEntry>, link: Link, { urls, entries }: BundleSurvey): Promise<Error> {
	const target = urls.get(link.key);
	for await (const { index, resource, byteOffset } of bundle) {
		if (index !== link.entry) continue;
		for (const { value, targets } of inspectResource(resource).references) {
			if (typeof value.reference !== "string" || referenceKey(value.reference) !== link.key || targets !== link.targets) continue;
			if (target === undefined || targets === undefined) return brokenReference(resource, value, index, byteOffset);
			return brokenReference(resource, value, index, byteOffset, { allowed: targets, type: (entries[target] as EntryFacts).type });
		}
	}
	return changed();
}

/** Hashes bytes on their way through. */
function digesting(source: AsyncIterable<Uint8Array>): { readonly bytes: AsyncIterable<Uint8Array>; digest(): string } {
	const state = createHash("sha256");
	async function* pass() {
		for await (const chunk of source) {
			state.update(chunk);
			yield chunk;
		}
	}
	return { bytes: pass(), digest: () => state.digest("hex") };
}

function changed() {
	return fhirError("FHIR_BUNDLE_CHANGED", { expected: "the bytes of the first reading", found: "others" });
}

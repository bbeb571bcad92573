import { assertInteger } from "./discreteLaplace.ts";

/** One person's record in a release set, or in an earlier release to the same study. */
export interface AnonymityRecord {
	/** The person at the custodian: several records of one person count once. */
	readonly person: string;
	/** Values of the quasi-identifiers as they would leave (already generalised). */
	readonly values: Readonly<Record<string, string>>;
}

export interface KAnonymousParameters<T extends AnonymityRecord> {
	readonly records: readonly T[];
	/** Which of `values` an outsider may know: year of birth, sex, state … */
	readonly quasiIdentifiers: readonly string[];
	/** Smallest group of people who look the same; 11 unless given. */
	readonly k?: number;
	/** Earlier releases to the same study, oldest first, each as it left. */
	readonly earlier?: readonly (readonly AnonymityRecord[])[];
}

/**
 * Which records may leave, so that everyone who leaves looks like at least `k − 1` others, over this release and all earlier ones together.
 *
 * People look the same when they were in the same releases with the same values each time. So a person who joins a group that has left before does not
 * hide in it (the difference of two releases would show them), and one whose values changed is not singled out by the crossing of two releases.
 */
export function kAnonymous<T extends AnonymityRecord>({
	records,
	quasiIdentifiers,
	k = 11,
	earlier = [],
}: KAnonymousParameters<T>): {
	readonly released: readonly T[];
	readonly withheld: readonly T[];
} {
	assertInteger(k, 2, 1_000_000, "k");
	const histories = [...earlier, records].map((release) => looksByPerson(release, quasiIdentifiers));
	const lookOf = (person: string) => JSON.stringify(histories.map((looks) => looks.get(person) ?? null));
	const sizes = new Map<string, number>();
	for (const person of (histories.at(-1) as ReadonlyMap<string, string>).keys()) sizes.set(lookOf(person), (sizes.get(lookOf(person)) ?? 0) + 1);
	const isHidden = ({ person }: T) => (sizes.get(lookOf(person)) as number) >= k;
	return { released: records.filter(isHidden), withheld: records.filter((record) => !isHidden(record)) };
}

/** Everything one release shows of a person: the sorted set of their records' values. */
function looksByPerson(release: readonly AnonymityRecord[], quasiIdentifiers: readonly string[]): ReadonlyMap<string, string> {
	const looks = new Map<string, string[]>();
	for (const { person, values } of release) {
		const look = JSON.stringify(quasiIdentifiers.map((name) => values[name] ?? null));
		looks.set(person, [...(looks.get(person) ?? []), look]);
	}
	return new Map([...looks].map(([person, all]) => [person, all.sort().join()]));
}

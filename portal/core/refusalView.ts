import type { RefusalTally } from "./officerDeskTypes.ts";

const hourMs = 3_600_000;
/** An hour stands out that has so many refusals, and so many times what the person has in an hour else. */
const spikeLeast = 10;
const spikeTimes = 3;

export interface RefusedPerson {
	/** "" for keys that were counted together. */
	readonly requester: string;
	readonly total: number;
	readonly lastHourMs: number;
	readonly peak: { readonly hourMs: number; readonly count: number };
	readonly isSpike: boolean;
	/** What was asked for how often, the most frequent first. */
	readonly asked: readonly Pick<RefusalTally, "action" | "purpose" | "reason" | "count">[];
}

/** Who was refused most first. */
export function refusedPeople(tallies: readonly RefusalTally[]): readonly RefusedPerson[] {
	return [...Map.groupBy(tallies, ({ requester }) => requester)]
		.map(([requester, own]) => {
			const hours = [...Map.groupBy(own, ({ hour }) => hour)].map(([hour, of]) => ({ hourMs: hour, count: sumOf(of) }));
			const total = sumOf(own);
			const peak = hours.reduce((most, hour) => (hour.count > most.count ? hour : most));
			const elsewhere = hours.length === 1 ? 0 : (total - peak.count) / (hours.length - 1);
			return {
				...{ requester, total, peak, lastHourMs: Math.max(...own.map(({ hour }) => hour)) },
				isSpike: peak.count >= spikeLeast && peak.count >= spikeTimes * elsewhere,
				asked: askedFor(own),
			};
		})
		.toSorted((a, b) => b.total - a.total);
}

/** One number for each of the last hours, the oldest first. */
export function refusedHours(
	tallies: readonly RefusalTally[],
	nowMs: number,
	hours: number,
): readonly { readonly hourMs: number; readonly count: number }[] {
	const last = Math.floor(nowMs / hourMs) * hourMs;
	return Array.from({ length: hours }, (_, at) => {
		const hour = last - (hours - 1 - at) * hourMs;
		return { hourMs: hour, count: sumOf(tallies.filter((each) => each.hour === hour)) };
	});
}

function askedFor(own: readonly RefusalTally[]): RefusedPerson["asked"] {
	return [...Map.groupBy(own, ({ action, purpose, reason }) => `${action}|${purpose}|${reason}`).values()]
		.map((of) => ({ ...(of[0] as RefusalTally), count: sumOf(of) }))
		.toSorted((a, b) => b.count - a.count);
}

function sumOf(tallies: readonly RefusalTally[]): number {
	return tallies.reduce((sum, { count }) => sum + count, 0);
}

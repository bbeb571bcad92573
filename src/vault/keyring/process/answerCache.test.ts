import { describe, expect, it } from "vitest";
import { AnswerCache } from "./answerCache.ts";

/** An answer that arrives when the test says so. */
function later<Answer>() {
	let arrive: (answer: Answer) => void = () => {};
	const answer = new Promise<Answer>((resolve) => (arrive = resolve));
	return { ask: () => answer, arrive };
}

describe("[VA71] answers of the keyring's process", () => {
	it("are asked for once, and again after a change", async () => {
		const cache = new AnswerCache();
		let asked = 0;
		const ask = async () => `answer ${++asked}`;
		expect([await cache.of("a", ask), await cache.of("a", ask)]).toEqual(["answer 1", "answer 1"]);
		await cache.changing(async () => {});
		expect(await cache.of("a", ask)).toBe("answer 2");
	});

	it("that were on their way when a change was asked for are not kept, whichever arrives first", async () => {
		const cache = new AnswerCache();
		const [old, change, during] = [later<string>(), later<void>(), later<string>()];
		const before = cache.of("status", old.ask);
		const changed = cache.changing(change.ask);
		const between = cache.of("status", during.ask);
		old.arrive("live");
		during.arrive("live");
		expect(await Promise.all([before, between])).toEqual(["live", "live"]);
		change.arrive();
		await changed;
		expect(await cache.of("status", async () => "destroyed")).toBe("destroyed");
	});

	it("are forgotten after a change that failed too, since it may have been carried out", async () => {
		const cache = new AnswerCache();
		await cache.of("status", async () => "live");
		await expect(cache.changing(() => Promise.reject(new Error("lost")))).rejects.toThrow("lost");
		expect(await cache.of("status", async () => "destroyed")).toBe("destroyed");
	});

	it("[VA127] are counted as changed when a change or an addition is asked for, again when it is answered, and by nothing else", async () => {
		const cache = new AnswerCache();
		const told = [cache.changes];
		for (const run of [(work: () => Promise<void>) => cache.changing(work), (work: () => Promise<void>) => cache.adding(work)]) {
			const { ask, arrive } = later<void>();
			const running = run(ask);
			told.push(cache.changes);
			await cache.of("status", async () => "live");
			told.push(cache.changes);
			arrive();
			await running;
			told.push(cache.changes);
		}
		expect(told).toEqual([0, 1, 1, 2, 3, 3, 4]);
		await expect(cache.adding(() => Promise.reject(new Error("lost")))).rejects.toThrow("lost");
		expect(cache.changes).toBe(6);
	});

	it("that say nothing, or may change by themselves, are asked for again", async () => {
		const cache = new AnswerCache();
		const isKept = (status: string | undefined) => status !== "unknown";
		for (const first of [undefined, "unknown"]) {
			expect(await cache.of("status", async () => first, isKept)).toBe(first);
			expect(
				await cache.of(
					"status",
					async () => "live",
					() => false,
				),
			).toBe("live");
		}
		expect(await cache.of("status", async () => "live", isKept)).toBe("live");
	});
});

import { expect, it } from "vitest";
import { GroupCommit } from "./groupCommit.ts";

/** Groups as they are handed on, in order; nothing is answered before `letGo`. */
function openQueue(inFlightMax?: number) {
	const groups: (readonly string[])[] = [];
	const waiting: (() => void)[] = [];
	const queue = new GroupCommit<string, string>(
		(group) => {
			groups.push(group);
			return new Promise((resolve) => {
				waiting.push(() => resolve(group.map((value) => ({ status: "fulfilled", value }))));
			});
		},
		undefined,
		inFlightMax,
	);
	const add = (...items: string[]) => {
		for (const item of items) void queue.add(item, (answer) => answer);
	};
	return { queue, groups, add, letGo: () => waiting.shift()?.() };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
const named = (name: string, count: number) => Array.from({ length: count }, (_, i) => `${name}${i}`);

it("[LO61] what arrived in one turn goes at its end where nothing is on its way, though the next turn brings more", async () => {
	const { groups, add } = openQueue();
	add("a", "b");
	await turn();
	add("c");
	expect(groups).toEqual([["a", "b"]]);
});

it("[LO61] while a group is written a few grow together for as long as each turn brings more", async () => {
	const { groups, add } = openQueue();
	add("first");
	await turn();
	for (const name of ["a", "b", "c"]) {
		add(...named(name, 2));
		await turn();
	}
	expect(groups).toEqual([["first"]]);
	await turn();
	expect(groups).toEqual([["first"], ["a0", "a1", "b0", "b1", "c0", "c1"]]);
});

it("[LO61] sixteen wait for nothing more, though a group is written and more keep coming: the disk has them next", async () => {
	const { groups, add } = openQueue();
	add("first");
	await turn();
	add(...named("a", 16));
	await turn();
	add("b");
	expect(groups.map(({ length }) => length)).toEqual([1, 16]);
});

it("[LO63] sixteen that one callback brings while a group is written are handed on at its end, before what setImmediate waits for", async () => {
	const { groups, add } = openQueue();
	add("first");
	await turn();
	const handedOn = new Promise<number>((resolve) => {
		setImmediate(() => {
			add(...named("a", 20));
			// Behind the queue's own look at the end of this callback.
			process.nextTick(() => resolve(groups.length));
		});
	});
	expect(await handedOn).toBe(2);
	expect(groups[1]).toEqual(named("a", 20));
});

it("[LO63] fewer than sixteen wait for the turn, and so does what one callback adds to a few that waited", async () => {
	const { groups, add } = openQueue();
	add("first");
	await turn();
	for (const name of ["a", "b"]) {
		add(...named(name, 12));
		await new Promise((resolve) => process.nextTick(resolve));
	}
	expect(groups.length).toBe(1);
	await turn();
	expect(groups[1]).toEqual([...named("a", 12), ...named("b", 12)]);
});

it("[LO63] nothing is handed on twice, and never three groups at once", async () => {
	const { queue, groups, add, letGo } = openQueue();
	add("first");
	await turn();
	add(...named("a", 20));
	await turn();
	add(...named("b", 20));
	await turn();
	expect(groups.map(({ length }) => length)).toEqual([1, 20]);
	letGo();
	await turn();
	await turn();
	expect(groups.map(({ length }) => length)).toEqual([1, 20, 20]);
	letGo();
	letGo();
	await queue.drain();
	expect(groups.flat()).toEqual(["first", ...named("a", 20), ...named("b", 20)]);
});

it("[LO61] at most two groups are on their way; what comes meanwhile is one group", async () => {
	const { queue, groups, add, letGo } = openQueue();
	add("first");
	await turn();
	add("second");
	await turn();
	for (const name of ["a", "b", "c"]) {
		add(...named(name, 10));
		await turn();
	}
	expect(groups).toEqual([["first"], ["second"]]);
	letGo();
	await turn();
	await turn();
	expect(groups.slice(2)).toEqual([[...named("a", 10), ...named("b", 10), ...named("c", 10)]]);
	letGo();
	letGo();
	await queue.drain();
});

it("[LO65] where three may be on their way, many that come at once are shared between those that still may, a few are not", async () => {
	const { groups, add, letGo } = openQueue(3);
	add(...named("a", 60));
	for (let turns = 0; turns < 6; turns++) await turn();
	expect(groups.map(({ length }) => length)).toEqual([20, 20, 20]);
	add(...named("b", 40));
	await turn();
	expect(groups).toHaveLength(3);
	letGo();
	for (let turns = 0; turns < 3; turns++) await turn();
	expect(groups.map(({ length }) => length)).toEqual([20, 20, 20, 40]);
	expect(groups.flat()).toEqual([...named("a", 60), ...named("b", 40)]);
	const few = openQueue(3);
	few.add(...named("c", 15));
	await turn();
	expect(few.groups.map(({ length }) => length)).toEqual([15]);
});

it("[LO61] what one caller fails to make of its result fails for that caller alone", async () => {
	const { queue, letGo } = openQueue();
	const outcomes = ["a", "b", "c"].map((name) =>
		queue.add(name, (answer) => {
			if (answer === "b") throw new Error("planted");
			return answer;
		}),
	);
	await turn();
	letGo();
	expect(await Promise.allSettled(outcomes)).toMatchObject([{ value: "a" }, { status: "rejected" }, { value: "c" }]);
});

import { DatabaseSync } from "node:sqlite";
import { expect, it, onTestFinished } from "vitest";
import type { Pseudonym, SubjectId } from "#base";
import { newPseudonym, newSubject } from "../vault.fixtures.ts";
import { CreationQueue } from "./creationQueue.ts";
import { createKeyTables, KeyTables, type SubjectRow } from "./keyTables.ts";

function begin() {
	const database = new DatabaseSync(":memory:");
	onTestFinished(() => database.close());
	createKeyTables(database);
	const tables = new KeyTables(database);
	return { tables, queue: new CreationQueue(tables) };
}

const rowOf = (subject: SubjectId = newSubject(), pseudonym: Pseudonym = newPseudonym()): SubjectRow => ({
	subject,
	pseudonym,
	patient: null,
	audit: null,
	audit_until: null,
});
const compartment = { name: "laboratory", wrapped: Uint8Array.of(1, 2) };

it("[VA18] what waits is known by subject and pseudonym until it is written, with its compartments, at the end of the turn", async () => {
	const { tables, queue } = begin();
	const [one, two] = [rowOf(), rowOf()];
	const made = [queue.add(one, [compartment]), queue.add(two, [])];
	const known = () =>
		[one, two].map(({ subject, pseudonym }) => [queue.hasSubject(subject), queue.hasPseudonym(pseudonym), tables.getSubject(subject) !== undefined]);
	expect([queue.hasSubject(newSubject()), queue.hasPseudonym(newPseudonym())]).toEqual([false, false]);
	expect(known()).toEqual([
		[true, true, false],
		[true, true, false],
	]);
	await Promise.all(made);
	expect(known()).toEqual([
		[false, false, true],
		[false, false, true],
	]);
	expect(tables.getSubject(one.subject)).toEqual({ ...one });
	expect(tables.listCompartmentKeys(one.subject).map((row) => ({ ...row }))).toEqual([compartment]);
	// The next turn has a commit of its own.
	const third = rowOf();
	await queue.add(third, []);
	expect(tables.getSubject(third.subject)).toBeDefined();
	queue.flush();
});

it("[VA18] what shares a commit fails together, each told the same, and hinders nothing that comes after", async () => {
	const { tables, queue } = begin();
	const taken = newPseudonym();
	const rows = [rowOf(), rowOf(newSubject(), taken), rowOf(newSubject(), taken)];
	const outcomes = await Promise.allSettled(rows.map((row) => queue.add(row, [compartment])));
	expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
	expect(
		rows.map(({ subject, pseudonym }) => [
			queue.hasSubject(subject),
			queue.hasPseudonym(pseudonym),
			tables.getSubject(subject),
			tables.listCompartmentKeys(subject),
		]),
	).toEqual(rows.map(() => [false, false, undefined, []]));
	for (const row of rows.slice(0, 2)) await queue.add(row, [compartment]);
	expect(tables.listSubjects()).toHaveLength(2);
});

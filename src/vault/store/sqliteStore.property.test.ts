import { join } from "node:path";
import fc from "fast-check";
import { expect, it } from "vitest";
import type { SubjectId } from "#base";
import type { Compartment } from "#contracts";
import { createBench, custodian, newPseudonym, newSubject, temporaryFolder } from "../vault.fixtures.ts";
import type { SealingHandle, StoredRecord } from "../vault.ts";
import { sealRow } from "./describeStore.ts";
import { fsckVault } from "./fsckVault.ts";
import { openSqliteStore, type SqliteStore } from "./sqliteStore.ts";

/** What a store should hold, kept in plain arrays. */
interface Model {
	visible: StoredRecord[];
	staged: StoredRecord[] | undefined;
	readonly versions: Map<string, number>;
}

interface World {
	store: SqliteStore;
	readonly model: Model;
	readonly handles: readonly SealingHandle[];
	readonly subject: SubjectId;
	readonly tokens: readonly string[];
	readonly reopen: () => SqliteStore;
}

const compartmentSets: readonly (readonly Compartment[])[] = [["laboratory"], ["genomics"], ["genomics", "laboratory"], ["vitals"]];

const write = fc.record({ kind: fc.constantFrom("put" as const, "stage" as const), token: fc.nat(3), set: fc.nat(3), deleted: fc.boolean() });
const other = fc.record({ kind: fc.constantFrom("begin" as const, "commit" as const, "abort" as const, "reopen" as const) });
const purge = fc.record({ kind: fc.constant("purge" as const), compartment: fc.constantFrom<Compartment>("genomics", "vitals") });
const step = fc.oneof({ weight: 6, arbitrary: write }, { weight: 4, arbitrary: other }, { weight: 1, arbitrary: purge });
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

function nextRow({ model, handles, tokens }: World, { token, set, deleted }: { token: number; set: number; deleted: boolean }): StoredRecord {
	const name = tokens[token] as string;
	const version = (model.versions.get(name) ?? 0) + 1;
	model.versions.set(name, version);
	return sealRow(handles[set] as SealingHandle, { token: name, version, deleted });
}

async function run(world: World, one: Step): Promise<void> {
	const { model, subject } = world;
	if (one.kind === "put") {
		const row = nextRow(world, one);
		await world.store.putRecords([], [row]);
		model.visible.push(row);
	} else if (one.kind === "purge") {
		await world.store.purge(subject, [one.compartment]);
		const doomed = new Set(
			[...model.visible, ...(model.staged ?? [])].filter((row) => row.compartments.includes(one.compartment)).map((row) => row.token),
		);
		model.visible = model.visible.filter((row) => !doomed.has(row.token));
		model.staged = model.staged?.filter((row) => !doomed.has(row.token));
		// Their data keys went too; a later write brings them along again, as after a partial erasure it would bring new ones.
		await world.store.putRecords(
			world.handles.map((handle) => handle.wrapped),
			[],
		);
	} else if (one.kind === "reopen") {
		await world.store.close();
		world.store = world.reopen();
		model.staged = undefined;
	} else if (one.kind === "begin") {
		if (model.staged !== undefined) return;
		await world.store.beginImport("i");
		model.staged = [];
	} else if (model.staged !== undefined) {
		await runInImport(world, one, model.staged);
	}
}

async function runInImport(world: World, one: Step, staged: StoredRecord[]): Promise<void> {
	const { model } = world;
	if (one.kind === "stage") {
		const row = nextRow(world, one);
		await world.store.stageRecords("i", [], [row]);
		staged.push(row);
		return;
	}
	if (one.kind === "commit") {
		await world.store.commitImport("i", []);
		model.visible.push(...staged);
	} else await world.store.abortImport("i");
	model.staged = undefined;
}

/** Latest version of each record, where all its compartments are named and it is no tombstone. */
function expected(model: Model, compartments: readonly Compartment[]): string[] {
	const latest = new Map<string, StoredRecord>();
	for (const row of model.visible) if ((latest.get(row.token)?.version ?? 0) < row.version) latest.set(row.token, row);
	const shown = [...latest.values()].filter(
		(row) => !row.deleted && row.compartments.split("+").every((name) => compartments.includes(name as Compartment)),
	);
	return shown.map((row) => `${row.token}/${row.version}`).sort();
}

it("[VA56] whatever is put, staged, committed, aborted, purged and reopened, the store shows what it should and fsck is clean", async () => {
	const { keyring } = await createBench();
	const subject = newSubject();
	await keyring.createSubject(subject, newPseudonym());
	const handles = await Promise.all(compartmentSets.map((set) => keyring.sealFor(subject, set)));
	const folder = temporaryFolder();
	let runs = 0;
	await fc.assert(
		fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
			const path = join(folder, `${runs++}.db`);
			const reopen = () => openSqliteStore({ path, custodian });
			const tokens = ["a", "b", "c", "d"].map((letter) => letter.repeat(64));
			const world: World = { store: reopen(), model: { visible: [], staged: undefined, versions: new Map() }, handles, subject, tokens, reopen };
			await world.store.putRecords(
				handles.map((handle) => handle.wrapped),
				[],
			);
			for (const one of steps) await run(world, one);
			for (const compartments of [["laboratory"], ["genomics", "laboratory"], ["vitals", "genomics", "laboratory"]] as Compartment[][]) {
				const rows = await world.store.listRecords(subject, compartments);
				expect(rows.map((row) => `${row.token}/${row.version}`).sort()).toEqual(expected(world.model, compartments));
				expect(await world.store.countRecords(subject, compartments)).toBe(rows.length);
			}
			expect(await fsckVault(world.store)).toMatchObject({ rows: world.model.visible.length, faults: [] });
			await world.store.close();
		}),
		{ numRuns: 40 },
	);
}, 60_000);

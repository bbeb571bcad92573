import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Compartment } from "#contracts";
import { splitCompartments } from "../compartments.ts";

/** The sets of compartments that rows and keys of a store lie in, each under a small number, kept in memory beside the table. */
export class CompartmentSets {
	readonly #ids = new Map<string, number>();
	readonly #names = new Map<number, string>();
	readonly #members = new Map<number, readonly Compartment[]>();
	readonly #list: StatementSync;
	readonly #insert: StatementSync;
	readonly #find: StatementSync;

	constructor(database: DatabaseSync) {
		this.#list = database.prepare("SELECT id, joined FROM compartment_sets");
		this.#insert = database.prepare("INSERT INTO compartment_sets VALUES (NULL, ?) ON CONFLICT DO NOTHING");
		this.#find = database.prepare("SELECT id FROM compartment_sets WHERE joined = ?");
		this.reload();
	}

	/** What the table says, after a transaction that was rolled back too. */
	reload(): void {
		for (const sets of [this.#ids, this.#names, this.#members]) sets.clear();
		for (const row of this.#list.all()) this.#remember(row.id as number, row.joined as string);
	}

	/** The number of a set, in its one spelling (SPEC VA1); made when new. */
	idOf(joined: string): number {
		const known = this.#ids.get(joined);
		if (known !== undefined) return known;
		this.#insert.run(joined);
		const { id } = this.#find.get(joined) as { id: number };
		this.#remember(id, joined);
		return id;
	}

	nameOf(id: number): string {
		return this.#names.get(id) ?? "";
	}

	membersOf(id: number): readonly Compartment[] {
		return this.#members.get(id) ?? [];
	}

	all(): readonly number[] {
		return [...this.#names.keys()];
	}

	/** Sets of which every compartment is named. */
	within(compartments: readonly Compartment[]): readonly number[] {
		const allowed = new Set(compartments);
		const ids: number[] = [];
		for (const [id, members] of this.#members) if (members.every((member) => allowed.has(member))) ids.push(id);
		return ids;
	}

	/** Sets of which some compartment is named. */
	touching(compartments: readonly Compartment[]): readonly number[] {
		return [...this.#members].filter(([, members]) => members.some((member) => compartments.includes(member))).map(([id]) => id);
	}

	#remember(id: number, joined: string): void {
		this.#ids.set(joined, id);
		this.#names.set(id, joined);
		this.#members.set(id, splitCompartments(joined));
	}
}

import type { MemberId } from "#base";
import { truncateWriteAheadLog } from "../exclusiveDatabase.ts";
import type { EpochFile } from "./epochFile.ts";
import type { KeyTables } from "./keyTables.ts";
import { createKeyRoot, type KeyRootDependencies } from "./kms/createKeyRoot.ts";
import type { KeyRootConfig } from "./kms/keyRoot.ts";
import type { RootKey } from "./rootKey.ts";
import type { SealingKey } from "./sealingKey.ts";

export interface RootMovesParameters extends KeyRootDependencies {
	readonly custodian: MemberId;
	readonly tables: KeyTables;
	readonly root: RootKey;
	readonly epochs: EpochFile;
	/** Throws once the keyring is closed. */
	readonly assertOpen: () => void;
	/** Brings to the tables what waits for them: a rotation re-wraps what is there. */
	readonly flush: () => void;
}

/** New roots: another generation under the same sealing key, or under another one, here or in a key service (SPEC VA22, VA23, VA37). */
export class RootMoves {
	readonly #parameters: RootMovesParameters;
	#moves: Promise<unknown> = Promise.resolve();

	constructor(parameters: RootMovesParameters) {
		this.#parameters = parameters;
	}

	/** To a new sealing key by `config`. Returns the new generation, like the others here. */
	async change(config: KeyRootConfig): Promise<number> {
		const { custodian } = this.#parameters;
		return this.#moveTo(await createKeyRoot(config, this.#parameters).createSealingKey({ custodian }));
	}

	/** The same sealing key under a new version of the key above it. */
	async rotateAbove(config: KeyRootConfig): Promise<number> {
		const { custodian, root } = this.#parameters;
		const keyRoot = createKeyRoot(config, this.#parameters);
		const { form, bytes } = root.sealingKey;
		await keyRoot.rotateAbove();
		return this.#moveTo({ form: await keyRoot.rewrapSealingKey(form, { custodian }), bytes });
	}

	/** One move after the other: between two the epoch file would know a sealing key too few. */
	#moveTo(sealingKey: SealingKey): Promise<number> {
		const move = this.#moves.then(() => this.#move(sealingKey));
		this.#moves = move.catch(() => {});
		return move;
	}

	/** Epoch keys open with either sealing key while the root moves, so a crash at any point leaves both files under one that opens. */
	async #move(sealingKey: SealingKey): Promise<number> {
		this.#parameters.assertOpen();
		const { epochs, root } = this.#parameters;
		epochs.settleMove(root.sealingKey);
		const old = root.sealingKey;
		epochs.prepareMove(sealingKey);
		const generation = await this.rotate(sealingKey);
		epochs.finishMove(sealingKey);
		if (old.bytes !== sealingKey.bytes) old.bytes.fill(0);
		return generation;
	}

	/** Keys wrapped under the old root are in no page and in no log afterwards. */
	async rotate(sealingKey?: SealingKey): Promise<number> {
		const generation = await this.#parameters.root.rotateInTurns(this.#parameters.flush, sealingKey);
		truncateWriteAheadLog(this.#parameters.tables.database);
		return generation;
	}
}

import { MessageChannel, type MessagePort } from "node:worker_threads";
import { equalBytes, type MemberId, makeRoom, type Pseudonym, type SubjectId } from "#base";
import type { RandomBytes } from "../../aead.ts";
import type { WrappedDataKey } from "../../vault.ts";
import type { DataKeyPlace } from "../openedKeys.ts";
import { keyBytes } from "../wrapping.ts";
import { sealBox } from "./openingBox.ts";

/** What a keyring tells its deputy. The deputy answers a generation by the same number, once nothing is opened under the ones before. */
export type ToDeputy =
	| { readonly kind: "appoint"; readonly custodian: MemberId; readonly boxKey: Uint8Array; readonly generation: number }
	| { readonly kind: "renew"; readonly generation: number };

/** Boxes kept at hand. */
const boxesMax = 4_096;

interface KeptBox {
	readonly log: string;
	readonly subject: SubjectId;
	readonly pseudonym: Pseudonym;
	readonly compartments: readonly string[];
	readonly wrapped: Uint8Array;
	readonly box: Uint8Array;
}

interface Fence {
	readonly generation: number;
	readonly resolve: () => void;
}

/** The keyring's end of its deputy: seals data keys that only the deputy can use, and takes all of them back at once (SPEC VA130–VA133). */
export class AppointedDeputy {
	/** For the thread of the deputy. */
	readonly there: MessagePort;
	readonly #here: MessagePort;
	readonly #boxKey: Uint8Array;
	readonly #randomBytes: RandomBytes;
	readonly #boxes = new Map<string, KeptBox>();
	#fences: Fence[] = [];
	#generation = 1;
	#ended = false;

	constructor({ custodian, randomBytes }: { readonly custodian: MemberId; readonly randomBytes: RandomBytes }) {
		const { port1, port2 } = new MessageChannel();
		[this.#here, this.there] = [port1, port2];
		this.#randomBytes = randomBytes;
		this.#boxKey = Uint8Array.from(randomBytes(keyBytes));
		port1.on("message", (generation: number) => this.#reached(generation));
		port1.on("close", () => this.#end());
		port1.unref();
		this.#tell({ kind: "appoint", custodian, boxKey: this.#boxKey, generation: this.#generation });
	}

	/** False once its thread is gone: it opens nothing any more. */
	get isThere(): boolean {
		return !this.#ended;
	}

	/**
	 * A key that the deputy may use for an entry of this log, {@link kept} from now on.
	 *
	 * @param open - Opens the data key. @throws whatever that throws.
	 */
	box(log: string, { subject, joined, id, wrapped }: DataKeyPlace, pseudonym: Pseudonym, open: () => Uint8Array): Uint8Array {
		const key = open();
		const box = sealBox(this.#boxKey, { generation: this.#generation, log, subject, pseudonym, joined, id, key }, this.#randomBytes);
		key.fill(0);
		makeRoom(this.#boxes, boxesMax);
		this.#boxes.set(id, { log, subject, pseudonym, compartments: joined.split("+"), wrapped: Uint8Array.from(wrapped), box });
		return box;
	}

	/** The box that was made of the same key for the same use, as long as nothing was taken back. */
	kept(log: string, { id, subject, compartments, wrapped }: WrappedDataKey, pseudonym: Pseudonym): Uint8Array | undefined {
		const kept = this.#boxes.get(id);
		if (kept === undefined || kept.log !== log || kept.subject !== subject || kept.pseudonym !== pseudonym) return undefined;
		return equalNames(kept.compartments, compartments) && equalBytes(kept.wrapped, wrapped) ? kept.box : undefined;
	}

	/** Takes back every box. Resolves once nothing is opened by one of them, and what was opened before has been handed on. */
	renew(): Promise<void> {
		this.#boxes.clear();
		if (this.#ended) return Promise.resolve();
		const generation = ++this.#generation;
		this.#tell({ kind: "renew", generation });
		return new Promise((resolve) => {
			this.#fences.push({ generation, resolve });
			// Keeps the process alive while somebody waits for it, and no longer.
			this.#here.ref();
		});
	}

	close(): void {
		this.#here.close();
		this.#end();
	}

	#tell(message: ToDeputy): void {
		this.#here.postMessage(message);
	}

	#reached(generation: number): void {
		const reached = this.#fences.filter((fence) => fence.generation <= generation);
		this.#fences = this.#fences.filter((fence) => fence.generation > generation);
		if (this.#fences.length === 0) this.#here.unref();
		for (const { resolve } of reached) resolve();
	}

	#end(): void {
		this.#ended = true;
		this.#boxKey.fill(0);
		this.#boxes.clear();
		this.#reached(Number.POSITIVE_INFINITY);
	}
}

function equalNames(one: readonly string[], other: readonly string[]): boolean {
	if (one.length !== other.length) return false;
	for (let at = 0; at < one.length; at++) if (one[at] !== other[at]) return false;
	return true;
}

import type { SubjectId } from "#base";
import type { DataClass } from "#contracts";

/** What an open stream is of, and how it is stopped. */
export interface ObjectStream {
	readonly subject: SubjectId;
	readonly compartments: readonly DataClass[];
	/** No byte leaves once this was called. */
	end(): void;
}

/** Objects that are being read now: an erasure ends those of its patient at once, a stop of the node all of them. */
export class ObjectStreams {
	readonly #open = new Set<ObjectStream>();

	add(stream: ObjectStream): void {
		this.#open.add(stream);
	}

	remove(stream: ObjectStream): void {
		this.#open.delete(stream);
	}

	/** Streams under way. */
	get size(): number {
		return this.#open.size;
	}

	end(subject: SubjectId, what: "all" | readonly DataClass[]): void {
		for (const stream of this.#open) {
			if (stream.subject !== subject) continue;
			if (what === "all" || stream.compartments.some((each) => what.includes(each))) stream.end();
		}
	}

	endAll(): void {
		for (const stream of this.#open) stream.end();
	}
}

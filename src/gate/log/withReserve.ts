import type { EmergencyReserve } from "./diskReserve.ts";
import { isDiskFull } from "./sqliteErrors.ts";

/** Runs a write that an emergency needs; where the disk is full, again with room from the reserve, as often as there is some. */
export function withReserve<Result>(reserve: EmergencyReserve | undefined, write: () => Result): Result {
	for (;;) {
		try {
			return write();
		} catch (error) {
			if (!isDiskFull(error) || reserve?.release() !== true) throw error;
		}
	}
}

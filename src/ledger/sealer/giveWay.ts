import { getPriority, setPriority } from "node:os";

/** Steps of niceness: three such threads together weigh as much as the sealing one, so that of two cores it keeps one to itself. */
const steps = 5;
const nicest = 19;

/**
 * Lets the calling thread stand back where cores are scarce. The sealing thread is the one that everybody waits for; those that verify signatures and
 * write the state file have the rest. On Linux alone each thread has a niceness of its own; elsewhere it would be the whole process's, and stays.
 */
export function giveWay(): void {
	if (process.platform !== "linux") return;
	try {
		setPriority(Math.min(nicest, getPriority() + steps));
	} catch {
		// A sandbox may forbid it: then all threads weigh the same, as elsewhere.
	}
}

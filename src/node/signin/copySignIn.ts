import { DatabaseSync } from "node:sqlite";
import { copyDatabase } from "../copyDatabase.ts";

/** What must not come back with a backup: what was taken back since would stand again, what was used up would serve again. */
const perishable = ["oidc", "mandate", "launch", "invitation", "challenge", "attempt", "provider_flow", "open_sitting"] as const;

/**
 * Copies what sign-in holds while it goes on: locked copies of keys, what happened with them, waiting replacements, registered applications, in
 * their seals. `signin.key`, without which all of it is noise, is not in it.
 *
 * @param to - Must not exist.
 */
export async function copySignIn(path: string, to: string): Promise<void> {
	await copyDatabase(path, to);
	const copy = new DatabaseSync(to);
	try {
		copy.exec("PRAGMA secure_delete = ON");
		for (const table of perishable) copy.exec(`DELETE FROM ${table}`);
		copy.exec("VACUUM");
	} finally {
		copy.close();
	}
}

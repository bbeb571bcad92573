import { expect, it, onTestFinished } from "vitest";
import { encodeUtf8, type Instant } from "#base";
import { systemRandom } from "../systemRandom.ts";
import { SignInDatabase } from "./signInDatabase.ts";

function open(secret: Uint8Array): SignInDatabase {
	const opened = new SignInDatabase({ path: ":memory:", secret, now: () => 0 as Instant, randomBytes: systemRandom });
	onTestFinished(() => opened.db.close());
	return opened;
}

const secret = systemRandom(32);

it("[SI22] copies no page to a file elsewhere, and overwrites what it deletes", () => {
	const { db } = open(secret);
	const inMemory = 2;
	expect([db.prepare("PRAGMA temp_store").get(), db.prepare("PRAGMA secure_delete").get()]).toMatchObject([
		{ temp_store: inMemory },
		{ secure_delete: 1 },
	]);
});

it("[SI22] a row opens under its own name and secret, and shows neither", () => {
	const database = open(secret);
	const name = database.nameOf("token", "what-the-client-holds");
	const sealed = database.seal(name, { account: "anna" });
	expect(database.open(name, sealed)).toEqual({ account: "anna" });
	expect(database.open(database.nameOf("token", "another"), sealed)).toBeUndefined();
	expect(open(systemRandom(32)).open(name, sealed)).toBeUndefined();
	for (let at = 0; at < sealed.length; at++) {
		expect(
			database.open(
				name,
				Uint8Array.from(sealed, (byte, i) => (i === at ? byte ^ 1 : byte)),
			),
			`byte ${at}`,
		).toBeUndefined();
	}
	expect(Buffer.from(sealed).includes(Buffer.from(encodeUtf8("anna")))).toBe(false);
	expect(name).not.toContain("what-the-client-holds");
	expect(open(systemRandom(32)).nameOf("token", "what-the-client-holds")).not.toBe(name);
});

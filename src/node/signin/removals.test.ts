import { copyFileSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { canonicalBytes, createSigningKey, type Digest, encodeHex, type PublicKey, sha256Hex } from "#base";
import { keyOfPrf, lockSecret } from "#wallet";
import { openSmallNetwork, type SmallNetwork } from "../testing/smallNetwork.ts";
import { copySignIn } from "./copySignIn.ts";
import { SignIn } from "./signIn.ts";

/** A way to a key that was removed after a backup, and the backup brought back. */
let small: SmallNetwork;
let signIn: SignIn;
let key: PublicKey;

const open = () => new SignIn({ network: small.network, institution: small.institution(), origin: () => "https://north.example" });
const at = (name: string) => join(signIn.folder, name);

beforeEach(async () => {
	small = await openSmallNetwork();
	signIn = open();
	key = createSigningKey(small.network.randomBytes(32)).publicKey;
	for (const name of ["first", "stolen"]) await keep(name);
});
afterEach(async () => {
	signIn.close();
	await small.close();
});

async function keep(name: string): Promise<void> {
	const salt = encodeHex(small.network.randomBytes(16));
	const lockKey = keyOfPrf(new Uint8Array(32).fill(3), salt);
	const secret = small.network.randomBytes(32);
	const locked = await lockSecret(secret, { kind: "ledger-key", by: "passphrase", key: lockKey, salt, randomBytes: small.network.randomBytes });
	const kept = { locked, login: { by: "passphrase", name, proof: "ab".repeat(32) }, note: "", rotation: 0 };
	await signIn.keepers.keep(kept, { key, digest: sha256Hex(canonicalBytes(kept)) as Digest });
}
const opens = (name: string) => {
	try {
		return signIn.keepers.openByPassphrase({ name, proof: "ab".repeat(32) }).key === key;
	} catch {
		return false;
	}
};
function remove(name: string): void {
	small.advance(1_000);
	signIn.keepers.remove(key, signIn.keepers.list(key).find((each) => each.name === name)?.id ?? "");
}
const backUp = () => copySignIn(at("signin.db"), at("backup.db"));
function bringBack(): void {
	signIn.close();
	for (const end of ["", "-wal", "-shm"]) rmSync(at(`signin.db${end}`), { force: true });
	copyFileSync(at("backup.db"), at("signin.db"));
	signIn = open();
}

describe("what was removed after a backup", () => {
	it("[SI119] opens nothing when the backup is brought back, while the others do", async () => {
		await backUp();
		remove("stolen");
		bringBack();
		expect([opens("first"), opens("stolen"), signIn.reviews.dueSince(key)]).toEqual([true, false, undefined]);
		expect(signIn.keepers.list(key).map(({ name }) => name)).toEqual(["first"]);
	});

	it("[SI119] is removed although the stop came between the file and the row; a line cut short counts for nothing and hides none after it", async () => {
		await backUp();
		remove("stolen");
		const text = readFileSync(at("signin-removed.log"), "utf8");
		bringBack();
		truncateSync(at("signin-removed.log"), text.length - 9);
		signIn.close();
		copyFileSync(at("backup.db"), at("signin.db"));
		signIn = open();
		expect(opens("stolen")).toBe(true);
		remove("first");
		copyFileSync(at("backup.db"), at("signin.db"));
		signIn.close();
		for (const end of ["-wal", "-shm"]) rmSync(at(`signin.db${end}`), { force: true });
		copyFileSync(at("backup.db"), at("signin.db"));
		signIn = open();
		expect(opens("first")).toBe(false);
	});

	it("[SI119] may have its name in use again: what was kept later stays", async () => {
		remove("stolen");
		small.advance(1_000);
		await keep("stolen");
		signIn.close();
		signIn = open();
		expect(opens("stolen")).toBe(true);
	});

	it.each(["lost", "another house's", "not what it was"])(
		"[SI120] is told of where the file was %s: everybody looks through their ways, until they say that they did",
		async (what) => {
			await backUp();
			remove("stolen");
			signIn.close();
			if (what === "lost") rmSync(at("signin-removed.log"));
			else writeFileSync(at("signin-removed.log"), what === "not what it was" ? "noise" : `aceso/signin-removed/1 ${"0".repeat(32)}\n`);
			bringBack();
			const since = signIn.reviews.dueSince(key);
			expect(since).toBeGreaterThan(0);
			// Another start asks for nothing more, and forgets nothing either.
			signIn.close();
			signIn = open();
			expect(signIn.reviews.dueSince(key)).toBe(since);
			signIn.reviews.done(key);
			// The backup is of a file that is gone, so that bringing it back once more asks once more; what is removed meanwhile stays removed.
			remove("stolen");
			bringBack();
			expect([opens("stolen"), signIn.reviews.dueSince(key) !== undefined]).toEqual([false, true]);
		},
	);

	it("[SI120] a first start, and one without removals, ask nobody", () => {
		expect(signIn.reviews.dueSince(key)).toBeUndefined();
		signIn.close();
		signIn = open();
		expect(signIn.reviews.dueSince(key)).toBeUndefined();
	});
});

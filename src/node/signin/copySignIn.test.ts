import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { FastifyInstance } from "fastify";
import { afterAll, expect, it } from "vitest";
import { canonicalBytes, type Digest, encodeHex, sha256Hex } from "#base";
import { createWallet, keyOfPrf, lockSecret } from "#wallet";
import { createInstitutionApp } from "../app.ts";
import { backupMember } from "../backupMember.ts";
import { restoreBackup } from "../restoreBackup.ts";
import { byPseudonym, openSmallNetwork, type SmallNetwork, smallMembers } from "../testing/smallNetwork.ts";

const members = smallMembers.slice(0, 1);
const folder = mkdtempSync(join(tmpdir(), "aceso-signin-copy-"));
let small: SmallNetwork;
let app: FastifyInstance;
afterAll(async () => {
	await app?.close();
	await small?.close();
	rmSync(folder, { recursive: true, force: true });
});

const open = (name: string) => app.inject({ method: "POST", url: "/signin/keepers/passphrase/open", payload: { name, proof: "ab".repeat(32) } });

async function keep(given: string) {
	const secret = small.network.randomBytes(32);
	const { key, pseudonym } = await small.admit({ family: "Kopi", given, birthDate: "1955-01-01" }, { wallet: createWallet(secret) });
	const salt = encodeHex(small.network.randomBytes(16));
	const lockKey = keyOfPrf(new Uint8Array(32).fill(3), salt);
	const locked = await lockSecret(secret, { kind: "wallet-seed", by: "passphrase", key: lockKey, salt, randomBytes: small.network.randomBytes });
	const kept = { locked, login: { by: "passphrase", name: given.toLowerCase(), proof: "ab".repeat(32) }, note: "", rotation: 0 };
	const signed = small.sign(key, { kind: "keep-key", digest: sha256Hex(canonicalBytes(kept)) as Digest });
	expect((await app.inject({ method: "POST", url: "/signin/keepers", payload: { signed, kept } })).statusCode).toBe(200);
	return { key, pseudonym };
}

it("[SI68] a backup holds what people left at sign-in and nothing that serves or was allowed; put back, it revives nobody who was erased", async () => {
	small = await openSmallNetwork({ members });
	app = createInstitutionApp(small.network, small.institution());
	await app.ready();
	await keep("Ane");
	const gone = await keep("Geir");
	await app.inject({ method: "POST", url: "/signin/keepers/passkey/begin", payload: {} });
	const out = join(folder, "backup");
	const { files } = await backupMember(small.network, "north", out);
	expect(Object.keys(files)).toContain("signin.db");
	const copy = new DatabaseSync(join(out, "signin.db"), { readOnly: true });
	const rows = (table: string) => Number(copy.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.n);
	expect(["keeper", "event", "challenge", "mandate", "oidc", "invitation"].map(rows)).toEqual([2, 2, 0, 0, 0, 0]);
	copy.close();
	await small.institution().gate.erase(small.sign(gone.key, { kind: "erase", patient: byPseudonym(gone.pseudonym), compartments: "all" }));
	expect([(await open("ane")).statusCode, (await open("geir")).statusCode]).toEqual([200, 401]);

	await app.close();
	await small.close();
	const home = join(small.folder, "members", "north");
	for (const suffix of ["", "-wal", "-shm"]) rmSync(join(home, `signin.db${suffix}`), { force: true });
	const { broughtBack } = await restoreBackup({ folder: small.folder, member: "north", backup: out });
	expect([broughtBack, existsSync(join(home, "signin.db"))]).toEqual([["signin.db"], true]);
	small = await openSmallNetwork({ folder: small.folder, members });
	app = createInstitutionApp(small.network, small.institution());
	await app.ready();
	expect([(await open("ane")).statusCode, (await open("geir")).statusCode]).toEqual([200, 401]);
}, 120_000);

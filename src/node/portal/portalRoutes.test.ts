import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync } from "node:zlib";
import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sha256Hex } from "#base";
import { formatPortalManifest, manifestPath } from "#wallet";
import { createInstitutionApp } from "../app.ts";
import { openDemoNetwork } from "../demo/openDemoNetwork.ts";
import type { Network } from "../network.ts";
import { quickScrypt } from "../testing/quickScrypt.ts";
import { loadPortal } from "./portal.ts";

function writeManifest(folder: string, paths: readonly string[]): void {
	const named = paths.map((path) => {
		const bytes = readFileSync(join(folder, path));
		return { path, sha256: sha256Hex(bytes), size: bytes.length };
	});
	writeFileSync(join(folder, manifestPath), formatPortalManifest(named));
}

const html = { accept: "text/html,application/xhtml+xml" };
let home: string;
let network: Network;
let app: FastifyInstance;

beforeAll(async () => {
	home = mkdtempSync(join(tmpdir(), "aceso-portal-"));
	const built = join(home, "built");
	mkdirSync(join(built, "assets"), { recursive: true });
	writeFileSync(join(built, "index.html"), "<!doctype html><title>page</title>");
	writeFileSync(join(built, "assets/main-1.js"), "script".repeat(100));
	writeFileSync(join(built, "assets/main-1.js.br"), brotliCompressSync("script".repeat(100)));
	writeFileSync(join(built, "guard.js"), "guard");
	writeManifest(built, ["index.html", "assets/main-1.js", "guard.js"]);
	writeFileSync(join(built, "notes.txt"), "not served: the manifest does not name it");
	({ network } = await openDemoNetwork({ folder: join(home, "data"), scrypt: quickScrypt }));
	app = createInstitutionApp(network, network.institution("harbor"), { portal: loadPortal(built) });
	await app.ready();
});
afterAll(async () => {
	await app.close();
	await network.close();
	rmSync(home, { recursive: true, force: true });
});

describe("the portal's files", () => {
	it("[PO10] the page answers a browser at the root and at every address that is no route; a program gets the routes", async () => {
		for (const url of ["/", "/who-looked", "/who-can-see-what/0123?x=1"]) {
			const answer = await app.inject({ url, headers: html });
			expect([answer.statusCode, answer.headers["content-type"], answer.body]).toEqual([
				200,
				"text/html; charset=utf-8",
				expect.stringContaining("page"),
			]);
		}
		expect((await app.inject({ url: "/" })).json()).toMatchObject({ member: "harbor" });
		for (const url of ["/api/nothing", "/log/nothing", "/assets/nothing.js", "/fhir/Patient"]) {
			expect((await app.inject({ url, headers: html })).statusCode, url).toBeGreaterThanOrEqual(404);
		}
	});

	it("[PO11] every answer carries the policy: nothing from elsewhere, no script in the page, no frame around it", async () => {
		for (const url of ["/", "/assets/main-1.js"]) {
			const { headers } = await app.inject({ url, headers: html });
			const policy = String(headers["content-security-policy"]);
			expect(policy).not.toMatch(/unsafe|\*|https?:/);
			for (const rule of [
				"default-src 'none'",
				"script-src 'self'",
				"frame-ancestors 'none'",
				"base-uri 'none'",
				"require-trusted-types-for 'script'",
			]) {
				expect(policy.split("; ")).toContain(rule);
			}
			expect(headers["x-content-type-options"]).toBe("nosniff");
			expect(headers["referrer-policy"]).toBe("no-referrer");
		}
	});

	it("[PO12] what has a hash in its name is kept for ever, the page is asked for again; compressed where that is understood", async () => {
		const plain = await app.inject({ url: "/assets/main-1.js" });
		expect(plain.headers["cache-control"]).toContain("immutable");
		expect(plain.headers["content-encoding"]).toBeUndefined();
		expect((await app.inject({ url: "/assets/main-1.js", headers: { "accept-encoding": "gzip, br" } })).headers["content-encoding"]).toBe("br");
		expect((await app.inject({ url: "/", headers: html })).headers["cache-control"]).toBe("no-cache");
		expect((await app.inject({ url: "/guard.js" })).headers["cache-control"]).toBe("public, max-age=86400");
		expect((await app.inject({ url: "/notes.txt", headers: html })).body).not.toContain("not served");
		for (const url of ["/assets/../../data/network.json", "/assets/%2e%2e/index.html"]) expect((await app.inject({ url })).statusCode, url).toBe(404);
	});
});

describe("the portal's manifest", () => {
	it("[ND115] is served as it was built, its hash is what members vote for, and a build that is not as it says is not served", async () => {
		const built = join(home, "built");
		const { body, headers } = await app.inject({ url: "/portal.json" });
		expect(headers["cache-control"]).toBe("no-cache");
		expect(loadPortal(built).hash).toBe(sha256Hex(Buffer.from(body)));
		const before = readFileSync(join(built, "guard.js"));
		writeFileSync(join(built, "guard.js"), "another guard");
		expect(() => loadPortal(built)).toThrow("guard.js");
		writeFileSync(join(built, "guard.js"), before);
		expect(loadPortal(built).named.map(({ path }) => path)).toEqual(["assets/main-1.js", "guard.js", "index.html"]);
	});
});

describe("the demonstration's keys", () => {
	const ask = (headers: Record<string, string>, remoteAddress = "127.0.0.1") =>
		app.inject({ url: "/api/demo/people", headers, remoteAddress }).then(({ statusCode }) => statusCode);

	it("[PO13] are handed to this machine alone, under one of its own names: a page that rebinds a name and a neighbour get nothing", async () => {
		for (const host of ["localhost:7400", "127.0.0.1:7400", "[::1]:7400"]) expect(await ask({ host }), host).toBe(200);
		for (const host of ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:7400", "127.0.0.1@evil.example"]) {
			expect(await ask({ host }), host).toBe(404);
		}
		for (const remote of ["10.0.0.7", "192.168.1.2", "::ffff:10.0.0.7", "2001:db8::1"])
			expect(await ask({ host: "localhost" }, remote), remote).toBe(404);
		const away = await app.inject({ method: "POST", url: "/api/demo/keys", payload: { key: "james-okafor" }, headers: { host: "evil.example" } });
		expect([away.statusCode, away.body.includes("seed")]).toEqual([404, false]);
	});

	it("[PO13] are of people of this institution", async () => {
		const headers = { host: "localhost" };
		const { people } = (await app.inject({ url: "/api/demo/people", headers })).json() as { people: { key: string; kind: string }[] };
		expect(people.some(({ key }) => key === "james-okafor")).toBe(true);
		expect(people.some(({ key }) => key === "walter-lehmann")).toBe(false);
	});

	it("[PO243] are told in both languages who they are, each of them, at every institution", async () => {
		for (const { id } of network.institutions.values()) {
			const other = createInstitutionApp(network, network.institution(id));
			const { people } = (await other.inject({ url: "/api/demo/people", headers: { host: "localhost" } })).json() as {
				people: { about: string; aboutDe: string }[];
			};
			await other.close();
			expect(people.length).toBeGreaterThan(5);
			expect(people.filter(({ about, aboutDe }) => about === aboutDe || about === "" || aboutDe === "")).toEqual([]);
		}
	});

	it("[PO13] a stranger's key is none", async () => {
		const headers = { host: "localhost" };
		const keys = (key: unknown) => app.inject({ method: "POST", url: "/api/demo/keys", payload: { key }, headers });
		expect((await keys("james-okafor")).json()).toMatchObject({ seed: expect.stringMatching(/^[0-9a-f]{64}$/) });
		for (const key of ["walter-lehmann", "__proto__", 7]) expect((await keys(key)).statusCode, String(key)).toBeGreaterThanOrEqual(400);
	});
});

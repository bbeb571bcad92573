import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createInstitutionApp } from "../app.ts";
import { createNodeApp } from "../nodeApp.ts";
import { openSmallNetwork, type SmallNetwork } from "../testing/smallNetwork.ts";

let small: SmallNetwork;
beforeAll(async () => {
	small = await openSmallNetwork();
});
afterAll(() => small.close());

it("[SI48] the operator registers, lists and removes applications and invites colleagues over the owner's socket alone", async () => {
	const app = createNodeApp(small.network);
	const ask = async (method: "GET" | "POST" | "DELETE", url: string, payload?: object) => {
		const answer = await app.inject({ method, url: `/admin/members/north${url}`, ...(payload === undefined ? {} : { payload }) });
		return { status: answer.statusCode, body: answer.json() as never };
	};
	const chart = {
		client: "chart",
		name: "Chart",
		redirectUris: ["https://app.example/back"],
		authentication: "secret",
		scopes: ["patient/*.rs"],
		purpose: "TREAT",
		level: "identified",
	};
	expect(await ask("POST", "/apps", chart)).toMatchObject({
		status: 200,
		body: { client: "chart", secret: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/) },
	});
	const { body } = await ask("GET", "/apps");
	expect(body).toMatchObject([{ client: "chart" }]);
	expect(JSON.stringify(body)).not.toContain("secretHash");
	expect(await ask("POST", "/apps", { ...chart, purpose: "SYSTEM" })).toMatchObject({ status: 400, body: { code: "SIGNIN_APP_INVALID" } });
	expect(await ask("DELETE", "/apps/chart")).toMatchObject({ status: 200 });
	expect((await ask("GET", "/apps")).body).toEqual([]);
	const validUntil = new Date(small.network.now() + 86_400_000).toISOString().slice(0, 10);
	const invited = await ask("POST", "/staff-invitations", { kind: "staff", name: "Dr. Moe", credential: "practitioner", validUntil });
	expect(invited).toMatchObject({ status: 200, body: { path: expect.stringMatching(/^\/signin\/invitation#[A-Za-z0-9_-]{32}$/) } });
	await app.close();
});

it("[SI124] the operator sees how often signing in failed, by hour and kind, and nobody's name; a name that nobody has costs as many writes as another", async () => {
	const app = createInstitutionApp(small.network, small.institution(), { publicUrl: "https://north.example" });
	const node = createNodeApp(small.network);
	const post = (url: string, payload: object) => app.inject({ method: "POST", url: `/signin/keepers/${url}`, payload });
	const proof = "ab".repeat(32);
	for (let times = 0; times < 6; times++) await post("passphrase/open", { name: "erika.marker", proof });
	await post("passkey/open", { challenge: "00".repeat(16), response: {} });
	const list = await node.inject({ url: "/admin/members/north/sign-in-failures" });
	expect(list.json().map(({ kind, count }: { kind: string; count: number }) => [kind, count])).toEqual([
		["name-slowed-down", 1],
		["name-unknown", 5],
		["passkey-refused", 1],
	]);
	expect([list.body.includes("marker"), (await app.inject({ url: "/admin/members/north/sign-in-failures" })).statusCode]).toEqual([false, 404]);
	const db = new DatabaseSync(join(small.network.folder, "members", "north", "signin.db"), { readOnly: true });
	expect(Number(db.prepare("SELECT count(*) AS n FROM event").get()?.n)).toBe(5);
	db.close();
	await Promise.all([app.close(), node.close()]);
});

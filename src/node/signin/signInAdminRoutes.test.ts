import { afterAll, beforeAll, expect, it } from "vitest";
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

import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { SubscriptionNotice } from "#gate";
import { openHookServer } from "../../testing/hookServer.ts";
import { codeOf } from "../../testing/smallNetwork.ts";
import { createDeliver } from "./deliver.ts";
import { type AllowedEndpoint, allowing, isPublicAddress, loadEndpoints } from "./endpoints.ts";

const list: readonly AllowedEndpoint[] = [{ url: "https://hooks.example/fhir/", isInside: false }];
const isAllowed = (url: string) => allowing(list, url) !== undefined;

describe("endpoints", () => {
	it("[FR77] an address begins with an entry of the list, as it is used and not as it is written", () => {
		for (const url of ["https://hooks.example/fhir/", "https://hooks.example/fhir/a/b?c=d", "HTTPS://HOOKS.example:443/fhir/x"])
			expect(isAllowed(url), url).toBe(true);
		for (const url of [
			"http://hooks.example/fhir/",
			"https://hooks.example/fhir",
			"https://hooks.example/other/",
			"https://hooks.example/fhir/../admin",
			"https://hooks.example/fhir/%2e%2e/admin",
			"https://hooks.example/fhir/..%2fadmin",
			"https://hooks.example/fhir/..%5Cadmin",
			"https://hooks.example:8443/fhir/",
			"https://hooks.example.evil.example/fhir/",
			"https://user@hooks.example/fhir/",
			"https://hooks.example@evil.example/fhir/",
			"https://hooks.example/fhir/#x",
			"file:///etc/passwd",
			"//hooks.example/fhir/",
			"",
			`https://hooks.example/fhir/${"x".repeat(3_000)}`,
		])
			expect(isAllowed(url), url).toBe(false);
	});

	it("[FR77] addresses of no public place are not connected to, in any of their spellings", () => {
		for (const address of ["1.1.1.1", "9.255.255.255", "172.32.0.1", "2606:4700::1111", "2a00:1450:4001::1"])
			expect(isPublicAddress(address), address).toBe(true);
		for (const address of [
			...["0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.8.8.8", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.168.1.1"],
			...["198.18.0.1", "224.0.0.1", "255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "::ffff:a00:1", "64:ff9b::7f00:1", "fc00::1"],
			...["fd12::1", "fe80::1", "ff02::1", "2001:db8::1", "2002:7f00:1::", "2001:0:7f00:1::", "localhost", ""],
		])
			expect(isPublicAddress(address), address).toBe(false);
	});

	it("[FR77] a list of another form is refused, and without one there is no endpoint", async () => {
		const path = join(mkdtempSync(join(tmpdir(), "aceso-hooks-")), "subscriptions.json");
		expect(loadEndpoints(path)).toEqual([]);
		const write = (endpoints: object[], format = "aceso/subscription-endpoints/1") => writeFileSync(path, JSON.stringify({ format, endpoints }));
		write([{ url: "https://hooks.example/fhir/", isInside: false }]);
		expect(loadEndpoints(path)).toHaveLength(1);
		for (const url of ["https://hooks.example/fhir", "http://hooks.example/", "ftp://hooks.example/", "https://hooks.example/a/../"]) {
			write([{ url, isInside: false }]);
			expect(await codeOf(async () => loadEndpoints(path)), url).toBe("NODE_ENDPOINTS_INVALID");
		}
		writeFileSync(path, "{");
		expect(await codeOf(async () => loadEndpoints(path))).toBe("NODE_ENDPOINTS_INVALID");
	});
});

describe("delivery", () => {
	const notice = (endpoint: string, more: Partial<SubscriptionNotice> = {}): SubscriptionNotice => ({
		...{ id: "s", kind: "event", events: 0, records: [], isPermitted: async () => true },
		channel: JSON.stringify({ endpoint, headers: [], content: "empty" }),
		...more,
	});

	it("[FR77] a name that leads into the house, wholly or in part, is told nothing unless it is of the house", async () => {
		const hook = await openHookServer();
		const { port } = new URL(hook.url);
		const url = `http://hooks.example:${port}/hook/`;
		const going = (addresses: readonly string[], isInside: boolean) =>
			createDeliver({
				...{ endpoints: () => [{ url, isInside }], baseUrl: () => "", now: () => 0 },
				lookup: ((_name: string, _options: object, callback: (error: null, found: object[]) => void) =>
					callback(
						null,
						addresses.map((address) => ({ address, family: 4 })),
					)) as never,
			})(notice(url));
		expect(await going(["127.0.0.1"], false)).toBe("unreachable");
		expect(await going(["1.1.1.1", "127.0.0.1"], false)).toBe("unreachable");
		expect(hook.got).toEqual([]);
		expect(await going(["127.0.0.1"], true)).toBe("delivered");
		expect(hook.got).toHaveLength(1);
		await hook.close();
	});

	it("[FR77] a literal address of the house, a redirect there, a list without the endpoint, and a record's name as a way up", async () => {
		const hook = await openHookServer();
		const to = (endpoint: string, endpoints: readonly AllowedEndpoint[], more: Partial<SubscriptionNotice> = {}) =>
			createDeliver({ endpoints: () => endpoints, baseUrl: () => "", now: () => 0 })(notice(endpoint, more));
		const { port } = new URL(hook.url);
		for (const host of ["127.0.0.1", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1"]) {
			const url = new URL(`http://${host}:${port}/hook/`).href;
			expect(await to(url, [{ url, isInside: false }]), host).toBe("not-allowed");
		}
		expect(await to(hook.url, [])).toBe("not-allowed");
		const inside = [{ url: hook.url, isInside: true }];
		const records = [{ resource: { resourceType: "Observation", id: ".." }, text: "{}" }] as unknown as SubscriptionNotice["records"];
		const channel = JSON.stringify({ endpoint: `${hook.url}`, headers: [], content: "resource" });
		expect(hook.got).toEqual([]);
		await to(hook.url, inside, { records, channel });
		expect(hook.got.map(({ path }) => path)).toEqual(["/hook/"]);
		expect(await to(hook.url, inside, { records: [{ ...records[0], resource: { resourceType: "..", id: ".." } }] as never, channel })).toBe(
			"not-allowed",
		);
		hook.answer = { status: 307, headers: { location: `${hook.url}elsewhere` } };
		expect(await to(hook.url, inside)).toBe("refused");
		expect(hook.got.filter(({ path }) => path.endsWith("elsewhere"))).toEqual([]);
		await hook.close();
	});

	it("[FR76] it is asked before each request whether it is still permitted", async () => {
		const hook = await openHookServer();
		let left = 1;
		const records = ["a", "b", "c"].map((id) => ({ resource: { resourceType: "Observation", id }, text: "{}" })) as never;
		const channel = JSON.stringify({ endpoint: hook.url, headers: [], content: "resource" });
		const deliver = createDeliver({ endpoints: () => [{ url: hook.url, isInside: true }], baseUrl: () => "", now: () => 0 });
		expect(await deliver(notice(hook.url, { records, channel, isPermitted: async () => left-- > 0 }))).toBe("not-permitted");
		expect(hook.got.map(({ path }) => path)).toEqual(["/hook/Observation/a"]);
		await hook.close();
	});
});

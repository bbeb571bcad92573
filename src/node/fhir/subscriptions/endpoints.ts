import { existsSync, readFileSync } from "node:fs";
import { BlockList, isIP } from "node:net";
import { join } from "node:path";
import { z } from "zod";
import { NodeError } from "../../errors.ts";

const config = z.strictObject({
	format: z.literal("aceso/subscription-endpoints/1"),
	endpoints: z
		.array(
			z.strictObject({
				/** What an endpoint's address has to begin with; it ends with a slash, so that no other host or folder begins alike. */
				url: z.url({ protocol: /^https?$/ }).refine((url) => url.endsWith("/") && new URL(url).href === url),
				/** True for a system of the house: only then may its name stand for an address that the world does not reach, and only then may it go by http. */
				isInside: z.boolean(),
			}),
		)
		.max(256),
});

/** Where an institution says which systems may be told of changes. */
export interface AllowedEndpoint {
	readonly url: string;
	readonly isInside: boolean;
}

export function endpointsPath(folder: string): string {
	return join(folder, "subscriptions.json");
}

/**
 * Reads where notifications may go. Without the file: nowhere.
 * @throws NodeError `NODE_ENDPOINTS_INVALID` with the place of the first fault.
 */
export function loadEndpoints(path: string): readonly AllowedEndpoint[] {
	if (!existsSync(path)) return [];
	const stored = config.safeParse(readJson(path));
	if (!stored.success) throw invalid(stored.error.issues[0]?.path.join(".") ?? "");
	const { endpoints } = stored.data;
	const open = endpoints.findIndex(({ url, isInside }) => url.startsWith("http:") && !isInside);
	if (open >= 0) throw invalid(`endpoints.${open}.url`);
	return endpoints;
}

function invalid(at: string): NodeError {
	return new NodeError("NODE_ENDPOINTS_INVALID", "subscriptions.json does not have the expected form", { at });
}

function readJson(path: string): unknown {
	try {
		return JSON.parse(readFileSync(path, "utf8"));
	} catch {
		throw invalid("");
	}
}

/**
 * The entry that allows an address; undefined where none does. Compared as the address is used: dots are resolved, and what a system behind could
 * read as a way up is refused.
 */
export function allowing(endpoints: readonly AllowedEndpoint[], text: string): AllowedEndpoint | undefined {
	if (text.length > 2_000 || !URL.canParse(text)) return undefined;
	const { href, username, password, hash, pathname } = new URL(text);
	if (username !== "" || password !== "" || hash !== "" || /%2f|%5c|\\/i.test(pathname)) return undefined;
	return endpoints.find(({ url }) => href.startsWith(url));
}

/** Addresses that are nobody's on the internet, or that lead back into the house (IANA special-purpose registries, RFC 6890). */
const notPublic = new BlockList();
for (const [net, prefix] of [
	["0.0.0.0", 8],
	["10.0.0.0", 8],
	["100.64.0.0", 10],
	["127.0.0.0", 8],
	["169.254.0.0", 16],
	["172.16.0.0", 12],
	["192.0.0.0", 24],
	["192.0.2.0", 24],
	["192.88.99.0", 24],
	["192.168.0.0", 16],
	["198.18.0.0", 15],
	["198.51.100.0", 24],
	["203.0.113.0", 24],
	["224.0.0.0", 4],
	["240.0.0.0", 4],
] as const)
	notPublic.addSubnet(net, prefix, "ipv4");
// Of IPv6 only global unicast is public, without what wraps an IPv4 address or documents.
for (const [net, prefix] of [
	["2001::", 23],
	["2001:db8::", 32],
	["2002::", 16],
	["3fff::", 20],
] as const)
	notPublic.addSubnet(net, prefix, "ipv6");
const globalUnicast = new BlockList();
globalUnicast.addSubnet("2000::", 3, "ipv6");

export function isPublicAddress(address: string): boolean {
	if (isIP(address) === 4) return !notPublic.check(address, "ipv4");
	return isIP(address) === 6 && globalUnicast.check(address, "ipv6") && !notPublic.check(address, "ipv6");
}

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { createSigningKey, decodeHex, type SigningKey } from "#base";
import { NodeError } from "../errors.ts";

/** Kinds of keys by which a client may sign: no symmetric one, and of the asymmetric those of 128 bits of strength and more. */
const publicKey = z.discriminatedUnion("kty", [
	z.object({ kty: z.literal("OKP"), crv: z.literal("Ed25519"), kid: z.string().min(1), x: z.string() }),
	z.object({ kty: z.literal("EC"), crv: z.literal("P-384"), kid: z.string().min(1), x: z.string(), y: z.string() }),
	// 3072 bits of modulus are 512 characters of base64url.
	z.object({ kty: z.literal("RSA"), kid: z.string().min(1), n: z.string().min(512), e: z.string() }),
]);

const client = z.strictObject({
	/** `iss` of its tokens. */
	issuer: z.string().min(1).max(300),
	/** Keys that were handed over. */
	keys: z.array(publicKey).max(16),
	/** Addresses from which its key set may be fetched; a token's `jku` has to be one of them. */
	keySets: z.array(z.url({ protocol: /^https$/ })).max(4),
	/** `context.userId` → seed of the key with which this house asks for that person, 32 bytes in hex. */
	users: z.record(z.string().regex(/^(?:Practitioner|PractitionerRole)\/[A-Za-z0-9.-]{1,64}$/), z.string().regex(/^[0-9a-f]{64}$/)),
});

const config = z.strictObject({
	format: z.literal("aceso/cds-clients/1"),
	/** What the audience of a token begins with: the service's address as its clients know it, without a slash at the end. */
	baseUrl: z.url({ protocol: /^https?$/ }).refine((url) => !url.endsWith("/")),
	clients: z.array(client).max(64),
});

export type StoredCdsConfig = z.infer<typeof config>;
/** A public key of a record system (RFC 7517). */
export type CdsClientKey = z.infer<typeof publicKey>;

/** A record system that may ask this house's services. */
export interface CdsClient {
	readonly issuer: string;
	readonly keys: readonly CdsClientKey[];
	readonly keySets: readonly string[];
	/** Key by `context.userId`. */
	readonly users: ReadonlyMap<string, SigningKey>;
}

export interface CdsConfig {
	readonly baseUrl: string;
	readonly clients: readonly CdsClient[];
}

/** Where an institution says which record systems may ask. It holds keys: only the node's owner may read it. */
export function cdsConfigPath(folder: string): string {
	return join(folder, "cds.json");
}

/**
 * Reads which record systems may ask, and for whom.
 *
 * @returns undefined where there is no such file: then nobody may.
 * @throws NodeError `CDS_CONFIG_INVALID` with the place of the first fault.
 */
export function loadCdsConfig(path: string): CdsConfig | undefined {
	if (!existsSync(path)) return undefined;
	const stored = config.safeParse(readJson(path));
	if (!stored.success)
		throw new NodeError("CDS_CONFIG_INVALID", "cds.json does not have the expected form", { at: stored.error.issues[0]?.path.join(".") ?? "" });
	const { baseUrl, clients } = stored.data;
	if (new Set(clients.map(({ issuer }) => issuer)).size !== clients.length)
		throw new NodeError("CDS_CONFIG_INVALID", "expected each issuer once", { at: "clients" });
	return {
		baseUrl,
		clients: clients.map(({ users, ...rest }) => ({
			...rest,
			users: new Map(Object.entries(users).map(([id, seed]) => [id, createSigningKey(decodeHex(seed, 32))])),
		})),
	};
}

function readJson(path: string): unknown {
	try {
		return JSON.parse(readFileSync(path, "utf8"));
	} catch {
		// The parser's message quotes the file, which holds keys.
		throw new NodeError("CDS_CONFIG_INVALID", "expected cds.json to be JSON", { at: "" });
	}
}

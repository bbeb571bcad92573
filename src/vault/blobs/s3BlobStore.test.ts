import { afterAll, describe, expect, it, onTestFinished } from "vitest";
import { encodeHex, type Instant, systemClock } from "#base";
import { randomBytes } from "../vault.fixtures.ts";
import type { BlobReader } from "./blobStore.ts";
import { openBlob } from "./openBlob.ts";
import { S3BlobStore, type S3BlobStoreParameters } from "./s3BlobStore.ts";
import { identityOf, sealBlob } from "./sealBlob.ts";
import { collect, dataKey, patternBytes, sealingParameters } from "./testing/blobFixtures.ts";
import { describeBlobStore, inPieces, namesIn, newBlobName } from "./testing/describeBlobStore.ts";
import { type S3StandIn, startS3StandIn, type Trouble } from "./testing/s3StandIn.ts";

const coded = (code: string) => expect.objectContaining({ code });
const running: S3StandIn[] = [];
afterAll(async () => {
	for (const standIn of running) await standIn.close();
});

const parametersOf = ({ endpoint, region, bucket, credentials }: S3StandIn): S3BlobStoreParameters => ({
	...{ endpoint, region, bucket, credentials, prefix: "node-1/", partBytes: 5 * 2 ** 20, now: systemClock, wait: async () => {} },
});

describeBlobStore("S3BlobStore on the local stand-in", async () => {
	const standIn = await startS3StandIn();
	running.push(standIn);
	return async () => new S3BlobStore(parametersOf(standIn));
});

/** `http://ACCESS_KEY:SECRET@host:port/region/bucket` of a server to hold the driver against; objects go under random prefixes and stay. */
const live = process.env["ACESO_TEST_S3"];

describe.skipIf(live === undefined)("a real S3-compatible server (needs ACESO_TEST_S3)", () => {
	describeBlobStore("S3BlobStore", async () => {
		const url = new URL(live as string);
		const [region, bucket] = url.pathname.slice(1).split("/") as [string, string];
		const credentials = { accessKeyId: decodeURIComponent(url.username), secretAccessKey: decodeURIComponent(url.password) };
		const prefix = `aceso-test-${encodeHex(randomBytes(8))}/`;
		return async () => new S3BlobStore({ endpoint: url.origin, region, bucket, credentials, prefix, partBytes: 5 * 2 ** 20, now: systemClock });
	});
});

async function setUp(overrides: Partial<S3BlobStoreParameters> = {}) {
	const standIn = await startS3StandIn();
	const store = new S3BlobStore({ ...parametersOf(standIn), ...overrides });
	onTestFinished(async () => {
		await store.close();
		await standIn.close();
	});
	return { standIn, store };
}

/** Trouble for the first `times` requests that match. */
const first = (times: number, pattern: RegExp, trouble: Trouble) => {
	let left = times;
	return (request: string): Trouble | undefined => (pattern.test(request) && left-- > 0 ? trouble : undefined);
};
const large = patternBytes(11 * 2 ** 20);

it("[BL24] a small object is one request, a large one parts of constant size that become an object at once", async () => {
	const { standIn, store } = await setUp();
	const [small, big] = [newBlobName(), newBlobName()];
	await store.put(small, inPieces(patternBytes(1_000), 100));
	expect(standIn.requests.map((request) => request.replace(/ .*/, ""))).toEqual(["HEAD", "PUT"]);
	standIn.requests.length = 0;
	await store.put(big, inPieces(large, 2 ** 20));
	expect(standIn.requests.filter((request) => request.includes("partNumber="))).toHaveLength(3);
	expect(standIn.objects.get(`node-1/${big}`)?.equals(large)).toBe(true);
	expect(standIn.uploads.size).toBe(0);
});

it("[BL25] wrong credentials get nothing", async () => {
	const { standIn } = await setUp();
	const wrong: readonly Partial<S3BlobStoreParameters>[] = [
		{ credentials: { ...standIn.credentials, secretAccessKey: "another" } },
		{ credentials: { ...standIn.credentials, accessKeyId: "OTHER" } },
		{ region: "us-east-1" },
	];
	for (const overrides of wrong) {
		const store = new S3BlobStore({ ...parametersOf(standIn), ...overrides });
		await expect(store.put(newBlobName(), inPieces(large, 2 ** 20))).rejects.toThrow(coded("VAULT_STORE_UNAVAILABLE"));
		await expect(namesIn(store)).rejects.toThrow(coded("VAULT_STORE_UNAVAILABLE"));
		await store.close();
	}
	expect(standIn.requests).toEqual([]);
});

it("[BL26] a server that is busy or cuts connections is asked again, and at last reported", async () => {
	const { standIn, store } = await setUp();
	for (const trouble of [{ status: 503 }, { status: 500 }, { status: 429 }, "cut"] as const) {
		const name = newBlobName();
		standIn.trouble = first(3, /partNumber=2/, trouble);
		await store.put(name, inPieces(large, 2 ** 20));
		const reader = await store.open(name);
		standIn.trouble = first(3, /^GET/, trouble);
		expect(Buffer.compare(await reader.read(6_000_000, 1_000), large.subarray(6_000_000, 6_001_000))).toBe(0);
		standIn.trouble = first(4, /^GET/, trouble);
		await expect(reader.read(0, 10)).rejects.toThrow(expect.objectContaining({ code: "VAULT_STORE_UNAVAILABLE", kind: "again" }));
	}
});

it("[BL26] an upload that was carried out, and whose answer was lost, counts as stored", async () => {
	const { standIn, store } = await setUp();
	for (const [bytes, pattern] of [
		[patternBytes(1_000), /^PUT/],
		[large, /^POST .*uploadId=/],
	] as const) {
		const name = newBlobName();
		standIn.trouble = first(1, pattern, "cut-after");
		expect(await store.put(name, inPieces(bytes, 2 ** 20))).toBe(bytes.length);
		expect(standIn.objects.get(`node-1/${name}`)?.equals(bytes)).toBe(true);
	}
});

it("[BL26] an error inside an answer of status 200 is an error", async () => {
	const { standIn, store } = await setUp();
	const name = newBlobName();
	standIn.trouble = first(1, /^POST .*uploadId=/, "error-in-200");
	await expect(store.put(name, inPieces(large, 2 ** 20))).rejects.toThrow(coded("VAULT_STORE_UNAVAILABLE"));
	await expect(store.open(name)).rejects.toThrow(coded("VAULT_NOT_FOUND"));
});

it("[BL27] an upload that fails is aborted: its parts do not stay behind", async () => {
	const { standIn, store } = await setUp();
	standIn.trouble = first(9, /partNumber=3/, { status: 403 });
	await expect(store.put(newBlobName(), inPieces(large, 2 ** 20))).rejects.toThrow(coded("VAULT_STORE_UNAVAILABLE"));
	expect(standIn.uploads.size).toBe(0);
	expect(standIn.objects.size).toBe(0);
});

it("[BL13] of two that put the same name at the same time one is told that it exists", async () => {
	const { standIn, store } = await setUp();
	const name = newBlobName();
	async function* overtaken() {
		yield large;
		standIn.objects.set(`node-1/${name}`, Buffer.from("another's"));
	}
	await expect(store.put(name, overtaken())).rejects.toThrow(coded("VAULT_EXISTS"));
	expect(standIn.objects.get(`node-1/${name}`)?.toString()).toBe("another's");
	expect(standIn.uploads.size).toBe(0);
});

it("[BL28] a server that ignores the range, sends less than it says, or never ends its answer is refused", async () => {
	const { standIn, store } = await setUp();
	const name = newBlobName();
	await store.put(name, inPieces(large, 2 ** 20));
	const reader = await store.open(name);
	for (const trouble of ["ignore-range", "short", "endless"] as const) {
		standIn.trouble = first(99, /^GET/, trouble);
		await expect(reader.read(0, 100_000)).rejects.toThrow(coded("VAULT_STORE_UNAVAILABLE"));
	}
	standIn.trouble = first(99, /list-type/, "endless");
	await expect(namesIn(store)).rejects.toThrow(coded("VAULT_STORE_UNAVAILABLE"));
});

it("[BL28] an object exchanged after it was opened is not read on", async () => {
	const { standIn, store } = await setUp();
	const name = newBlobName();
	await store.put(name, inPieces(large, 2 ** 20));
	const reader: BlobReader = await store.open(name);
	standIn.objects.set(`node-1/${name}`, Buffer.from(patternBytes(11 * 2 ** 20).fill(1)));
	await expect(reader.read(0, 10)).rejects.toThrow(coded("VAULT_NOT_FOUND"));
	await store.delete(name);
	await expect(reader.read(0, 10)).rejects.toThrow(coded("VAULT_NOT_FOUND"));
});

it("[BL8] a bucket's owner who exchanges objects under their names is found out", async () => {
	const { standIn, store } = await setUp();
	const [a, b] = [newBlobName(), newBlobName()];
	const parameters = sealingParameters();
	await store.put(a, sealBlob(parameters, inPieces(large, 2 ** 20)));
	await store.put(b, sealBlob(sealingParameters({ id: "7".repeat(32) }), inPieces(large, 2 ** 20)));
	standIn.objects.set(`node-1/${a}`, standIn.objects.get(`node-1/${b}`) as Buffer);
	const opening = openBlob({ identity: identityOf(parameters), dataKey, reader: await store.open(a) });
	await expect(opening).rejects.toThrow(coded("VAULT_INTEGRITY"));
});

it("[BL24] a range of a sealed object fetches the header, the last chunk and the chunks it touches", async () => {
	const { standIn, store } = await setUp();
	const name = newBlobName();
	const parameters = sealingParameters();
	await store.put(name, sealBlob(parameters, inPieces(large, 2 ** 20)));
	standIn.requests.length = 0;
	const blob = await openBlob({ identity: identityOf(parameters), dataKey, reader: await store.open(name) });
	expect(Buffer.compare(await collect(blob.stream(3_000_000, 3_100_000)), large.subarray(3_000_000, 3_100_000))).toBe(0);
	expect(standIn.requests.map((request) => request.replace(/ .*/, ""))).toEqual(["HEAD", "GET", "GET", "GET"]);
});

it("[BL25] an endpoint in the clear, with a path or with credentials is refused; this machine may be spoken to in the clear", () => {
	const common = { region: "r", bucket: "b", prefix: "", credentials: { accessKeyId: "a", secretAccessKey: "s" }, now: () => 0 as Instant };
	for (const endpoint of ["http://s3.example.org", "https://s3.example.org/path", "https://u:p@s3.example.org", "ftp://localhost", "nonsense", ""]) {
		expect(() => new S3BlobStore({ ...common, endpoint })).toThrow(coded("VAULT_REQUEST_INVALID"));
	}
	for (const endpoint of ["https://s3.example.org", "https://s3.example.org:9000", "http://localhost:9000", "http://[::1]:9000"]) {
		expect(new S3BlobStore({ ...common, endpoint })).toBeInstanceOf(S3BlobStore);
	}
	for (const overrides of [{ prefix: "a" }, { prefix: "../" }, { prefix: "a//" }, { partBytes: 1_000 }]) {
		expect(() => new S3BlobStore({ ...common, endpoint: "https://s3.example.org", ...overrides })).toThrow(coded("VAULT_REQUEST_INVALID"));
	}
});

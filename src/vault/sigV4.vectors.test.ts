import { describe, expect, it } from "vitest";
import { encodeUtf8, type Instant, sha256Hex } from "#base";
import { emptyPayloadHash, encodeUriComponentStrictly, type SigV4Request, signV4 } from "./sigV4.ts";

const signatureOf = (request: SigV4Request): string =>
	/Signature=([0-9a-f]{64})$/.exec(signV4(request).headers["authorization"] as string)?.[1] ?? "";

/** Facts from Amazon S3 API Reference, "Signature Calculations for the Authorization Header: Transferring Payload in a Single Chunk". */
describe("[BL30] the examples of the Amazon S3 API Reference", () => {
	const host = "examplebucket.s3.amazonaws.com";
	const common = {
		credentials: { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY" },
		region: "us-east-1",
		service: "s3",
		payloadHash: emptyPayloadHash,
		now: Date.UTC(2013, 4, 24) as Instant,
	};

	it("[BL30] GET object with a range", () => {
		const signed = signV4({ ...common, method: "GET", path: "/test.txt", headers: { host, Range: "bytes=0-9" } });
		expect(signed.target).toBe("/test.txt");
		expect(signed.headers["authorization"]).toBe(
			"AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, " +
				"SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, " +
				"Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
		);
	});

	it("[BL30] PUT object, a reserved character in its name", () => {
		const headers = { host, Date: "Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class": "REDUCED_REDUNDANCY" };
		const payloadHash = sha256Hex(encodeUtf8("Welcome to Amazon S3."));
		const path = `/${encodeUriComponentStrictly("test$file.text")}`;
		expect(signatureOf({ ...common, method: "PUT", path, headers, payloadHash })).toBe(
			"98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
		);
	});

	it("[BL30] GET with a valueless query parameter", () => {
		const signed = signV4({ ...common, method: "GET", path: "/", query: [["lifecycle", ""]], headers: { host } });
		expect(signed.target).toBe("/?lifecycle=");
		expect(signed.headers["authorization"]).toContain("Signature=fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
	});

	it("[BL30] GET a list of objects, query in any order", () => {
		const [maxKeys, prefix] = [["max-keys", "2"] as const, ["prefix", "J"] as const];
		for (const query of [
			[maxKeys, prefix],
			[prefix, maxKeys],
		]) {
			expect(signatureOf({ ...common, method: "GET", path: "/", query, headers: { host } })).toBe(
				"34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
			);
		}
	});
});

/** Facts from the AWS Signature Version 4 Test Suite (AWS General Reference) and the IAM User Guide's worked example. */
describe("[BL30] the AWS Signature Version 4 test suite", () => {
	const common = {
		credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" },
		region: "us-east-1",
		service: "service",
		path: "/",
		headers: { Host: "example.amazonaws.com" },
		payloadHash: emptyPayloadHash,
		now: Date.UTC(2015, 7, 30, 12, 36) as Instant,
	};

	it("[BL30] get-vanilla, post-vanilla, get-vanilla-query-order-key-case", () => {
		expect(signatureOf({ ...common, method: "GET" })).toBe("5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
		expect(signatureOf({ ...common, method: "POST" })).toBe("5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b");
		const query = [
			["Param2", "value2"],
			["Param1", "value1"],
		] as const;
		expect(signatureOf({ ...common, method: "GET", query })).toBe("b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500");
	});

	it("[BL30] IAM ListUsers", () => {
		const query = [
			["Action", "ListUsers"],
			["Version", "2010-05-08"],
		] as const;
		const headers = { Host: "iam.amazonaws.com", "Content-Type": "application/x-www-form-urlencoded; charset=utf-8" };
		expect(signatureOf({ ...common, service: "iam", method: "GET", query, headers })).toBe(
			"5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
		);
	});

	it("[BL30] a session token is sent and signed", () => {
		const credentials = { ...common.credentials, sessionToken: "EXAMPLE-TOKEN" };
		const { headers } = signV4({ ...common, credentials, method: "POST" });
		expect(headers["x-amz-security-token"]).toBe("EXAMPLE-TOKEN");
		expect(headers["authorization"]).toContain("SignedHeaders=host;x-amz-date;x-amz-security-token,");
	});

	it("[BL30] without a host, or with a value that two readers read in two ways, nothing is signed", () => {
		const wrong: readonly Record<string, string>[] = [
			{},
			{ host: "a\nx-amz-acl: public-read" },
			{ host: "a", note: "two  spaces" },
			{ host: "a", note: " leading" },
		];
		for (const headers of wrong) {
			expect(() => signV4({ ...common, method: "GET", headers })).toThrow(expect.objectContaining({ code: "VAULT_REQUEST_INVALID" }));
		}
	});
});

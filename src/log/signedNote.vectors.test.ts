import { describe, expect, it } from "vitest";
import { createSigningKey, decodeBase64, encodeHex, type PublicKey } from "#base";
import { parseCheckpoint } from "./checkpoint.ts";
import { noteKeyId, openNote, signNote } from "./signedNote.ts";

/** The worked example of golang.org/x/mod/sumdb/note, whose format C2SP signed-note took over. */
const example = {
	vkey: "ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
	skey: "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz",
	keyId: "c74f20a3",
	text: "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n",
	line: "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n",
};

describe("signed notes against published examples", () => {
	const key = encodeHex(decodeBase64(example.vkey).subarray(1)) as PublicKey;
	const verifier = { name: "PeterNeumann", key, type: "ed25519" } as const;

	it("[LO7] computes the published key id", () => {
		expect(noteKeyId(verifier)).toBe(example.keyId);
	});

	it("[LO7] opens and re-makes the published note", () => {
		const note = `${example.text}\n${example.line}`;
		expect(openNote(note, [verifier])).toEqual({ text: example.text, signatures: [{ verifier, timeSeconds: undefined }] });
		const signingKey = createSigningKey(decodeBase64(example.skey).subarray(1));
		expect(signNote(example.text, { name: "PeterNeumann", key: signingKey })).toBe(note);
	});

	it("[LO8] reads the checkpoint of the C2SP specification", () => {
		expect(parseCheckpoint("example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n")).toEqual({
			origin: "example.com/behind-the-sofa",
			size: 20_852_163,
			root: decodeBase64("CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="),
		});
	});
});

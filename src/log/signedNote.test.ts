import { describe, expect, it } from "vitest";
import { createSigningKey, sha256 } from "#base";
import { formatCheckpoint, parseCheckpoint } from "./checkpoint.ts";
import { emptyRoot } from "./hashes.ts";
import { cosignNote, type NoteVerifier, openNote, signNote, verifiedLines } from "./signedNote.ts";

const [key, witness, stranger] = ["log", "witness", "stranger"].map((name) => createSigningKey(sha256(new TextEncoder().encode(name))));
const log: NoteVerifier = { name: "example.org/log", key: key!.publicKey, type: "ed25519" };
const cosigner: NoteVerifier = { name: "example.org/witness", key: witness!.publicKey, type: "cosignature/v1" };
const text = formatCheckpoint({ origin: "example.org/log", size: 0, root: emptyRoot });
const signed = signNote(text, { name: log.name, key: key! });
const cosigned = cosignNote(signed, { name: cosigner.name, key: witness!, timeSeconds: 1_700_000_000 });

function code(run: () => unknown): unknown {
	try {
		run();
	} catch (error) {
		return (error as { code?: unknown }).code;
	}
	return undefined;
}

describe("signed notes", () => {
	it("[LO7] tells who signed and when a cosigner did", () => {
		expect(openNote(cosigned, [log, cosigner]).signatures).toEqual([
			{ verifier: log, timeSeconds: undefined },
			{ verifier: cosigner, timeSeconds: 1_700_000_000 },
		]);
	});

	it("[LO7] ignores keys it does not know, and refuses a note that none of the known signed", () => {
		expect(openNote(cosigned, [cosigner]).signatures).toHaveLength(1);
		expect(code(() => openNote(cosigned, [{ ...log, key: stranger!.publicKey }]))).toBe("LOG_NOTE_UNSIGNED");
		expect(code(() => openNote(cosigned, [{ ...log, name: "example.org/other" }]))).toBe("LOG_NOTE_UNSIGNED");
		expect(code(() => openNote(cosigned, []))).toBe("LOG_NOTE_UNSIGNED");
	});

	it("[LO7] an author's signature does not pass for a cosignature of the same key", () => {
		expect(code(() => openNote(signed, [{ ...log, type: "cosignature/v1" }]))).toBe("LOG_NOTE_UNSIGNED");
	});

	it("[LO7] refuses a changed text, a changed signature and a changed timestamp", () => {
		expect(code(() => openNote(signed.replace("\n0\n", "\n1\n"), [log]))).toBe("LOG_NOTE_SIGNATURE_INVALID");
		const other = signNote("something else\n", { name: log.name, key: key! });
		expect(code(() => openNote(text + other.slice(other.indexOf("\n\n") + 1), [log]))).toBe("LOG_NOTE_SIGNATURE_INVALID");
		const later = cosignNote(signed, { name: cosigner.name, key: witness!, timeSeconds: 1_700_000_001 });
		const [line, laterLine] = [cosigned, later].map((note) => note.slice(note.lastIndexOf("— ")));
		// The first 12 bytes (key id and time) of one line with the signature of the other.
		const mixed = `${laterLine!.slice(0, laterLine!.lastIndexOf(" ") + 17)}${line!.slice(line!.lastIndexOf(" ") + 17)}`;
		expect(code(() => openNote(signed + mixed, [log, cosigner]))).toBe("LOG_NOTE_SIGNATURE_INVALID");
	});

	it("[LO19] of a note to which anybody added lines, those of the known keys are kept, verified, once a key", () => {
		let stuffed = signed;
		// Junk up to the last line that the format takes: one line more, and nobody would read the note again.
		for (let i = 0; i < 62; i++) stuffed = cosignNote(stuffed, { name: `junk-${i}`, key: stranger!, timeSeconds: 1 });
		stuffed = cosignNote(stuffed, { name: cosigner.name, key: witness!, timeSeconds: 1_700_000_000 });
		expect(code(() => openNote(cosignNote(stuffed, { name: "one-more", key: stranger!, timeSeconds: 1 }), [log]))).toBe("LOG_NOTE_MALFORMED");
		expect(`${text}\n${verifiedLines(stuffed, [log, cosigner])}`).toBe(cosigned);
		expect(`${text}\n${verifiedLines(signed + signed.slice(signed.indexOf("— ")), [log])}`).toBe(signed);
		expect(verifiedLines(cosigned, [cosigner])).toBe(cosigned.slice(cosigned.lastIndexOf("— ")));
		expect(code(() => verifiedLines(stuffed, [{ ...log, key: witness!.publicKey }]))).toBe("LOG_NOTE_UNSIGNED");
		expect(code(() => verifiedLines(signed.replace("\n0\n", "\n1\n"), [log]))).toBe("LOG_NOTE_SIGNATURE_INVALID");
	});

	it("[LO7] refuses what is not a note", () => {
		const broken = [
			"",
			"text\n",
			"text\n\n",
			"text\n\n— name\n",
			"text\n\n- name AAAAAAAA\n",
			`${signed}\n`,
			signed.slice(0, -1),
			signed.replace("0", "\t"),
			`\ud800${signed}`,
		];
		for (const note of broken) expect(code(() => openNote(note, [log]))).toBe("LOG_NOTE_MALFORMED");
		const line = signed.slice(signed.indexOf("— "));
		expect(code(() => openNote(signed + line.repeat(64), [log]))).toBe("LOG_NOTE_MALFORMED");
		expect(code(() => signNote("no newline", { name: "n", key: key! }))).toBe("LOG_NOTE_MALFORMED");
		for (const name of ["", "a b", "a+b", "a\u00a0b"]) expect(code(() => signNote("text\n", { name, key: key! }))).toBe("LOG_NOTE_MALFORMED");
	});
});

describe("checkpoints", () => {
	it("[LO8] come back as they were written", () => {
		const checkpoint = { origin: "example.org/log", size: 7, root: sha256(Uint8Array.of(1)), extensions: ["one", "two"] };
		expect(parseCheckpoint(formatCheckpoint(checkpoint))).toEqual(checkpoint);
	});

	it("[LO8] have one spelling", () => {
		const root = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
		expect(parseCheckpoint(`o\n0\n${root}\n`).size).toBe(0);
		const broken = [
			`o\n00\n${root}\n`,
			`o\n01\n${root}\n`,
			`o\n-1\n${root}\n`,
			`o\n1e3\n${root}\n`,
			`o\n9007199254740993\n${root}\n`,
			`\n1\n${root}\n`,
			`o\n1\n${root}`,
			"o\n1\n",
			`o\n1\n${root.slice(0, -1)}\n`,
			"o\n1\nAAAA\n",
			`o\n1\n${root}\n\n`,
		];
		for (const text of broken) expect(code(() => parseCheckpoint(text))).toBe("LOG_CHECKPOINT_MALFORMED");
		expect(code(() => formatCheckpoint({ origin: "a\n1", size: 1, root: emptyRoot }))).toBe("LOG_CHECKPOINT_MALFORMED");
		expect(code(() => formatCheckpoint({ origin: "a", size: 1, root: emptyRoot.slice(1) }))).toBe("LOG_CHECKPOINT_MALFORMED");
	});
});

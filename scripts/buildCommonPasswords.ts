/**
 * Makes `knowledge/passphrases/common.bin` anew from a list of passwords, the most common first, one a line:
 * `node scripts/with-node24.mjs scripts/buildCommonPasswords.ts FILE`.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { hashCommon } from "#wallet";

const count = 10_000;

const [path] = process.argv.slice(2);
if (path === undefined) throw new Error("expected the path of a list of passwords");
const passwords = readFileSync(path, "utf8")
	.split("\n")
	.map((line) => line.trim())
	.filter((line) => line.length >= 4)
	.slice(0, count);
const hashes = [...new Set(passwords.map(hashCommon))].sort((one, other) => one - other);
const bytes = Buffer.alloc(hashes.length * 4);
for (const [at, hash] of hashes.entries()) bytes.writeUInt32BE(hash, at * 4);
writeFileSync(join(import.meta.dirname, "../knowledge/passphrases/common.bin"), bytes);

import { testSupport } from "../testSupport.ts";
import type { Finding } from "./finding.ts";
import type { SourceText } from "./sourceText.ts";

interface Capability {
	readonly name: string;
	/** Found anywhere in code that is no comment: the import alone is a use. */
	readonly pattern: RegExp;
	/** Path prefixes that may. */
	readonly allowed: readonly string[];
	readonly reason: string;
}

const capabilities: readonly Capability[] = [
	{
		name: "unwrap",
		pattern: /\b(?:unwrap|unwrapAudit)\b/,
		allowed: ["src/gate/", "src/vault/"],
		reason: "only the gate opens what the keyring holds (invariants 1 and 2)",
	},
	{
		name: "openRecord",
		pattern: /\bopenRecord\b/,
		// The benchmarks' baselines open rows that they sealed themselves.
		allowed: ["src/gate/", "src/vault/", "bench/gateRead.ts", "bench/gateCohort.ts"],
		reason: "only the gate turns rows into records (invariant 1)",
	},
	{
		name: "openBlob",
		pattern: /\bopenBlob\b/,
		allowed: ["src/gate/", "src/vault/", "bench/blobRead.ts"],
		reason: "only the gate opens large objects (invariant 1)",
	},
	{
		name: "mintReceipt",
		pattern: /\bmintReceipt\b/,
		allowed: ["src/gate/log/", "src/vault/"],
		reason: "only the log writer says that an entry is durable (invariant 2)",
	},
	{
		name: "a driver of the vault",
		pattern:
			/\b(?:openSqliteStore|SqliteStore|(?:create|open|restore)Keyring(?:Under)?|LocalKeyring|openProcessKeyring|startKeyringProcess|connectKeyring|createKeyRoot|restoreVault|openFileBlobStore|FileBlobStore|S3BlobStore)\b/,
		allowed: ["src/vault/", "src/node/", "src/cli/", "bench/"],
		reason: "only a composition root knows which driver is used",
	},
];

/** What an import graph cannot see: use of single names behind a door. Tests may use what they test with. */
export function checkCapabilities(files: readonly SourceText[]): Finding[] {
	return files.filter(({ path }) => /^(src|bench)\/.*\.ts$/.test(path) && !new RegExp(testSupport).test(path)).flatMap(checkFile);
}

function checkFile({ path, text }: SourceText): Finding[] {
	const code = withoutComments(text);
	return capabilities
		.filter(({ allowed }) => !allowed.some((prefix) => path.startsWith(prefix)))
		.flatMap(({ name, pattern, reason }) => {
			const match = pattern.exec(code);
			return match ? [{ path, line: code.slice(0, match.index).split("\n").length, message: `uses ${name}: ${reason}` }] : [];
		});
}

/** Comments become blanks of the same number of lines; `//` inside a string survives, since only whole-line comments are taken. */
function withoutComments(text: string): string {
	return text.replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, " ")).replace(/^\s*\/\/.*$/gm, "");
}

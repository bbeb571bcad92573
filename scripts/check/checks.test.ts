import { describe, expect, it } from "vitest";
import { checkCapabilities } from "./capabilities.ts";
import { checkDoors } from "./doors.ts";
import { formatFinding } from "./finding.ts";
import { checkLockfile } from "./lockfile.ts";
import { checkRuleNumbers, listUntestedRules } from "./ruleNumbers.ts";
import { checkWords } from "./words.ts";

const messages = (findings: readonly { message: string }[]) => findings.map(({ message }) => message);

describe("doors", () => {
	const door = (text: string) => messages(checkDoors(["gate"], [{ path: "src/gate/index.ts", text }]));

	it("accepts a header that says what the room does not promise", () => {
		expect(door("/**\n * gate: opens.\n *\n * It does not promise more.\n */\nexport {};\n")).toEqual([]);
	});

	it("refuses a room without a door, without a header, with too long a one, or with one that promises without end", () => {
		expect(messages(checkDoors(["gate"], []))).toEqual(["is missing: every room has one door"]);
		expect(door("export {};\n")[0]).toContain("does not begin with a header");
		expect(door(`/**\n${" * not a word too many\n".repeat(11)} */\n`)[0]).toContain("more than 10 lines");
		expect(door("/**\n * gate: opens everything.\n */\n")[0]).toContain("does not say");
	});
});

describe("capabilities", () => {
	const used = (path: string, text: string) => checkCapabilities([{ path, text }]).map(formatFinding);

	it("lets only gate and vault name the keyring's unwrap", () => {
		expect(used("src/node/serve.ts", "\nawait keyring.unwrap(access, keys);")).toEqual([
			"src/node/serve.ts:2 uses unwrap: only the gate opens what the keyring holds (invariants 1 and 2)",
		]);
		expect(used("src/insight/model.ts", "const { unwrapAudit } = keyring;")).toHaveLength(1);
		expect(used("bench/read.ts", 'keyring["unwrap"](access, keys);')).toHaveLength(1);
		expect(used("src/gate/open.ts", "await keyring.unwrap(access, keys);")).toEqual([]);
	});

	it("lets only the log writer mint receipts, and only the gate open rows", () => {
		expect(used("src/gate/release.ts", 'import { mintReceipt } from "#vault";')).toHaveLength(1);
		expect(used("src/gate/log/accessLog.ts", 'import { mintReceipt } from "#vault";')).toEqual([]);
		expect(used("src/cli/restore.ts", 'import { openRecord } from "#vault";')).toHaveLength(1);
	});

	it("does not mind the word in a comment", () => {
		expect(used("src/node/serve.ts", "/** Never calls unwrap. */\n// unwrap\nexport const a = 1;")).toEqual([]);
	});

	it("lets only a composition root import a driver of the vault", () => {
		const text = 'import { openSqliteStore } from "#vault";';
		expect(used("src/gate/open.ts", text)).toHaveLength(1);
		expect(used("src/gate/open.ts", 'import {\n\topenSqliteStore,\n\ttype Receipt,\n} from "#vault";')).toHaveLength(1);
		expect(used("src/gate/open.ts", 'import type { Receipt } from "#vault";')).toEqual([]);
		expect(used("src/node/open.ts", text)).toEqual([]);
	});
});

describe("rule numbers", () => {
	const spec = { path: "src/gate/SPEC.md", text: "- **[GA1]** One door.\n- **[GA2]** Also this.\n" };
	const test = (title: string) => ({ path: "src/gate/gate.test.ts", text: `it("${title}", () => {});` });
	const doc = (text: string) => ({ path: "docs/threat-model.md", text });

	it("accepts a rule, its test and a citation", () => {
		expect(checkRuleNumbers([spec, test("[GA1] opens"), doc("see [GA1]")])).toEqual([]);
		expect(listUntestedRules([spec, test("[GA1] opens")])).toEqual(["GA2"]);
	});

	it("refuses a number given twice, a test without a rule, and a promise without a test", () => {
		expect(checkRuleNumbers([spec, { path: "src/log/SPEC.md", text: "- **[GA1]** Other." }]).map(formatFinding)).toEqual([
			"src/log/SPEC.md:1 rule GA1 is given twice",
		]);
		expect(checkRuleNumbers([spec, test("[GA9] closes")]).map(formatFinding)).toEqual(["src/gate/gate.test.ts:1 rule GA9 stands in no SPEC.md"]);
		expect(checkRuleNumbers([spec, doc("\nsee [GA2]")]).map(formatFinding)).toEqual(["docs/threat-model.md:2 rule GA2 has no test that carries it"]);
	});
});

describe("words", () => {
	const refused = (text: string) => checkWords([{ path: "docs/a.md", text }]).map(({ line }) => line);

	it("refuses machine paths, registry hosts, work left open, conflict markers and keys", () => {
		expect(refused(`fine\n/${"work"}/main/x`)).toEqual([2]);
		expect(refused(`https://registry.npm${"js"}.org/zod`)).toEqual([1]);
		expect(refused(`// ${"TO"}${"DO"}: later`)).toEqual([1]);
		expect(refused(`${"<".repeat(7)} HEAD`)).toEqual([1]);
		expect(refused(`-----BEGIN ${"PRIVATE"} KEY-----`)).toEqual([1]);
	});

	it("lets addresses, relative paths and ordinary words pass", () => {
		expect(refused("http://127.0.0.1:8080/work/list\n../shared/data\nthe session's cookie\nclinical work/home visits")).toEqual([]);
	});
});

describe("lockfile", () => {
	const lock = (entry: object) => JSON.stringify({ packages: { "node_modules/zod": entry } });

	it("accepts a package pinned by integrity alone", () => {
		expect(checkLockfile(lock({ version: "4.0.0", integrity: "sha512-x" }), { "package.json": '{"dependencies":{"zod":"4.0.0"}}' })).toEqual([]);
	});

	it("refuses a lockfile that lacks the packages of another platform: npm ci fails on it", () => {
		const text = JSON.stringify({ packages: { "node_modules/biome": { integrity: "x", optionalDependencies: { "biome-darwin": "1.0.0" } } } });
		expect(messages(checkLockfile(text, {}))).toEqual(["node_modules/biome may need biome-darwin, which the lockfile does not hold"]);
	});

	it("refuses a download address, a missing integrity and a version that may move", () => {
		expect(messages(checkLockfile(lock({ resolved: "https://example.org/zod.tgz", integrity: "sha512-x" }), {}))[0]).toContain("downloaded from");
		expect(messages(checkLockfile(lock({ version: "4.0.0" }), {}))[0]).toContain("no integrity");
		expect(messages(checkLockfile(lock({ integrity: "x" }), { "package.json": '{"devDependencies":{"zod":"^4.0.0"}}' }))[0]).toContain("not pinned");
	});
});

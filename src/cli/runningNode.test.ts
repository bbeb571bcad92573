import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { HistoryEntry, HistoryExport } from "#wallet";
import { backup } from "./commands/backup.ts";
import { consent } from "./commands/consent.ts";
import { erase } from "./commands/erase.ts";
import { fsck } from "./commands/fsck.ts";
import { history } from "./commands/history.ts";
import { importCommand } from "./commands/import.ts";
import { keys } from "./commands/keys.ts";
import { lawful } from "./commands/lawful.ts";
import { ledger } from "./commands/ledger.ts";
import { node } from "./commands/node.ts";
import { read } from "./commands/read.ts";
import { verify } from "./commands/verify.ts";
import { runCommand, serveDemo } from "./testing/servedDemo.ts";

let demo: Awaited<ReturnType<typeof serveDemo>>;
beforeAll(async () => {
	demo = await serveDemo();
});
afterAll(() => demo?.close());

const inHome = (name: string) => join(demo.home, name);
const entriesOf = (member: string) => demo.network.institution(member).log.size();
const rowsOf = async (member: string) => {
	let rows = 0;
	for await (const leaf of demo.network.institution(member).store.leaves()) if (leaf.kind === "row") rows++;
	return rows;
};

interface ListedConsent {
	readonly member: string;
	readonly consentId: string;
	readonly status: string;
	readonly title: string;
	readonly termsMatch: boolean;
	readonly sentences: readonly string[];
}

async function consentsOf(person: string): Promise<readonly ListedConsent[]> {
	const { exit, out } = await demo.run(consent, ["list", "--person", person, "--json"]);
	expect(exit).toBe(0);
	return (JSON.parse(out) as { consents: ListedConsent[] }).consents;
}

describe("consents", () => {
	it("lists who there is to act as", async () => {
		const { out, exit } = await demo.run(consent, ["people"]);
		expect(exit).toBe(0);
		expect(out).toContain("maria-sandoval");
		expect(out).toContain("dr-marsh");
		expect(out).toContain("katharina-vogt is guardian of emma-vogt");
	});

	it("shows a consent in plain sentences, with terms that the ledger commits to", async () => {
		const [first] = await consentsOf("maria-sandoval");
		expect(first).toMatchObject({ status: "active", termsMatch: true });
		const { out } = await demo.run(consent, ["show", "--person", "maria-sandoval", "--consent", first?.consentId ?? ""]);
		expect(out).toContain("You can stop this at any time.");
		expect(out).toContain("✓ these terms are the ones that the ledger commits to");
		expect(out).toContain("which its sealer signed and enough witnesses cosigned");
		const german = await demo.run(consent, ["show", "--person", "maria-sandoval", "--consent", first?.consentId ?? "", "--language", "de"]);
		expect(german.out).not.toContain("You can stop this at any time.");
	});

	const grant = ["grant", "--person", "thomas-keller", "--member", "lindenhof", "--to", "lindenhof", "--classes", "vitals", "--purpose", "TREAT"];
	const until = ["--until", new Date(Date.now() + 90 * 86_400_000).toISOString().slice(0, 10)];
	const ask = ["--staff", "dr-adler", "--person", "thomas-keller", "--classes", "vitals"];

	it("grants after a yes, opens exactly that, and revoking closes it with the next block", async () => {
		const before = await demo.run(read, ask);
		expect(before.out).toContain("vitals: not available to you");
		const granted = await demo.run(consent, [...grant, ...until, "--json"], ["y"]);
		expect(granted.exit).toBe(0);
		expect(granted.err).toContain("You let doctors and nurses at Universitätsklinikum Lindenhof see your pulse, weight and blood pressure.");
		const { consentId } = JSON.parse(granted.out) as { consentId: string };
		const opened = await demo.run(read, [...ask.slice(0, -1), "vitals,conditions"]);
		expect(opened.out).toContain("vitals: released, identified");
		expect(opened.out).toContain("conditions: not available to you");
		const revoked = await demo.run(consent, ["revoke", "--person", "thomas-keller", "--consent", consentId]);
		expect(revoked).toMatchObject({ exit: 0 });
		expect((await demo.run(read, ask)).out).toContain("vitals: not available to you");
		const again = await demo.run(consent, ["revoke", "--person", "thomas-keller", "--consent", consentId]);
		expect(again).toMatchObject({ exit: 65 });
		expect(again.err).toContain("CONSENT_ENDED");
	});

	it("signs nothing without a yes", async () => {
		const { height } = demo.network.ledger.head();
		for (const answers of [["n"], [""], []]) {
			const refused = await demo.run(consent, [...grant, ...until], answers);
			expect(refused.exit).toBe(77);
			expect(refused.err).toContain("CLI_NOT_CONFIRMED");
		}
		expect(demo.network.ledger.head().height).toBe(height);
	});

	it("refuses a consent signed by somebody who was never appointed", async () => {
		const forged = await demo.run(consent, [...grant, ...until, "--as", "james-okafor", "--yes"]);
		expect(forged.exit).toBe(77);
		expect(forged.err).toContain("GATE_NOT_AVAILABLE");
		const [own] = await consentsOf("maria-sandoval");
		const stolen = await demo.run(consent, ["revoke", "--person", "maria-sandoval", "--consent", own?.consentId ?? "", "--as", "james-okafor"]);
		expect(stolen.err).toContain("NODE_LEDGER_REFUSED");
		expect((await consentsOf("maria-sandoval"))[0]).toMatchObject({ status: "active" });
	});

	it("lets a guardian sign for a child, and names them", async () => {
		const child = ["grant", "--person", "emma-vogt", "--member", "lindenhof", "--to", "lindenhof", "--classes", "vitals", "--purpose", "TREAT"];
		const { exit, err } = await demo.run(consent, [...child, ...until, "--yes"]);
		expect(exit).toBe(0);
		expect(err).toContain("signed by Katharina Vogt");
	});

	it("says that a person, a member or a word is wrong before anything is signed", async () => {
		expect((await demo.run(consent, ["list", "--person", "nobody-there"])).exit).toBe(66);
		expect((await demo.run(consent, ["list"])).exit).toBe(64);
		expect((await demo.run(consent, ["invent"])).exit).toBe(64);
		expect((await demo.run(consent, [...grant, "--until", "2027-02-30"])).exit).toBe(65);
		expect((await demo.run(consent, [...grant, ...until, "--level", "everything"])).exit).toBe(64);
		expect((await demo.run(consent, ["revoke", "--person", "maria-sandoval", "--consent", "ab".repeat(16)])).exit).toBe(66);
	});
});

describe("reading", () => {
	it("tells the same of a refused and of an unknown record", async () => {
		const ask = ["--staff", "dr-marsh", "--person", "robert-castellano", "--classes", "conditions"];
		const refused = await demo.run(read, [...ask, "--json"]);
		const absent = await demo.run(read, [...ask, "--record", "Condition/00000000-0000-4000-8000-000000000000", "--json"]);
		const parts = ({ out }: { out: string }) => {
			const { classes, resources, notice, expiresAtMs, obligations } = JSON.parse(out) as Record<string, unknown>;
			return { classes, resources, notice, expiresAtMs, obligations };
		};
		expect(parts(refused)).toStrictEqual(parts(absent));
		expect(parts(refused)).toMatchObject({ classes: [{ status: "not-available" }], resources: [] });
	});

	it("opens in an emergency with a reason, and says what that obliges to", async () => {
		const ask = ["--staff", "dr-night", "--person", "maria-sandoval", "--classes", "allergies", "--purpose", "ETREAT"];
		const { out, exit } = await demo.run(read, [...ask, "--emergency", "unconscious, no relatives"]);
		expect(exit).toBe(0);
		expect(out).toContain("allergies: released");
		expect(out).toContain("Obligation: review break glass.");
		expect((await demo.run(read, [...ask, "--emergency", "short"])).exit).toBe(65);
	});

	it("asks another institution's gate inside the signature of the member that somebody works for", async () => {
		const { exit, out } = await demo.run(read, ["--staff", "dr-adler", "--person", "maria-sandoval", "--classes", "vitals"]);
		expect(exit).toBe(0);
		expect(out).toContain("Dr. Jonas Adler asks about Maria Sandoval at Harbor Clinic");
		expect(out).toContain("vitals: not available to you");
	});

	it("reads several people of the own house by one signature, and says of each what a single reading says", async () => {
		const ask = (person: string) => ["--staff", "dr-marsh", "--person", person, "--classes", "conditions,vitals", "--json"];
		const people = ["james-okafor", "maria-sandoval"];
		const facts = (line: string) => {
			const { classes, resources } = JSON.parse(line) as { classes: object; resources: readonly object[] };
			return { classes, resources: resources.length };
		};
		const alone = await Promise.all(people.map(async (person) => facts((await demo.run(read, ask(person))).out)));
		const before = entriesOf("harbor");
		const { out, exit } = await demo.run(read, ask(people.join(",")));
		expect(exit).toBe(0);
		expect(out.trim().split("\n").map(facts)).toEqual(alone);
		expect(entriesOf("harbor")).toBe(before + people.length);
	});

	it("refuses levels that a read cannot answer", async () => {
		const ask = ["--staff", "researcher-osei", "--person", "maria-sandoval", "--classes", "genomics", "--purpose", "CLINTRCH"];
		const { exit, err } = await demo.run(read, [...ask, "--level", "deidentified"]);
		expect(exit).toBe(65);
		expect(err).toContain("GATE_REQUEST_INVALID");
	});
});

describe("history and its verification", () => {
	const file = () => inHome("maria.history.json");
	const pinFile = () => inHome("maria.pins.json");

	it("exports a history that verifies offline and shows who looked: verified, with other members' cosignatures", async () => {
		expect((await demo.run(history, ["--person", "maria-sandoval", "--out", file()])).exit).toBe(0);
		const { exit, out } = await runCommand(verify, [file()]);
		expect(exit).toBe(0);
		expect(out).toContain("✓ completeness: no entry was left out, the last one included");
		expect(out).toMatch(/somebody with key [0-9a-f]{8}… read allergies .* in an emergency .* permitted/);
		expect(out).toContain("Verdict: verified (2 cosignatures by other members, 1 needed)");
		const report = JSON.parse((await runCommand(verify, [file(), "--json"])).out) as { verdict: string; ok: boolean };
		expect(report).toMatchObject({ ok: true, verdict: "verified" });
	});

	it("takes pins as words as well", async () => {
		const pins = JSON.parse(readFileSync(pinFile(), "utf8")) as { chain: string; ledgerKey: string; pseudonym: string };
		const words = ["--ledger-key", pins.ledgerKey, "--chain", pins.chain, "--pseudonym", pins.pseudonym];
		const alone = await runCommand(verify, [file(), ...words]);
		expect(alone.exit).toBe(0);
		// Without the witnesses' keys there is one signer, and that is never shown in green.
		expect(alone.out).toContain("Verdict: signed by one party");
		expect((await runCommand(verify, [file(), ...words.slice(0, 4)])).exit).toBe(64);
		expect((await runCommand(verify, [file(), ...words, "--pin", pinFile()])).exit).toBe(64);
		expect((await runCommand(verify, [file(), "--ledger-key", "00", ...words.slice(2)])).exit).toBe(65);
	});

	it("refuses a history with an entry left out, a word altered, another's pins or another ledger key", async () => {
		const whole = JSON.parse(readFileSync(file(), "utf8")) as HistoryExport;
		const withEntries = (change: (entries: readonly HistoryEntry[]) => readonly unknown[]) => ({
			...whole,
			logs: whole.logs.map((log) => ({ ...log, shown: { ...log.shown, entries: change(log.shown?.entries ?? []) } })),
		});
		const pins = JSON.parse(readFileSync(pinFile(), "utf8")) as { ledgerKey: string; pseudonym: string };
		const attempt = async (attacked: unknown, withPins: unknown = pins) => {
			writeFileSync(inHome("attacked.history.json"), JSON.stringify(attacked));
			writeFileSync(inHome("attacked.pins.json"), JSON.stringify(withPins));
			return runCommand(verify, [inHome("attacked.history.json")]);
		};
		const shorter = await attempt(withEntries((entries) => entries.slice(0, -1)));
		expect(shorter.exit).toBe(70);
		expect(shorter.out).toContain("WALLET_HISTORY_INCOMPLETE");
		expect(shorter.out).toContain("Verdict: refused");
		expect(shorter.out).not.toContain("Who looked");
		const altered = await attempt(withEntries(([first, ...rest]) => [{ ...first, entry: { ...first?.entry, purpose: "HPAYMT" } }, ...rest]));
		expect(altered.out).toContain("WALLET_ENTRY_NOT_INCLUDED");
		expect((await attempt(whole, { ...pins, pseudonym: "1".repeat(64) })).out).toContain("WALLET_SUBJECT_DIFFERS");
		expect((await attempt(whole, { ...pins, ledgerKey: "1".repeat(64) })).exit).toBe(70);
		expect((await attempt(whole, { ...pins, extra: 1 })).exit).toBe(65);
	});

	it("remembers what it saw, so that an older history is refused later", async () => {
		const older = readFileSync(file(), "utf8");
		const newer = inHome("newer.history.json");
		await demo.run(history, ["--person", "maria-sandoval", "--out", newer]);
		expect((await runCommand(verify, [newer, "--remember"])).exit).toBe(0);
		const stale = inHome("stale.history.json");
		writeFileSync(stale, older);
		const { exit, out } = await runCommand(verify, [stale, "--pin", inHome("newer.pins.json")]);
		expect(exit).toBe(70);
		expect(out).toMatch(/WALLET_LOG_TRUNCATED|WALLET_LEDGER_STALE/);
	});

	it("answers bad files with where it stopped: not there, not JSON, no history, nested too deep", async () => {
		expect((await runCommand(verify, [inHome("absent.json")])).exit).toBe(66);
		const pin = ["--pin", pinFile()];
		const attempt = async (text: string) => {
			writeFileSync(inHome("bad.json"), text);
			return runCommand(verify, [inHome("bad.json"), ...pin]);
		};
		expect((await attempt("{")).err).toContain("CLI_INPUT_INVALID");
		expect(await attempt("{}")).toMatchObject({ exit: 65 });
		const deep = await attempt(`${"[".repeat(100_000)}${"]".repeat(100_000)}`);
		expect(deep.exit).toBe(65);
		expect(deep.err).toContain("CLI_INPUT_INVALID");
	});
});

describe("import", () => {
	const bundle = (...entries: object[]) => JSON.stringify({ resourceType: "Bundle", type: "transaction", entry: entries });
	const patient = {
		fullUrl: "urn:uuid:11111111-1111-4111-8111-111111111111",
		resource: { resourceType: "Patient", id: "p1", birthDate: "1980-01-02" },
	};
	const observation = (reference: string, more: object = {}) => ({
		fullUrl: "urn:uuid:22222222-2222-4222-8222-222222222222",
		resource: { resourceType: "Observation", id: "o1", status: "final", code: { text: "x" }, subject: { reference }, ...more },
	});
	const write = (name: string, text: string) => {
		writeFileSync(inHome(name), text);
		return inHome(name);
	};

	it("names entry, byte and path of a fault, imports nothing of that file and all of the others", async () => {
		const notJson = '{"resourceType":"Bundle","type":"transaction","entry":[{]}';
		const files = {
			notJson: write("not-json.json", notJson),
			wrongReference: write("wrong-reference.json", bundle(patient, observation("urn:uuid:99999999-9999-4999-8999-999999999999"))),
			unknownField: write("unknown-field.json", bundle(patient, observation(patient.fullUrl, { shoeSize: 43 }))),
			deep: write("deep.json", bundle(patient).replace('"1980-01-02"', `"1980-01-02","extension":${"[".repeat(10_000)}${"]".repeat(10_000)}`)),
			absent: inHome("absent.json"),
			folder: demo.home,
			good: write("good.json", bundle(patient, observation(patient.fullUrl))),
		};
		const rows = await rowsOf("meridian");
		const { exit, out, err } = await demo.run(importCommand, [...Object.values(files), "--member", "meridian", "--json"]);
		expect(exit).toBe(65);
		expect(err).toBe("");
		const told = out.split("\n").map((line) => JSON.parse(line) as Record<string, unknown>);
		const of = (file: string) => told.find((line) => line["file"] === file);
		expect(of(files.notJson)).toMatchObject({ imported: false, code: "FHIR_NOT_JSON", byteOffset: notJson.indexOf("]") });
		const secondEntry = readFileSync(files.wrongReference, "utf8").indexOf('{"fullUrl":"urn:uuid:2');
		const at = readFileSync(files.wrongReference, "utf8").indexOf('{"resourceType":"Observation"');
		expect(of(files.wrongReference)).toMatchObject({ code: "FHIR_REFERENCE_UNRESOLVED", entry: 1, path: "entry[1].resource.subject.reference" });
		expect(Number(of(files.wrongReference)?.["byteOffset"])).toBeGreaterThanOrEqual(secondEntry);
		expect(Number(of(files.wrongReference)?.["byteOffset"])).toBeLessThanOrEqual(at);
		expect(of(files.unknownField)).toMatchObject({ code: "FHIR_INVALID", entry: 1 });
		expect(JSON.stringify(of(files.unknownField))).not.toContain("shoeSize");
		expect(of(files.deep)).toMatchObject({ code: "FHIR_TOO_DEEP", byteOffset: expect.any(Number) });
		expect(of(files.absent)).toMatchObject({ imported: false, code: "NODE_FILE_UNREADABLE" });
		expect(of(files.folder)).toMatchObject({ imported: false, code: "NODE_FILE_UNREADABLE" });
		expect(of(files.good)).toMatchObject({ imported: true, resources: 2, newPatients: 1 });
		expect((await rowsOf("meridian")) - rows).toBe(2);
	});

	it("tells a fault to people with the same place", async () => {
		const { exit, err } = await demo.run(importCommand, [inHome("wrong-reference.json"), "--member", "meridian"]);
		expect(exit).toBe(65);
		expect(err).toContain("entry: 1");
		expect(err).toContain("path: entry[1].resource.subject.reference");
		expect(err).toMatch(/byteOffset: \d+/);
		expect(err).toContain("nothing of this file is imported");
	});

	it("ends with the code of the first file that fails", async () => {
		expect((await demo.run(importCommand, [inHome("absent.json"), inHome("deep.json"), "--member", "meridian"])).exit).toBe(66);
	});

	it("asks for a member, and for one that is here, before it reads a file", async () => {
		expect((await demo.run(importCommand, [inHome("good.json")])).exit).toBe(64);
		expect((await demo.run(importCommand, ["--member", "meridian"])).exit).toBe(64);
		const unknown = await demo.run(importCommand, [inHome("good.json"), "--member", "../admin"]);
		expect(unknown.exit).toBe(66);
		expect(unknown.err).toContain("lindenhof, harbor, meridian");
	});
});

describe("FHIR Consents", () => {
	it("exports one, and imports it again to be signed by the person: it says the same", async () => {
		const [first] = await consentsOf("maria-sandoval");
		const file = inHome("consent.json");
		const out = await demo.run(consent, ["export", "--person", "maria-sandoval", "--consent", first?.consentId ?? "", "--out", file]);
		expect(out.exit, out.err).toBe(0);
		expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({ resourceType: "Consent", status: "active" });
		const member = first?.member ?? "";
		const refused = await demo.run(consent, ["import", file, "--person", "maria-sandoval", "--member", member], ["n"]);
		expect(refused.exit).toBe(77);
		const signed = await demo.run(consent, ["import", file, "--person", "maria-sandoval", "--member", member, "--yes", "--json"]);
		expect(signed.exit, signed.err).toBe(0);
		const { consentId } = JSON.parse(signed.out) as { consentId: string };
		const again = (await consentsOf("maria-sandoval")).find((each) => each.consentId === consentId);
		expect(again).toMatchObject({ status: "active", termsMatch: true });
		const said = ({ sentences }: ListedConsent) => sentences.filter((sentence) => !sentence.includes("until"));
		expect(said(again as ListedConsent)).toEqual(said(first as ListedConsent));
		await demo.run(consent, ["revoke", "--person", "maria-sandoval", "--consent", consentId]);
	});

	it("names the element that it cannot represent, and tells a person's consent to nobody else", async () => {
		const resource = JSON.parse(readFileSync(inHome("consent.json"), "utf8")) as { provision: object };
		const file = inHome("unknown.json");
		writeFileSync(file, JSON.stringify({ ...resource, provision: { ...resource.provision, condition: "Secret-Marker" } }));
		const { exit, err } = await demo.run(consent, ["import", file, "--person", "maria-sandoval", "--member", "harbor", "--yes"]);
		expect(exit).toBe(65);
		expect(err).toContain("CONSENT_FHIR_ELEMENT_UNKNOWN");
		expect(err).toContain("at: Consent.provision");
		expect(err).not.toContain("Secret-Marker");
		const [first] = await consentsOf("maria-sandoval");
		expect((await demo.run(consent, ["export", "--person", "james-okafor", "--consent", first?.consentId ?? ""])).exit).toBe(66);
	});

	it("grants to a department by name", async () => {
		const words = ["--person", "maria-sandoval", "--member", "harbor", "--to", "harbor/cardiology", "--purpose", "TREAT", "--until", "2099-12-31"];
		const { exit, err } = await demo.run(consent, ["grant", ...words], ["n"]);
		expect(exit).toBe(77);
		expect(err).toContain("cardiology");
	});
});

describe("uses required by law", () => {
	const words = ["--person", "james-okafor", "--basis", "court-order", "--citation", "AG Nord 12 C 3/26", "--recipient", "meridian"];
	const until = new Date(Date.now() + 7 * 86_400_000).toISOString().slice(0, 10);
	const reach = ["--purpose", "PUBHLTH", "--classes", "conditions", "--until", until];

	it("an officer records one, its recipient reads by it, and the person finds it in list and history", async () => {
		const recorded = await demo.run(lawful, ["record", "--staff", "officer-clarke", ...words, ...reach, "--json"]);
		expect(recorded.exit, recorded.err).toBe(0);
		const { useId } = JSON.parse(recorded.out) as { useId: string };
		const ask = [
			"--staff",
			"researcher-osei",
			"--person",
			"james-okafor",
			"--member",
			"harbor",
			"--classes",
			"conditions,vitals",
			"--purpose",
			"PUBHLTH",
		];
		const seen = await demo.run(read, [...ask, "--lawful-use", useId]);
		expect(seen.out, seen.err).toMatch(/conditions: released, identified, [1-9]/);
		expect(seen.out).toContain("vitals: not available to you");
		expect((await demo.run(read, ask)).out).toContain("conditions: not available to you");
		const listed = await demo.run(lawful, ["list", "--person", "james-okafor", "--member", "harbor"]);
		expect(listed.out).toContain("court order: AG Nord 12 C 3/26");
		expect(listed.out).toContain(`use ${useId}, on the ledger since`);
		await demo.run(history, ["--person", "james-okafor", "--member", "harbor", "--out", inHome("law.history.json")]);
		const verified = await runCommand(verify, [inHome("law.history.json")]);
		expect(verified.exit).toBe(0);
		expect(verified.out).toContain(`use required by law ${useId} · permitted: permitted by law`);
	});

	it("nobody else records one, and without basis or citation nothing is sent", async () => {
		const entries = entriesOf("harbor");
		expect((await demo.run(lawful, ["record", "--staff", "officer-clarke", ...words.slice(0, 4), ...words.slice(6), ...reach])).exit).toBe(64);
		expect(entriesOf("harbor")).toBe(entries);
		expect((await demo.run(lawful, ["record", "--staff", "dr-marsh", ...words, ...reach])).exit).toBe(77);
	});
});

describe("erasing", () => {
	it("does nothing without the person's key typed, and shows a legal hold", async () => {
		const entries = entriesOf("harbor");
		expect((await demo.run(erase, ["--person", "maria-sandoval"], ["yes"])).exit).toBe(77);
		expect(entriesOf("harbor")).toBe(entries);
		const held = await demo.run(erase, ["--person", "robert-castellano", "--yes"]);
		expect(held.exit).toBe(65);
		expect(held.err).toContain("legal hold until");
		expect(held.err).toContain("GATE_LEGAL_HOLD");
		expect((await demo.run(erase, ["--person", "james-okafor", "--yes"])).exit).toBe(64);
	});

	it("destroys, prints the receipt, and leaves the history to the patient", async () => {
		const { exit, out, err } = await demo.run(erase, ["--person", "helga-brandt"], ["helga-brandt"]);
		expect(exit).toBe(0);
		expect(err).toContain("legal retention of ten years");
		const transaction = /receipt on the ledger: ([0-9a-f]{64})/.exec(out)?.[1] ?? "";
		const shown = await demo.run(ledger, ["show", transaction]);
		expect(shown.out).toContain("consent.destroyed");
		await demo.run(history, ["--person", "helga-brandt", "--out", inHome("helga.history.json")]);
		const verified = await runCommand(verify, [inHome("helga.history.json")]);
		expect(verified.exit).toBe(0);
		expect(verified.out).toContain("the patient or a delegate erased");
		expect((await demo.run(erase, ["--person", "helga-brandt", "--yes"])).exit).toBe(77);
	});

	it("erases one class and leaves the others", async () => {
		const ask = ["--staff", "dr-adler", "--person", "walter-lehmann", "--classes", "conditions,vitals"];
		expect((await demo.run(read, ask)).out).not.toMatch(/vitals: released, identified, 0 records/);
		const { out } = await demo.run(erase, ["--person", "walter-lehmann", "--classes", "vitals", "--as", "ingrid-lehmann", "--json", "--yes"]);
		expect(JSON.parse(out)).toMatchObject({ compartments: ["vitals"], transaction: "" });
		const after = (await demo.run(read, ask)).out;
		expect(after).toContain("vitals: not available to you");
		expect(after).not.toMatch(/conditions: released, identified, 0 records/);
	});
});

describe("the ledger", () => {
	it("proves presence and absence against the ledger's key", async () => {
		const present = await demo.run(ledger, ["prove", "membership", "m/harbor"]);
		expect(present.exit).toBe(0);
		expect(present.out).toContain("Harbor Clinic");
		expect(present.out).toContain("✓ proved at height");
		expect(present.out).toMatch(/✓ witnessed by aceso-demo-1\/witness\/.*\([12] cosignatures by other members, 1 needed\)/);
		expect((await demo.run(ledger, ["prove", "membership", "m/nobody"])).out).toContain("absent");
		expect((await demo.run(ledger, ["prove", "gossip", "m/harbor"])).exit).toBe(64);
	});

	it("[LG34] proves what stood at an earlier height, and says why another height has no answer", async () => {
		const { height: newest } = demo.network.ledger.head();
		const prove = (height: string | number, ...more: string[]) =>
			demo.run(ledger, ["prove", "membership", "m/harbor", "--height", String(height), ...more]);
		const genesis = await prove(0);
		expect(genesis.exit).toBe(0);
		expect(genesis.out).toContain("✓ proved as it was after height 0");
		expect(genesis.out).toMatch(/✓ witnessed by/);
		expect(JSON.parse((await prove(1, "--json")).out)).toMatchObject({ verified: true, present: true, height: 1 });
		const later = await prove(newest + 1_000_000);
		expect([later.exit, later.err.includes("LEDGER_HEIGHT_NOT_SEALED")]).toEqual([66, true]);
		for (const none of ["x", "-1", "01", "1.5"]) {
			const refused = await demo.run(ledger, ["prove", "membership", "m/harbor", `--height=${none}`]);
			expect([refused.exit, refused.err.includes("LEDGER_HEIGHT_MALFORMED")], none).toEqual([64, true]);
		}
		expect((await demo.run(ledger, ["prove", "0".repeat(64), "--height", "1"])).exit).toBe(64);
		expect((await fetch(`${demo.addresses[0]?.url}/api/ledger/state?contract=membership&key=m/harbor&height=1&height=2`)).status).toBe(400);
	});

	it("proves that a transaction is in the log, and refuses what is not one", async () => {
		const { transactions } = JSON.parse((await demo.run(ledger, ["list", "--limit", "1", "--json"])).out) as { transactions: { id: string }[] };
		const proved = await demo.run(ledger, ["prove", transactions[0]?.id ?? "", "--json"]);
		expect(JSON.parse(proved.out)).toMatchObject({ verified: true, present: true, standing: "witnessed" });
		expect((await demo.run(ledger, ["prove", "0".repeat(64)])).exit).toBe(66);
		expect((await demo.run(ledger, ["prove", "membership"])).exit).toBe(64);
	});

	it("shows the whole at a glance, a block by its height and a transaction by its id", async () => {
		const whole = await demo.run(ledger, ["inspect"]);
		expect(whole.out).toContain("operates the ledger");
		expect(whole.out).toMatch(/ {2}\d+ {2}consent\.grant/);
		const json = JSON.parse((await demo.run(ledger, ["inspect", "--json"])).out) as { height: number; actions: Record<string, number> };
		expect(json.height).toBe(demo.network.ledger.head().height);
		const block = JSON.parse((await demo.run(ledger, ["inspect", "1", "--json"])).out) as { height: number; transactions: { id: string }[] };
		expect(block.height).toBe(1);
		expect((await demo.run(ledger, ["inspect", block.transactions[0]?.id ?? ""])).out).toContain("✓ signed by this key");
		expect((await demo.run(ledger, ["inspect", "gossip"])).exit).toBe(64);
	});

	it("replays an export in another place to the same state root, and finds a leaf that was changed", async () => {
		const [leaves, changed, genesis] = [inHome("leaves.ndjson"), inHome("changed.ndjson"), join(demo.folder, "network.json")];
		const { io } = await demo.run(ledger, ["export"]);
		writeFileSync(leaves, io.lines.map((line) => `${line}\n`).join(""));
		const replayed = await runCommand(ledger, ["replay", "--leaves", leaves, "--genesis", genesis, "--json"]);
		expect(replayed.exit).toBe(0);
		expect(JSON.parse(replayed.out)).toMatchObject({ findings: [] });
		writeFileSync(changed, [...io.lines.slice(0, 5), ...io.lines.slice(6)].map((line) => `${line}\n`).join(""));
		const broken = await runCommand(ledger, ["replay", "--leaves", changed, "--genesis", genesis]);
		expect(broken.exit).toBe(70);
		expect(broken.out).toContain("✗ REPLAY_");
		expect((await runCommand(ledger, ["replay", "--leaves", leaves])).exit).toBe(64);
		expect((await runCommand(ledger, ["replay", "--leaves", inHome("none"), "--genesis", genesis])).exit).toBe(66);
	});

	it("is read while a node writes it: head, list, show, replay, audit, export", async () => {
		const head = JSON.parse((await demo.run(ledger, ["head", "--json"])).out) as { head: { height: number }; size: number };
		expect(head.head.height).toBe(demo.network.ledger.head().height);
		const [newest] = (await demo.run(ledger, ["list", "--limit", "1", "--json"])).out.split("\n");
		const block = JSON.parse(newest ?? "") as { height: number; transactions: { id: string }[] };
		expect(block.height).toBe(head.head.height);
		expect((await demo.run(ledger, ["show", block.transactions[0]?.id ?? ""])).out).toContain("✓ signed by this key");
		expect((await demo.run(ledger, ["show", "0".repeat(64)])).exit).toBe(66);
		expect((await demo.run(ledger, ["replay"])).out).toContain("✓ every state root is the one in the log");
		expect((await demo.run(ledger, ["fsck"])).out).toContain("✓ sound");
		expect((await demo.run(ledger, ["export"])).io.lines).toHaveLength(head.size);
	});
});

describe("the folder", () => {
	it("is refused to a second node and to the auditor while a node runs", async () => {
		const second = await demo.run(node, ["--port", "0"]);
		expect(second.exit).toBe(75);
		expect(second.err).toContain(demo.folder);
		const audit = await demo.run(fsck, []);
		expect(audit.exit).toBe(75);
		expect(audit.err).toContain("CLI_NODE_RUNNING");
	});

	it("backs up records and keys apart, into new files only", async () => {
		const records = ["--member", "harbor", "--out", inHome("backup")];
		expect((await demo.run(backup, records)).exit).toBe(0);
		expect((await demo.run(backup, records)).exit).toBe(73);
		const keyFile = ["backup", "--member", "harbor", "--out", inHome("harbor.keys")];
		expect((await demo.run(keys, keyFile)).out).toContain("wrapped by the key of epoch");
		expect((await demo.run(keys, keyFile)).exit).toBe(73);
		expect((await demo.run(backup, ["--member", "nobody", "--out", inHome("other")])).exit).toBe(66);
	});
});

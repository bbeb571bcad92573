import { dataClasses, readConsents } from "#contracts";
import { demoConsents, demoStaff, pseudonymKeyOf } from "#node";
import { describeTerms } from "#wallet";
import { type Chapter, nameOf } from "./story.ts";

/** Who runs the network, and what they hold apart. */
export const institutions: Chapter = {
	step: "institutions",
	title: "Three institutions, one ledger",
	async tell({ network }) {
		const head = network.ledger.head();
		return {
			lines: [
				...network.genesis.members.map(
					({ name, roles, implicitPolicy }) =>
						`${name} (${roles.join(", ")}): its own keyring, store and access log; without a consent: ${implicitPolicy}`,
				),
				`Ledger ${network.ledger.chain} at height ${head.height}, ${head.logSize} leaves, state root ${head.stateRoot.slice(0, 16)}…`,
			],
			receipt: { genesis: network.genesis, checkpoint: network.ledger.checkpoint() },
		};
	},
};

export const records: Chapter = {
	step: "import",
	title: "Records come in, each sealed under its patient's own keys",
	async tell({ network, cast }) {
		let rows = 0;
		const perMember: Record<string, { subjects: number; records: number; vaultRoot: string }> = {};
		for (const { id, store } of network.institutions.values()) {
			const report = { subjects: 0, records: 0, vaultRoot: (await store.root()) as string };
			for await (const subject of store.listSubjects()) {
				report.subjects++;
				report.records += await store.countRecords(subject, dataClasses);
			}
			rows += report.records;
			perMember[id] = report;
		}
		return {
			lines: [
				`${cast.people.length} invented people, ${rows} FHIR R4 records: validated, classified, labelled, encrypted.`,
				...Object.entries(perMember).map(([id, report]) => `${id}: ${report.subjects} patients, ${report.records} encrypted records`),
			],
			receipt: { members: perMember },
		};
	},
};

/** The two halves of a consent beside each other. */
export const consents: Chapter = {
	step: "consents",
	title: "Patients sign; the ledger learns that they did, not what",
	async tell({ network, cast }) {
		const granted = demoConsents(cast);
		const maria = cast.person("maria-sandoval");
		const harbor = network.institution("harbor");
		const pseudonym = pseudonymKeyOf(maria, harbor.id).publicKey;
		const onLedger = readConsents(network.ledger, pseudonym);
		const [latest] = onLedger;
		const example = granted.find(({ person, title }) => person === maria.key && title.includes("heart risk"));
		return {
			lines: [
				`${granted.length} consents signed by the patients' own keys; ${demoStaff.length} people hold credentials.`,
				`${nameOf(maria)} read and signed: "${example?.title ?? ""}"`,
				`The ledger holds: ${JSON.stringify(latest)}`,
				"Who, what and why are the opened terms: encrypted at the hospital, bound by the commitment.",
			],
			receipt: {
				consents: granted.length,
				example: latest,
				proof: latest === undefined ? undefined : network.ledger.proveState("consent", `c/${latest.consentId}`),
				words: example === undefined ? [] : wordsOf(network, pseudonym, harbor.id, example),
			},
		};
	},
};

function wordsOf(
	network: Parameters<Chapter["tell"]>[0]["network"],
	pseudonym: string,
	custodian: string,
	example: ReturnType<typeof demoConsents>[number],
) {
	const terms = {
		format: "aceso/terms/1",
		chain: network.ledger.chain,
		pseudonym,
		consentId: "0".repeat(32),
		version: 1,
		custodian,
		custodial: false,
	} as const;
	return describeTerms({ ...terms, title: example.title, provision: example.provision } as unknown as Parameters<typeof describeTerms>[0], "en");
}

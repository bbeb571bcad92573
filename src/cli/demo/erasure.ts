import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { readEnrolment } from "#contracts";
import { auditFolder, pseudonymKeyOf } from "#node";
import { restoreVault } from "#vault";
import { verifyHistory } from "#wallet";
import { askHistory, pinsOf } from "./patientsTurn.ts";
import { type Chapter, nameOf, patientOf, type Story, signFor } from "./story.ts";
import { refusalOf } from "./threeCases.ts";

/** Erasure is destruction of keys; what remains are bytes that nobody can read. */
export const erasure: Chapter = {
	step: "erasure",
	title: "Erasing destroys the keys",
	async tell(story) {
		const { network, cast } = story;
		const lindenhof = network.institution("lindenhof");
		const leo = cast.person("leo-hartmann");
		const key = pseudonymKeyOf(leo, lindenhof.id);
		const patient = patientOf(leo, lindenhof);
		await lindenhof.backup(join(story.out, "vault-before-erasure.db"));
		const own = () =>
			lindenhof.gate.release(
				signFor(story, key, lindenhof, { kind: "read", patient, purpose: "PATRQT", classes: ["wearables", "conditions"], level: "identified" }),
			);
		const before = await own();
		const receipt = await lindenhof.gate.erase(signFor(story, key, lindenhof, { kind: "erase", patient, compartments: "all" }));
		const after = await own();
		const robert = cast.person("robert-castellano");
		const harbor = network.institution("harbor");
		const held = await refusalOf(() =>
			harbor.gate.erase(
				signFor(story, pseudonymKeyOf(robert, harbor.id), harbor, { kind: "erase", patient: patientOf(robert, harbor), compartments: "all" }),
			),
		);
		const history = verifyHistory(await askHistory(story, leo, lindenhof.id), { ...pinsOf(story, leo, lindenhof.id), now: network.now() });
		const day = (ms: number) => new Date(ms).toISOString().slice(0, 10);
		return {
			lines: [
				`${nameOf(leo)} erases his record: ${before.resources.length} records before, ${after.resources.length} after; the ledger says ${readEnrolment(network.ledger, key.publicKey)?.status ?? "nothing"}.`,
				`Unreadable here since ${new Date(receipt.unreadableSinceMs).toISOString()}, in backups of keys from ${day(receipt.unreadableInBackupsFromMs)}.`,
				`The access log stays verifiable for him (${history.verdict}); its key is held until ${day(receipt.auditKeyHeldUntilMs)}, then destroyed.`,
				`${nameOf(robert)} asks for the same and is told why not: ${held}.`,
			],
			receipt: {
				...receipt,
				proof: receipt.transaction === "" ? undefined : network.ledger.proveState("consent", `x/${key.publicKey}`),
				legalHold: held,
			},
		};
	},
};

/** Yesterday's backup comes back, the patient does not. */
export const restoreDrill: Chapter = {
	step: "restore-drill",
	title: "Restore drill: the backup comes back, the erased patient does not",
	async tell(story) {
		const { network, cast, out } = story;
		const lindenhof = network.institution("lindenhof");
		const leo = cast.person("leo-hartmann");
		const pseudonym = pseudonymKeyOf(leo, lindenhof.id).publicKey;
		const subject = await lindenhof.keyring.subjectOf(pseudonym);
		const restored = await restoreVault({ backup: join(out, "vault-before-erasure.db"), path: join(out, "restored.db"), custodian: lindenhof.id });
		try {
			const rows = subject === undefined ? [] : await restored.listRecords(subject, ["conditions", "wearables", "vitals"]);
			const status = subject === undefined ? "unknown" : await lindenhof.keyring.status(subject);
			const sealing = await refusalOf(async () => (subject === undefined ? undefined : lindenhof.keyring.sealFor(subject, ["conditions"])));
			const found = findText(story, [leo.names.family, leo.birthDate]);
			return {
				lines: [
					`The backup made before the erasure holds ${rows.length} of his rows again: ciphertext without a key (keyring: ${status}; using it: ${sealing}).`,
					`His name and birth date in any file of the network, backup included: ${found.length} places.`,
				],
				receipt: { rowsBack: rows.length, keyring: status, refused: sealing, plaintextFound: found },
			};
		} finally {
			await restored.close();
		}
	},
};

/** Names of other people may repeat; the family name beside the birth date may not. */
function findText(story: Story, needles: readonly string[]): readonly string[] {
	const found: string[] = [];
	const visit = (folder: string) => {
		for (const name of readdirSync(folder)) {
			const path = join(folder, name);
			if (statSync(path).isDirectory()) visit(path);
			else if (!path.includes("history.json") && !name.endsWith(".sock")) {
				const bytes = readFileSync(path);
				if (needles.every((needle) => bytes.includes(needle))) found.push(name);
			}
		}
	};
	visit(story.network.folder);
	if (!story.out.startsWith(story.network.folder)) visit(story.out);
	return found;
}

/** One auditor over everything, on files that nobody holds open any more. */
export const audit: Chapter = {
	step: "audit",
	title: "The network stops; the auditor goes over every file",
	async tell({ network }) {
		await network.close();
		const report = await auditFolder(network.folder);
		return {
			lines: [
				`ledger: ${report.blocks} blocks and ${report.leaves} leaves replayed`,
				...report.members.map(({ member, rows, entries }) => `${member}: ${rows} encrypted rows, ${entries} access log entries`),
				`Findings: ${report.findings.length}.`,
			],
			receipt: { ...report },
		};
	},
};

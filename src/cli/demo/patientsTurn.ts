import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { readLog } from "#contracts";
import { witnessesOf } from "#ledger";
import { type DemoPerson, pseudonymKeyOf, submitAll } from "#node";
import { buildRevoke, type HistoryEntry, type HistoryExport, type HistoryTrust, verifyHistory } from "#wallet";
import { type Chapter, countByClass, nameOf, patientOf, type Story, signFor, signRead } from "./story.ts";

/** What a patient pinned at enrolment; the verifier takes nothing of it from the export. */
export function pinsOf({ network }: Story, person: DemoPerson, custodian: string): Omit<HistoryTrust, "now"> {
	return {
		chain: network.ledger.chain,
		ledgerKey: network.genesis.sealer,
		witnesses: witnessesOf(network.genesis),
		pseudonym: pseudonymKeyOf(person, custodian).publicKey,
	};
}

export async function askHistory(story: Story, person: DemoPerson, custodian: string): Promise<HistoryExport> {
	const institution = story.network.institution(custodian);
	await institution.gate.anchor(true);
	const key = pseudonymKeyOf(person, custodian);
	return institution.gate.showHistory(signFor(story, key, institution, { kind: "history", patient: patientOf(person, institution) }));
}

/** The same history with other entries in each of its logs. */
function withEntries(history: HistoryExport, change: (entries: readonly HistoryEntry[]) => readonly HistoryEntry[]): HistoryExport {
	const logs = history.logs.map((log) => (log.shown === null ? log : { ...log, shown: { ...log.shown, entries: change(log.shown.entries) } }));
	return { ...history, logs };
}

/** The patient verifies; what was tampered with shows. */
export const verification: Chapter = {
	step: "verification",
	title: "The patient verifies who looked",
	async tell(story) {
		const maria = story.cast.person("maria-sandoval");
		const history = await askHistory(story, maria, "harbor");
		const now = story.network.now();
		const trust = { ...pinsOf(story, maria, "harbor"), now };
		const report = verifyHistory(history, trust);
		const omitted = verifyHistory(
			withEntries(history, (entries) => entries.filter((_, index) => index !== entries.length - 2)),
			trust,
		);
		const altered = verifyHistory(
			withEntries(history, ([first, ...rest]) => [{ ...first!, entry: { ...first!.entry, purpose: "HPAYMT" } }, ...rest]),
			trust,
		);
		const file = join(story.out, "maria-sandoval.history.json");
		writeFileSync(file, JSON.stringify(history));
		writeFileSync(join(story.out, "maria-sandoval.pins.json"), JSON.stringify(pinsOf(story, maria, "harbor")));
		return {
			lines: [
				`${nameOf(maria)}'s history at Harbor Clinic: ${report.entries.length} entries; ${report.checks.map(({ name, ok }) => `${name} ${ok ? "✓" : "✗"}`).join(", ")}.`,
				...report.entries
					.slice(-4)
					.map(({ seq, action, purpose, decision, requesterKind }) => `  ${seq}: ${action} for ${purpose} by ${requesterKind}: ${decision}`),
				`Verdict: ${report.verdict} (${report.cosignatures.found} cosignatures by other members, ${report.cosignatures.asked} needed).`,
				`One entry left out: ${refusalIn(omitted)}. One word altered: ${refusalIn(altered)}.`,
			],
			receipt: {
				file,
				verdict: report.verdict,
				checks: report.checks,
				omitted: refusalIn(omitted),
				altered: refusalIn(altered),
				pins: pinsOf(story, maria, "harbor"),
			},
		};
	},
};

function refusalIn(report: ReturnType<typeof verifyHistory>): string {
	return report.checks.find(({ ok }) => !ok)?.code ?? "not noticed";
}

/** Revoking stops it with the next block. */
export const revocation: Chapter = {
	step: "revocation",
	title: "Revoking stops it",
	async tell(story) {
		const { network, cast } = story;
		const harbor = network.institution("harbor");
		const james = cast.person("james-okafor");
		const relationship = story.relationships["dr-marsh/james-okafor"];
		const read = { patient: patientOf(james, harbor), purpose: "TREAT", classes: ["conditions", "procedures"], level: "identified" } as const;
		const ask = () => harbor.gate.release(signRead(story, "dr-marsh", harbor, { ...read, ...(relationship === undefined ? {} : { relationship }) }));
		const before = await ask();
		const { consentId } = story.consentOf(james.key, /heart/);
		const context = { chain: network.ledger.chain, nowMs: network.now(), randomBytes: network.randomBytes };
		const revoke = buildRevoke(pseudonymKeyOf(james, harbor.id), { consentId } as Parameters<typeof buildRevoke>[1], context);
		const [result] = await submitAll(network, harbor, [revoke]);
		const after = await ask();
		// Ingrid acts for Walter: she was appointed at enrolment and the ledger names her key.
		const lindenhof = network.institution("lindenhof");
		const walter = cast.person("walter-lehmann");
		const delegate = cast.person("ingrid-lehmann").wallet.delegateKey(pseudonymKeyOf(walter, lindenhof.id).publicKey);
		const his = story.consentOf(walter.key, /Lindenhof/);
		const [byDelegate] = await submitAll(network, lindenhof, [
			buildRevoke(delegate, { consentId: his.consentId } as Parameters<typeof buildRevoke>[1], context),
		]);
		return {
			lines: [
				`Before: Dr. Marsh reads ${before.resources.length} records (${countByClass(before.resources)}). ${nameOf(james)} revokes at height ${result?.height ?? 0}.`,
				`After: ${after.resources.length} records. Both are on his log. What she read before cannot be unread, and the page says so.`,
				`Ingrid Lehmann revokes for her husband as his delegate: accepted at height ${byDelegate?.height ?? 0}.`,
			],
			receipt: {
				transaction: result === undefined ? undefined : network.ledger.proveTransaction(result.id),
				before: before.resources.length,
				after: after.resources.length,
				delegateTransaction: byDelegate?.id,
			},
		};
	},
};

/** Emergency access: it works, it is loud, and somebody answers for it. */
export const emergency: Chapter = {
	step: "break-glass",
	title: "Emergency: the glass breaks loudly",
	async tell(story) {
		const { network, cast } = story;
		const harbor = network.institution("harbor");
		const sofia = cast.person("sofia-marques");
		const patient = patientOf(sofia, harbor);
		const classes = ["demographics", "allergies", "medications", "conditions"] as const;
		const quiet = await harbor.gate.release(signRead(story, "dr-night", harbor, { patient, purpose: "TREAT", classes, level: "identified" }));
		const emergencyReason = "Unconscious in the emergency room, allergies unknown.";
		const loud = await harbor.gate.release(
			signRead(story, "dr-night", harbor, { patient, purpose: "ETREAT", classes, level: "identified", emergencyReason }),
		);
		// By the gate itself, before its answer left.
		const anchored = readLog(network.ledger, harbor.id, harbor.log.log)?.size === harbor.log.size();
		const { pseudonym } = patient as { pseudonym: ReturnType<typeof pseudonymKeyOf>["publicKey"] };
		const notices = harbor.gate.memory.notifications(pseudonym);
		const [review] = harbor.gate.memory.reviews().filter((row) => row.pseudonym === pseudonym && row.status === "open");
		const officer = cast.staff("officer-clarke");
		if (review !== undefined) {
			const body = { kind: "review", review: review.id, outcome: "justified", note: "Admission record confirms the emergency." };
			await harbor.gate.reviewEmergency(signFor(story, officer.signingKey, harbor, body, officer.member));
		}
		const closed = harbor.gate.memory.reviews().find(({ id }) => id === review?.id);
		return {
			lines: [
				`Without a consent the emergency physician gets ${quiet.resources.length} records; with a stated emergency ${loud.resources.length} (${countByClass(loud.resources)}).`,
				`${nameOf(sofia)} is told (${notices.length} notice), the log is anchored at once (${anchored ? "yes" : "no"}).`,
				review === undefined
					? "No review was opened."
					: `A review opens, and ${officer.name}, compliance officer, closes it: ${closed?.status ?? "open"}.`,
			],
			receipt: {
				access: loud.access,
				obligations: loud.obligations,
				anchored,
				notices,
				review: harbor.gate.memory.reviews().find(({ id }) => id === review?.id),
			},
		};
	},
};

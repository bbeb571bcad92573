import { purposes } from "#contracts";
import type { GenomeComputation, PgxBody } from "#gate";
import { adviseOnAll, type PgxReport } from "#genomics";
import { genomeModelId } from "#node";
import type { Io } from "../command.ts";
import { custodianFor, referTo } from "../custodianFor.ts";
import { nameOf, openDemoDesk, relationshipOf, signFor } from "../demoDesk.ts";
import { withNode } from "../openNode.ts";
import { dataOption, folderOf, jsonOption, oneOf, readWords, required } from "../options.ts";
import { describeAdvice } from "./describeAdvice.ts";
import { describeReport } from "./describeReport.ts";
import { loadPgxGuidance } from "./loadPgxGuidance.ts";

const options = {
	...dataOption,
	...jsonOption,
	staff: { type: "string" },
	person: { type: "string" },
	member: { type: "string" },
	record: { type: "string" },
	purpose: { type: "string", default: "TREAT" },
	level: { type: "string", default: "identified" },
	emergency: { type: "string" },
	drug: { type: "string", multiple: true },
} as const;

type Answer = GenomeComputation<PgxReport>;

/** Asks a node, as a member of staff would, what a patient's sealed genome says; the genome stays where it is. */
export async function reportSealed(args: readonly string[], io: Io): Promise<number> {
	const { values } = readWords(args, options);
	const folder = folderOf(values);
	const staffKey = required(values.staff, "--staff KEY");
	const personKey = required(values.person, "--person KEY");
	const level = oneOf(values.level, ["identified", "compute"], "--level");
	const desk = openDemoDesk(folder);
	const staff = desk.cast.staff(staffKey);
	const patient = custodianFor(desk, personKey, staff.member, values.member);
	const answer = await withNode({ folder, io }, async (node) => {
		const relationship = relationshipOf(desk, staffKey, personKey, patient.key.publicKey);
		const body: PgxBody = {
			...{ kind: "pgx", classes: ["genomics"], level, purpose: oneOf(values.purpose, purposes, "--purpose") },
			patient: await referTo(node, desk, patient, staff.member),
			...(level === "compute" ? { model: genomeModelId } : {}),
			...(values.record === undefined ? {} : { record: values.record }),
			...(values.emergency === undefined ? {} : { emergencyReason: values.emergency }),
			...(relationship === undefined ? {} : { relationship }),
		};
		const request = signFor(desk, staff.signingKey, { audience: patient.custodian, via: staff.member as typeof patient.custodian, body });
		const sent = staff.member === patient.custodian ? request : await node.post<object>("/admin/forwards", request);
		return node.post<Answer>(`/members/${patient.custodian}/api/pgx`, sent);
	});
	const guidance = loadPgxGuidance(undefined);
	const drugs = values.drug as readonly string[] | undefined;
	const advice =
		guidance === undefined ? undefined : adviseOnAll({ genes: answer.result.genes, guidance, today: new Date().toISOString().slice(0, 10), drugs });
	if (values.json) io.out(JSON.stringify({ ...answer, guidance: advice ?? null }, undefined, 2));
	else {
		io.out(`${staff.name} asks about ${nameOf(patient.person)} at ${desk.memberName(patient.custodian)}`);
		for (const line of [...describeOpened(answer), "", ...describeReport(answer.result)]) io.out(line);
		if (advice !== undefined) for (const line of describeAdvice(advice, drugs !== undefined)) io.out(line);
		for (const line of ["", answer.notice, `Entry ${answer.access.leafIndex} of access log ${answer.access.log}.`]) io.out(line);
	}
	return 0;
}

function describeOpened({ record, genomes, opened: { genome, index } }: Answer): readonly string[] {
	const kilobytes = (bytes: number) => `${Math.ceil(bytes / 1_000)} kB`;
	return [
		`From the sealed genome of ${record}${genomes > 1 ? `, the newest of ${genomes}` : ""}: ${genome.chunks} of its ${genome.ofChunks} chunks were opened (${kilobytes(genome.bytes)} of ${kilobytes(genome.ofBytes)}), and ${index.chunks} of ${index.ofChunks} of its index.`,
	];
}

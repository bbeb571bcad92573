import { type RegisteredLog, readLogs } from "#contracts";
import { askedCosignatures, verifyCheckpoint, witnessesOf, witnessName } from "#ledger";
import type { Institution } from "../institution.ts";
import type { Network } from "../network.ts";
import { readCare } from "./lastCare.ts";

/** How ledger, access logs and keys of a house are. As this node knows it: who wants proof verifies the ledger and a history by other means. */
export async function describeHealth(network: Network, institution: Institution) {
	const { ledger, now, folder } = network;
	const { id, gate, log, keyring } = institution;
	const { height, time, logSize, logRoot, stateRoot, rulesVersion } = ledger.head();
	const care = readCare(folder);
	return {
		atMs: now(),
		ledger: {
			chain: ledger.chain,
			height,
			timeMs: time,
			logSize,
			logRoot,
			stateRoot,
			rulesVersion,
			stalenessMs: ledger.stalenessMs(now()),
			...vouchedFor(network),
		},
		logs: readLogs(ledger, id).map((record) => ({
			...shownLog(record),
			...(record.log === log.log ? { entries: log.size(), isWritten: true } : { isWritten: false }),
		})),
		keyring: { answers: await answers(keyring.honoursLog(log.log)) },
		isRelabelling: gate.isRelabelling(),
		audit: care.audit ?? null,
		backup: care.members[id]?.backup ?? null,
		keyBackup: care.members[id]?.keyBackup ?? null,
	};
}

function shownLog({ log, status, size, sizeLost, anchors, anchoredAtMs }: RegisteredLog) {
	return { log, status, anchoredEntries: size, lostEntries: sizeLost, anchors, anchoredAtMs };
}

/** Which witnesses vouch for the newest checkpoint. Where validators decide there are none to name: nothing is in the ledger that they did not sign. */
function vouchedFor({ ledger, genesis }: Network) {
	const witnesses = witnessesOf(genesis);
	if (ledger.proveDecidedState !== undefined) return { standing: "agreed" as const, witnesses: [], asked: 0 };
	const found = verifyCheckpoint(ledger.checkpoint(), { origin: genesis.chain, sealerKey: genesis.sealer, witnesses });
	return {
		standing: found.standing,
		witnesses: witnesses.map(({ name }) => ({
			member: genesis.members.find((member) => witnessName(genesis.chain, member.id) === name)?.id ?? name,
			cosigned: found.witnesses.includes(name),
		})),
		asked: askedCosignatures(witnesses.length),
	};
}

async function answers(asking: Promise<boolean>): Promise<boolean> {
	return asking.catch(() => false);
}

import { onTestFinished } from "vitest";
import { type MemberId, parseMemberId, type SigningKey } from "#base";
import { CometApplication } from "../comet/application.ts";
import { encodeBatchOf } from "../comet/envelopeBatch.ts";
import { openReplica } from "../comet/openReplica.ts";
import type { Replica, ReplicaOptions } from "../comet/replica.ts";
import { createEnvelope } from "../envelope.ts";
import type { Envelope, Transaction } from "../ledger.ts";
import type { MemberRecord } from "../sealer/options.ts";
import { readTransaction } from "../transaction.ts";
import { temporaryPath } from "./openToySealer.ts";
import { definition, readToyMember, stoppedClock, toyKey } from "./toyLedger.ts";

export const replicaKey = toyKey("replica");
export const forwarder = parseMemberId("forwarder");
export const forwarderKey = toyKey("forwarder");

export interface ToyReplica {
	readonly replica: Replica;
	readonly application: CometApplication;
	readonly path: string;
}

/** A replica with its application, closed when the test ends. */
export function openToyReplica(path: string = temporaryPath(), options: Partial<ReplicaOptions> = {}): ToyReplica {
	const all: ReplicaOptions = { ...definition, path, replicaKey, readMember: readToyMember, snapshotEvery: 0, ...options };
	const replica = openReplica(all);
	onTestFinished(() => replica.close());
	const application = new CometApplication({ replica, readMember: all.readMember, now: stoppedClock().now });
	return { replica, application, path };
}

/** For chains whose own members come and go: somebody forwards. */
export function anybodyForwards(_: unknown, member: MemberId): MemberRecord | undefined {
	return member === forwarder ? { key: forwarderKey.publicKey, status: "active" } : undefined;
}

export function forward(chain: string, transactions: readonly Transaction[], key: SigningKey = forwarderKey, member = forwarder): Envelope {
	return createEnvelope(transactions, { chain, member, key });
}

/** What CometBFT calls a transaction. */
export function batchOf(...envelopes: Envelope[]): Uint8Array {
	return encodeBatchOf(envelopes.map(({ transactions, ...head }) => ({ head, transactions: transactions.map(readTransaction) })));
}

/** A time as CometBFT writes it. */
export function timestamp(ms: number): { seconds: bigint; nanos: number } {
	return { seconds: BigInt(Math.floor(ms / 1_000)), nanos: (ms % 1_000) * 1_000_000 };
}

/** One decided block: finalised, then committed. @returns The app hash, hex. */
export async function decide({ application, replica }: ToyReplica, timeMs: number, ...txs: Uint8Array[]): Promise<string> {
	const { appHash } = application.finalizeBlock({ txs, height: BigInt(replica.nextHeight), time: timestamp(timeMs) });
	await replica.commit();
	return Buffer.from(appHash).toString("hex");
}

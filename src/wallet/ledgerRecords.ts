import { isHex, isMemberId, isPublicKey, type JsonValue, type MemberId } from "#base";
import type { RegisteredLog } from "#contracts";

/** State key of a log in the `access` contract. */
export function accessLogKey(member: MemberId, log: string): string {
	return `l/${member}/${log}`;
}

/** State key of how many logs a member registered, in the `access` contract. */
export function logCountKey(member: MemberId): string {
	return `m/${member}`;
}

/** State key of the id of a member's log by its number, in the `access` contract. */
export function logNameKey(member: MemberId, index: number): string {
	return `n/${member}/${index}`;
}

type Fields = { readonly [name: string]: JsonValue };

/** Reads a proved state value as a log's registration, or undefined when it is none. */
export function readLogRecord(value: JsonValue | undefined): RegisteredLog | undefined {
	if (!isObject(value)) return undefined;
	const { member, log, writer, root, mapRoot, anchorsRoot } = value;
	const counts = [value.index, value.size, value.sizeLost, value.anchors].every(isCount);
	const fits = isMemberId(member) && typeof log === "string" && isPublicKey(writer) && [root, mapRoot, anchorsRoot].every((hash) => isHex(hash, 32));
	return fits && counts ? (value as unknown as RegisteredLog) : undefined;
}

/** Reads a proved state value as the number of a member's logs, or undefined when it is none. */
export function readLogCountRecord(value: JsonValue | undefined): number | undefined {
	return isObject(value) && isCount(value.logs) ? value.logs : undefined;
}

/** Reads a state value as the id of a log, or undefined when it is none. */
export function readLogName(value: JsonValue | undefined): string | undefined {
	return isObject(value) && typeof value.log === "string" ? value.log : undefined;
}

function isCount(value: JsonValue | undefined): value is number {
	return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isObject(value: JsonValue | undefined): value is Fields {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}

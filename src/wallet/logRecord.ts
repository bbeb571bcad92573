import { isHex, isMemberId, isPublicKey, type JsonValue, type MemberId, type PublicKey } from "#base";

/** What the access contract knows of a log. */
export interface LogRecord {
	readonly member: MemberId;
	/** Key of the log's writer. */
	readonly key: PublicKey;
	/** Anchored last; 0 before the first anchor. */
	readonly size: number;
	readonly root: string;
	readonly mapRoot: string;
}

/** State key of a log in the access contract. */
export function accessLogKey(log: string): string {
	return `l/${log}`;
}

/** Reads a state value of the access contract, or undefined when it is not a log's record. */
export function readLogRecord(value: JsonValue | undefined): LogRecord | undefined {
	if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
	const { member, key, size, root, mapRoot } = value as { readonly [field: string]: JsonValue };
	if (!isMemberId(member) || !isPublicKey(key) || typeof size !== "number" || !isHex(root, 32) || !isHex(mapRoot, 32)) return undefined;
	return { member, key, size, root, mapRoot };
}

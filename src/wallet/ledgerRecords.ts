import { isHex, isMemberId, isPublicKey, type JsonValue, type MemberId } from "#base";
import type { Anchor, AnchorBody, RegisteredLog } from "#contracts";

/** State key of a log in the `access` contract. */
export function accessLogKey(member: MemberId, log: string): string {
	return `l/${member}/${log}`;
}

/** State key of a member's latest anchor in the `access` contract. */
export function anchorKey(member: MemberId): string {
	return `a/${member}`;
}

/** State key of a member's signing key in the `membership` contract; it stays when the key is replaced. */
export function memberKeyKey(key: string): string {
	return `k/${key}`;
}

type Fields = { readonly [name: string]: JsonValue };

/** Reads a proved state value as a log's registration, or undefined when it is none. */
export function readLogRecord(value: JsonValue | undefined): RegisteredLog | undefined {
	if (!isObject(value)) return undefined;
	const { member, log, writer, size, root } = value;
	const fits = isMemberId(member) && typeof log === "string" && isPublicKey(writer) && Number.isSafeInteger(size) && isHex(root, 32);
	return fits ? (value as unknown as RegisteredLog) : undefined;
}

/** Reads a proved state value as a member's latest anchor, or undefined when it is none. */
export function readAnchorRecord(value: JsonValue | undefined): Anchor | undefined {
	if (!isObject(value)) return undefined;
	return isHex(value.mapRoot, 32) && Number.isSafeInteger(value.recordedAtMs) ? (value as unknown as Anchor) : undefined;
}

/** Reads the body of an `access.anchor` transaction, or undefined when it is none. A sealer may put into its log what no schema has passed. */
export function readAnchorBody(body: JsonValue): AnchorBody | undefined {
	const fits = isObject(body) && Array.isArray(body.logs) && body.logs.every(isObject) && isHex(body.mapRoot, 32);
	return fits ? (body as unknown as AnchorBody) : undefined;
}

/** Whose key a proved `membership` value says it is or was. */
export function readKeyHolder(value: JsonValue | undefined): MemberId | undefined {
	return isObject(value) && isMemberId(value.member) ? value.member : undefined;
}

function isObject(value: JsonValue | undefined): value is Fields {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}

import { concatBytes, encodeUtf8 } from "#base";

/**
 * The few forms of Protocol Buffers that CometBFT hashes and signs. Fields are written in the order of their numbers; a scalar of its default value is
 * left out, which makes each value's bytes one and only.
 *
 * Source: Protocol Buffers encoding; gogoproto's `Marshal` for the messages of CometBFT's `types`.
 */
const wireType = { varint: 0, fixed64: 1, bytes: 2 } as const;

/** Base-128, least significant group first. @param value - 0 … 2^64 − 1. */
export function encodeVarint(value: bigint): Uint8Array {
	const bytes = [];
	let rest = value;
	while (rest > 0x7fn) {
		bytes.push(Number(rest & 0x7fn) | 0x80);
		rest >>= 7n;
	}
	return Uint8Array.from([...bytes, Number(rest)]);
}

function tag(field: number, type: number): Uint8Array {
	return Uint8Array.of(field * 8 + type);
}

/** uint32, uint64, int32, int64 and enumerations that are not negative. */
export function varintField(field: number, value: number | bigint): Uint8Array {
	return BigInt(value) === 0n ? new Uint8Array(0) : concatBytes(tag(field, wireType.varint), encodeVarint(BigInt(value)));
}

/** sfixed64: eight bytes, least significant first. */
export function fixed64Field(field: number, value: number): Uint8Array {
	if (value === 0) return new Uint8Array(0);
	const bytes = new Uint8Array(8);
	new DataView(bytes.buffer).setBigInt64(0, BigInt(value), true);
	return concatBytes(tag(field, wireType.fixed64), bytes);
}

export function bytesField(field: number, value: Uint8Array): Uint8Array {
	return value.length === 0 ? value : messageField(field, value);
}

export function textField(field: number, value: string): Uint8Array {
	return bytesField(field, encodeUtf8(value));
}

/** A message inside: written even when it is empty, where CometBFT's type cannot be absent. */
export function messageField(field: number, value: Uint8Array): Uint8Array {
	return concatBytes(tag(field, wireType.bytes), lengthPrefixed(value));
}

/** A message with its length in front, as CometBFT signs votes. */
export function lengthPrefixed(message: Uint8Array): Uint8Array {
	return concatBytes(encodeVarint(BigInt(message.length)), message);
}

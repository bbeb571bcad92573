/** Four tables of the reflected polynomial 0xEDB88320, so that four bytes go in one step. */
const tables = makeTables();

/** CRC-32 of RFC 1952 §8, as an unsigned number. */
export function crc32(bytes: Uint8Array): number {
	const [t0, t1, t2, t3] = tables as [Uint32Array, Uint32Array, Uint32Array, Uint32Array];
	let crc = 0xffffffff;
	let at = 0;
	for (const end = bytes.length - 3; at < end; at += 4) {
		const low = crc & 0xff;
		const word = crc >>> 8;
		crc =
			((t3[low ^ (bytes[at] as number)] as number) ^
				(t2[(word & 0xff) ^ (bytes[at + 1] as number)] as number) ^
				(t1[((word >>> 8) & 0xff) ^ (bytes[at + 2] as number)] as number) ^
				(t0[(word >>> 16) ^ (bytes[at + 3] as number)] as number)) >>>
			0;
	}
	for (; at < bytes.length; at++) crc = ((crc >>> 8) ^ (t0[(crc ^ (bytes[at] as number)) & 0xff] as number)) >>> 0;
	return (crc ^ 0xffffffff) >>> 0;
}

function makeTables(): readonly Uint32Array[] {
	const first = new Uint32Array(256).map((_, byte) => {
		let crc = byte;
		for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
		return crc;
	});
	const all = [first];
	for (let table = 1; table < 4; table++) {
		const before = all[table - 1] as Uint32Array;
		all.push(before.map((crc) => (crc >>> 8) ^ (first[crc & 0xff] as number)));
	}
	return all;
}

/**
 * QR codes of texts, as ISO/IEC 18004:2015 has them: byte mode, error correction level M (15 % of a symbol may be lost), versions 1 to 20. An
 * address of an invitation needs version 6 or so.
 */

/** Codewords of error correction in each block, and blocks, of level M by version (ISO/IEC 18004 table 9). */
const eccPerBlock = [10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26] as const;
const blockCounts = [1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16] as const;

/** Rows of modules, true for a dark one, without the quiet zone of four modules around. */
export type QrModules = readonly (readonly boolean[])[];

/** @throws RangeError for a text of more than 666 bytes. */
export function encodeQr(text: string): QrModules {
	const bytes = new TextEncoder().encode(text);
	const version = versionFor(bytes.length);
	const codewords = withEcc(dataCodewords(bytes, version), version);
	const candidates = Array.from({ length: 8 }, (_, mask) => draw(codewords, version, mask));
	return candidates.reduce((best, each) => (penaltyOf(each) < penaltyOf(best) ? each : best));
}

/** One path of squares, for an SVG whose view box is the size of the symbol and four modules on each side. */
export function qrPath(modules: QrModules): string {
	return modules.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [`M${x + 4} ${y + 4}h1v1h-1z`] : []))).join("");
}

/** Two rows of modules a line, for a terminal that shows the text dark on light. */
export function qrLines(modules: QrModules): readonly string[] {
	const size = modules.length + 8;
	const isDark = (x: number, y: number) => modules[y - 4]?.[x - 4] ?? false;
	const half = (top: boolean, bottom: boolean) => (top ? (bottom ? "█" : "▀") : bottom ? "▄" : " ");
	return Array.from({ length: Math.ceil(size / 2) }, (_, line) =>
		Array.from({ length: size }, (_, x) => half(isDark(x, line * 2), isDark(x, line * 2 + 1))).join(""),
	);
}

function versionFor(length: number): number {
	for (let version = 1; version <= blockCounts.length; version++) {
		if (dataCapacity(version) * 8 >= 4 + (version < 10 ? 8 : 16) + length * 8) return version;
	}
	throw new RangeError(`expected a text that fits into a QR code of version ${blockCounts.length}, found ${length} bytes`);
}

/** Modules that are neither function pattern nor format or version information, as whole bytes. */
function totalCodewords(version: number): number {
	const alignments = version < 2 ? 0 : Math.floor(version / 7) + 2;
	const modules = (16 * version + 128) * version + 64 - (version < 2 ? 0 : (25 * alignments - 10) * alignments - 55) - (version < 7 ? 0 : 36);
	return Math.floor(modules / 8);
}

function dataCapacity(version: number): number {
	return totalCodewords(version) - (eccPerBlock[version - 1] as number) * (blockCounts[version - 1] as number);
}

function dataCodewords(bytes: Uint8Array, version: number): Uint8Array {
	const bits: number[] = [];
	const push = (value: number, length: number) => {
		for (let at = length - 1; at >= 0; at--) bits.push((value >>> at) & 1);
	};
	push(0b0100, 4);
	push(bytes.length, version < 10 ? 8 : 16);
	for (const byte of bytes) push(byte, 8);
	const capacity = dataCapacity(version);
	push(0, Math.min(4, capacity * 8 - bits.length));
	push(0, (8 - (bits.length % 8)) % 8);
	const words = Uint8Array.from({ length: bits.length / 8 }, (_, at) => Number.parseInt(bits.slice(at * 8, at * 8 + 8).join(""), 2));
	return Uint8Array.from({ length: capacity }, (_, at) => words[at] ?? ((at - words.length) % 2 === 0 ? 0xec : 0x11));
}

/** Product in GF(2^8) modulo x^8 + x^4 + x^3 + x^2 + 1. */
function multiply(a: number, b: number): number {
	let product = 0;
	for (let at = 7; at >= 0; at--) product = (product << 1) ^ ((product >>> 7) * 0x11d) ^ (((b >>> at) & 1) * a);
	return product;
}

/** Remainder of Reed–Solomon for one block. */
export function reedSolomon(data: Uint8Array, count: number): Uint8Array {
	const generator = new Uint8Array(count);
	generator[count - 1] = 1;
	for (let degree = 0, root = 1; degree < count; degree++, root = multiply(root, 2)) {
		for (let at = 0; at < count; at++) generator[at] = multiply(generator[at] as number, root) ^ (generator[at + 1] ?? 0);
	}
	const remainder = new Uint8Array(count);
	for (const byte of data) {
		const factor = byte ^ (remainder[0] as number);
		remainder.copyWithin(0, 1);
		remainder[count - 1] = 0;
		for (let at = 0; at < count; at++) remainder[at] = (remainder[at] as number) ^ multiply(generator[at] as number, factor);
	}
	return remainder;
}

/** Cuts the data into blocks, the shorter ones first, and takes turns through them: data, then error correction. */
function withEcc(data: Uint8Array, version: number): readonly number[] {
	const [count, ecc] = [blockCounts[version - 1] as number, eccPerBlock[version - 1] as number];
	const short = Math.floor(data.length / count);
	const longer = data.length % count;
	let from = 0;
	const blocks = Array.from({ length: count }, (_, at) => {
		const part = data.subarray(from, from + short + (at >= count - longer ? 1 : 0));
		from += part.length;
		return { part, check: reedSolomon(part, ecc) };
	});
	const turns = (length: number, pick: (block: (typeof blocks)[number]) => Uint8Array) =>
		Array.from({ length }, (_, at) => blocks.flatMap((block) => pick(block)[at] ?? [])).flat();
	return [...turns(short + 1, ({ part }) => part), ...turns(ecc, ({ check }) => check)];
}

const masks: readonly ((x: number, y: number) => boolean)[] = [
	(x, y) => (x + y) % 2 === 0,
	(_, y) => y % 2 === 0,
	(x) => x % 3 === 0,
	(x, y) => (x + y) % 3 === 0,
	(x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2 === 0,
	(x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
	(x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
	(x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
];

/** Bits with the remainder of a BCH code behind them (ISO/IEC 18004 annexes C and D). */
function withBch(value: number, length: number, generator: number): number {
	const degree = generator.toString(2).length - 1;
	let rest = value << degree;
	for (let at = length - 1; at >= 0; at--) if ((rest >>> (at + degree)) & 1) rest ^= generator << at;
	return (value << degree) | rest;
}

/** 15 bits: level M is 00. */
export const formatBits = (mask: number): number => withBch(mask, 5, 0b10100110111) ^ 0b101010000010010;
/** 18 bits, from version 7 on. */
export const versionBits = (version: number): number => withBch(version, 6, 0b1111100100101);

function alignmentCentres(version: number): readonly number[] {
	if (version === 1) return [];
	const count = Math.floor(version / 7) + 2;
	const step = Math.floor((version * 8 + count * 3 + 5) / (count * 4 - 4)) * 2;
	const size = version * 4 + 17;
	return [6, ...Array.from({ length: count - 1 }, (_, at) => size - 7 - (count - 2 - at) * step)];
}

function draw(codewords: readonly number[], version: number, mask: number): QrModules {
	const size = version * 4 + 17;
	const grid: (boolean | undefined)[][] = Array.from({ length: size }, () => new Array(size).fill(undefined));
	const set = (x: number, y: number, isDark: boolean) => {
		const row = grid[y];
		if (row !== undefined && x >= 0 && x < size) row[x] = isDark;
	};
	drawPatterns(version, set, (x, y) => grid[y]?.[x] !== undefined);
	drawFormat(mask, version, set);
	// Columns in pairs from the right, up and down in turn, around the timing pattern's column.
	let bit = 0;
	for (let right = size - 1, up = true; right >= 1; right -= 2, up = !up) {
		if (right === 6) right = 5;
		for (let step = 0; step < size; step++) {
			const y = up ? size - 1 - step : step;
			for (const x of [right, right - 1]) {
				if (grid[y]?.[x] !== undefined) continue;
				const isDark = (((codewords[bit >>> 3] ?? 0) >>> (7 - (bit & 7))) & 1) === 1;
				set(x, y, isDark !== (masks[mask] as (x: number, y: number) => boolean)(x, y));
				bit++;
			}
		}
	}
	return grid as boolean[][];
}

type Set = (x: number, y: number, isDark: boolean) => void;

function drawPatterns(version: number, set: Set, isTaken: (x: number, y: number) => boolean): void {
	const size = version * 4 + 17;
	for (const [left, top] of [
		[0, 0],
		[size - 7, 0],
		[0, size - 7],
	] as const) {
		for (let y = -1; y <= 7; y++) {
			for (let x = -1; x <= 7; x++) {
				const ring = Math.max(Math.abs(x - 3), Math.abs(y - 3));
				set(left + x, top + y, ring !== 2 && ring !== 4);
			}
		}
	}
	const centres = alignmentCentres(version);
	for (const y of centres) {
		for (const x of centres) {
			if (isTaken(x, y)) continue;
			for (let dy = -2; dy <= 2; dy++) for (let dx = -2; dx <= 2; dx++) set(x + dx, y + dy, Math.max(Math.abs(dx), Math.abs(dy)) !== 1);
		}
	}
	for (let at = 8; at < size - 8; at++) {
		set(at, 6, at % 2 === 0);
		set(6, at, at % 2 === 0);
	}
}

function drawFormat(mask: number, version: number, set: Set): void {
	const size = version * 4 + 17;
	const bits = formatBits(mask);
	const bitAt = (at: number) => ((bits >>> at) & 1) === 1;
	for (let at = 0; at < 15; at++) {
		// Beside the upper left finder: up its right side, then along below it, over the timing patterns.
		const down = at < 6 ? at : at === 6 ? 7 : 8;
		const along = at < 8 ? 8 : at === 8 ? 7 : 14 - at;
		set(at < 8 ? 8 : along, at < 8 ? down : 8, bitAt(at));
		if (at < 8) set(size - 1 - at, 8, bitAt(at));
		else set(8, size - 15 + at, bitAt(at));
	}
	set(8, size - 8, true);
	if (version < 7) return;
	for (let at = 0; at < 18; at++) {
		const isDark = ((versionBits(version) >>> at) & 1) === 1;
		const [far, near] = [size - 11 + (at % 3), Math.floor(at / 3)];
		set(far, near, isDark);
		set(near, far, isDark);
	}
}

/** ISO/IEC 18004 §7.8.3.1: long runs, blocks of one colour, what looks like a finder, too much of one colour. */
function penaltyOf(modules: QrModules): number {
	const size = modules.length;
	const columns = modules.map((_, x) => modules.map((row) => row[x] as boolean));
	const lines = [...modules, ...columns].map((line) => line.map((isDark) => (isDark ? "1" : "0")).join(""));
	let penalty = 0;
	for (const line of lines) {
		for (const [run] of line.matchAll(/0{5,}|1{5,}/g)) penalty += run.length - 2;
		for (const finder of ["10111010000", "00001011101"]) {
			for (let at = line.indexOf(finder); at >= 0; at = line.indexOf(finder, at + 1)) penalty += 40;
		}
	}
	for (let y = 1; y < size; y++) {
		for (let x = 1; x < size; x++) {
			const corner = modules[y]?.[x];
			if (corner === modules[y]?.[x - 1] && corner === modules[y - 1]?.[x] && corner === modules[y - 1]?.[x - 1]) penalty += 3;
		}
	}
	const dark = modules.flat().filter(Boolean).length;
	return penalty + Math.floor(Math.abs((dark * 100) / (size * size) - 50) / 5) * 10;
}

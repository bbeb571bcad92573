import { crc32, deflateSync, inflateSync } from "node:zlib";

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** A screenshot (8 bits, RGB or RGBA, as Chromium writes it) in at most 256 colours: a third of the size, and nothing to see of it in a page. */
export function shrinkPng(png: Buffer): Buffer {
	const { width, height, channels, data } = decode(png);
	const counts = new Map<number, number>();
	const colours = new Uint32Array(width * height);
	for (let at = 0; at < colours.length; at++) {
		const [r = 0, g = 0, b = 0] = [data[at * channels], data[at * channels + 1], data[at * channels + 2]];
		const colour = (r << 16) | (g << 8) | b;
		colours[at] = colour;
		counts.set(colour, (counts.get(colour) ?? 0) + 1);
	}
	const palette = [...counts]
		.sort((a, b) => b[1] - a[1])
		.slice(0, 256)
		.map(([colour]) => colour);
	const indexOf = new Map(palette.map((colour, index) => [colour, index]));
	for (const colour of counts.keys()) if (!indexOf.has(colour)) indexOf.set(colour, nearest(palette, colour));
	const rows = Buffer.alloc(height * (width + 1));
	for (let y = 0; y < height; y++)
		for (let x = 0; x < width; x++) rows[y * (width + 1) + 1 + x] = indexOf.get(colours[y * width + x] as number) as number;
	const header = Buffer.alloc(13);
	header.writeUInt32BE(width, 0);
	header.writeUInt32BE(height, 4);
	header.set([8, 3, 0, 0, 0], 8);
	const colourBytes = Buffer.from(palette.flatMap((colour) => [colour >> 16, (colour >> 8) & 255, colour & 255]));
	const parts = [chunk("IHDR", header), chunk("PLTE", colourBytes), chunk("IDAT", deflateSync(rows, { level: 9 })), chunk("IEND", Buffer.alloc(0))];
	return Buffer.concat([signature, ...parts]);
}

function nearest(palette: readonly number[], colour: number): number {
	let [best, distance] = [0, Number.POSITIVE_INFINITY];
	for (const [index, each] of palette.entries()) {
		const [r, g, b] = [(each >> 16) - (colour >> 16), ((each >> 8) & 255) - ((colour >> 8) & 255), (each & 255) - (colour & 255)];
		const found = r * r + g * g + b * b;
		if (found < distance) [best, distance] = [index, found];
	}
	return best;
}

function chunk(type: string, data: Buffer): Buffer {
	const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
	const framed = Buffer.alloc(body.length + 8);
	framed.writeUInt32BE(data.length, 0);
	body.copy(framed, 4);
	framed.writeUInt32BE(crc32(body), body.length + 4);
	return framed;
}

/** Undoes the filters of PNG (ISO/IEC 15948 §9). */
function decode(png: Buffer) {
	const [width, height, type] = [png.readUInt32BE(16), png.readUInt32BE(20), png[25]];
	const channels = type === 6 ? 4 : 3;
	const parts: Buffer[] = [];
	for (let at = 8; at < png.length; at += png.readUInt32BE(at) + 12) {
		if (png.toString("latin1", at + 4, at + 8) === "IDAT") parts.push(png.subarray(at + 8, at + 8 + png.readUInt32BE(at)));
	}
	const raw = inflateSync(Buffer.concat(parts));
	const stride = width * channels;
	const data = Buffer.alloc(height * stride);
	for (let y = 0; y < height; y++) {
		const filter = raw[y * (stride + 1)];
		for (let x = 0; x < stride; x++) {
			const left = x >= channels ? (data[y * stride + x - channels] as number) : 0;
			const up = y > 0 ? (data[(y - 1) * stride + x] as number) : 0;
			const corner = x >= channels && y > 0 ? (data[(y - 1) * stride + x - channels] as number) : 0;
			const predicted = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter as number] as number;
			data[y * stride + x] = ((raw[y * (stride + 1) + 1 + x] as number) + predicted) & 255;
		}
	}
	return { width, height, channels, data };
}

function paeth(left: number, up: number, corner: number): number {
	const estimate = left + up - corner;
	const [a, b, c] = [Math.abs(estimate - left), Math.abs(estimate - up), Math.abs(estimate - corner)];
	if (a <= b && a <= c) return left;
	return b <= c ? up : corner;
}

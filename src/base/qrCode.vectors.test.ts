import { describe, expect, it } from "vitest";
import { decodeHex, encodeHex } from "./encoding.ts";
import { encodeQr, formatBits, qrLines, qrPath, reedSolomon, versionBits } from "./qrCode.ts";

describe("a QR code", () => {
	it("has the error correction of ISO/IEC 18004 annex I", () => {
		expect(encodeHex(reedSolomon(decodeHex("10200c566180ec11ec11ec11ec11ec11"), 10))).toBe("a524d4c1ed36c7872c55");
	});

	it("has the format information of annex C and the version information of annex D", () => {
		expect(formatBits(5).toString(2).padStart(15, "0")).toBe("100000011001110");
		expect(formatBits(0).toString(2).padStart(15, "0")).toBe("101010000010010");
		expect(versionBits(7).toString(2).padStart(18, "0")).toBe("000111110010010100");
	});

	it("is the symbol that another implementation (zxing-cpp) read as its text", () => {
		expect(encodeQr("ACESO 1").map((row) => row.map((isDark) => (isDark ? "#" : ".")).join(""))).toEqual([
			"#######.#..##.#######",
			"#.....#..#..#.#.....#",
			"#.###.#..#....#.###.#",
			"#.###.#.##.##.#.###.#",
			"#.###.#.#...#.#.###.#",
			"#.....#.#..#..#.....#",
			"#######.#.#.#.#######",
			"........#####........",
			"#...#.###..#.#####..#",
			"..#..#.#.#.##.....###",
			"#.###.###..#..###.##.",
			"#.#.##.###...##.#..#.",
			"..#..##.###.###...###",
			"........###.#########",
			"#######.#.#.##.##..#.",
			"#.....#..####..##..##",
			"#.###.#.####..#..##.#",
			"#.###.#...###...#.###",
			"#.###.#...##..###.#..",
			"#.....#..#...##......",
			"#######.##..#####.#.#",
		]);
	});

	it("grows with its text, and refuses one that does not fit", () => {
		expect([1, 84, 200, 666].map((length) => encodeQr("x".repeat(length)).length)).toEqual([21, 37, 57, 97]);
		expect(() => encodeQr("x".repeat(667))).toThrow(RangeError);
	});

	it("is drawn with a quiet zone of four modules, as a path and in a terminal", () => {
		const modules = encodeQr("ACESO 1");
		expect(qrPath(modules).startsWith("M4 4h1v1h-1zM5 4")).toBe(true);
		expect(qrPath(modules).match(/M/g)).toHaveLength(modules.flat().filter(Boolean).length);
		const lines = qrLines(modules);
		expect([lines.length, lines[0]?.trim(), lines[2]?.slice(0, 12)]).toEqual([15, "", "    █▀▀▀▀▀█ "]);
	});
});

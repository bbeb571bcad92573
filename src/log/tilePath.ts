import { tileWidth } from "./tiles.ts";

/** Which resource of a tiled log a path names. Source: C2SP tlog-tiles. */
export interface TilePath {
	/** Tile level 0–63, or the bundles of entries below level 0. */
	readonly level: number | "entries";
	readonly index: number;
	/** Hashes or entries asked for: 256, or fewer for a partial tile. */
	readonly width: number;
}

const pattern = /^tile\/(entries|[0-9]|[1-5][0-9]|6[0-3])\/((?:x[0-9]{3}\/)*[0-9]{3})(?:\.p\/([1-9][0-9]{0,2}))?$/;

/** `tile/<L>/<N>[.p/<W>]` with N in groups of three digits, all but the last marked by an x: 1234067 is `x001/x234/067`. */
export function formatTilePath({ level, index, width }: TilePath): string {
	const digits = String(index);
	const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, "0").match(/.{3}/g)!;
	const name = groups.map((group, i) => (i < groups.length - 1 ? `x${group}` : group)).join("/");
	return `tile/${level}/${name}${width === tileWidth ? "" : `.p/${width}`}`;
}

/** Reads a path; undefined for anything but the one spelling of a tile or entry bundle. */
export function parseTilePath(path: string): TilePath | undefined {
	const [, level, name, width = String(tileWidth)] = pattern.exec(path) ?? [];
	if (level === undefined || name === undefined) return undefined;
	const parsed = { level: level === "entries" ? level : Number(level), index: Number(name.replace(/[x/]/g, "")), width: Number(width) } as const;
	return Number.isSafeInteger(parsed.index) && formatTilePath(parsed) === path ? parsed : undefined;
}

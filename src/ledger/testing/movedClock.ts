import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { cometVersion } from "../comet/findComet.ts";

/**
 * A CometBFT whose clock a test moves. A program of Go reads the time without asking the system, so nothing that stands between the two can move it: it is
 * built from the same module as the real one, with a standard library whose `time.Now` adds what a file says. That library is made here of the installed
 * Go's own, by `go build -overlay`; its monotonic clock, and so every timer, stays as it is.
 */
export interface MovedComet {
	readonly program: string;
	/** What its environment must say: the file that {@link moveClock} writes. */
	readonly clockFileName: typeof clockFileName;
	remove(): void;
}

/** Names, in CometBFT's environment, the file with the seconds that its clock is ahead. */
const clockFileName = "ACESO_TEST_CLOCK";

/** Why there is none: one sentence for a skipped test. */
export interface NoMovedComet {
	readonly missing: string;
}

/** Seen by the program within a tenth of a second. @param aheadMs - Whole seconds; negative for a clock that is behind. */
export function moveClock(file: string, aheadMs: number): void {
	writeFileSync(file, `${Math.trunc(aheadMs / 1_000)}\n`);
}

/** Minutes of processor time where Go has not compiled it before; after that it lies in Go's build cache. */
export async function buildMovedComet(): Promise<MovedComet | NoMovedComet> {
	const go = findGo();
	if (go === undefined) return { missing: "needs Go, which builds a CometBFT whose clock can be moved" };
	const folder = mkdtempSync(join(tmpdir(), "aceso-clock-"));
	const overlay = writeOverlay(join(ask(go, "env", "GOROOT"), "src", "time"), folder);
	if (overlay === undefined) {
		rmSync(folder, { recursive: true, force: true });
		return { missing: "needs a Go whose time.Now begins as it does in Go 1.19 to 1.26" };
	}
	const module = join(ask(go, "env", "GOMODCACHE"), "github.com", "cometbft", `cometbft@v${cometVersion}`);
	const program = join(folder, "cometbft");
	const words = ["build", "-C", module, "-overlay", overlay, "-o", program, "./cmd/cometbft"];
	if (!existsSync(module) || (await run(go, words, { GOPROXY: "off", GOFLAGS: "-mod=readonly", GOWORK: "off", CGO_ENABLED: "0" })) !== 0) {
		rmSync(folder, { recursive: true, force: true });
		return { missing: `needs the module of CometBFT ${cometVersion} in Go's module cache, and to compile it` };
	}
	return { program, clockFileName, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

function findGo(): string | undefined {
	const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/local/go/bin", join(homedir(), "go", "bin")];
	return folders.map((folder) => join(folder, "go")).find((path) => spawnSync(path, ["version"]).status === 0);
}

function ask(go: string, ...words: string[]): string {
	return spawnSync(go, words, { encoding: "utf8" }).stdout.trim();
}

function run(program: string, words: readonly string[], environment: Readonly<Record<string, string>>): Promise<number | null> {
	const child = spawn(program, words, { stdio: ["ignore", "ignore", "inherit"], env: { ...process.env, ...environment } });
	return new Promise((resolve, reject) => {
		child.once("error", reject);
		child.once("exit", resolve);
	});
}

/** First lines of `time.Now`, in the versions of Go that are known. */
const nowBegins = /(func Now\(\) Time \{\n\tsec, nsec, mono := (?:runtimeNow|now)\(\)\n)/;

/** @returns The file for `-overlay`; undefined when this Go's clock is read in another way. */
function writeOverlay(timeFolder: string, folder: string): string | undefined {
	const source = join(timeFolder, "time.go");
	const text = readFileSync(source, "utf8");
	if (!nowBegins.test(text)) return undefined;
	const [moved, offset, overlay] = ["time.go", "moved.go", "overlay.json"].map((name) => join(folder, name)) as [string, string, string];
	writeFileSync(moved, text.replace(nowBegins, "$1\tsec += movedSeconds()\n"));
	writeFileSync(offset, movedSeconds);
	writeFileSync(overlay, JSON.stringify({ Replace: { [source]: moved, [join(timeFolder, "moved.go")]: offset } }));
	return overlay;
}

/** The file is read beside: `Now` is called where no system call may be made, by the runtime's own timers. */
const movedSeconds = `package time

import (
	"sync/atomic"
	"syscall"
)

var movedBy atomic.Int64

func movedSeconds() int64 { return movedBy.Load() }

func init() {
	path, found := syscall.Getenv("${clockFileName}")
	if !found {
		return
	}
	movedRead(path)
	go func() {
		for {
			Sleep(100 * Millisecond)
			movedRead(path)
		}
	}()
}

func movedRead(path string) {
	file, err := open(path)
	if err != nil {
		return
	}
	defer closefd(file)
	var text [24]byte
	if size, err := read(file, text[:]); err == nil && size > 0 {
		movedBy.Store(movedParse(text[:size]))
	}
}

func movedParse(text []byte) (seconds int64) {
	sign := int64(1)
	for _, each := range text {
		switch {
		case each == '-':
			sign = -1
		case '0' <= each && each <= '9':
			seconds = 10*seconds + int64(each-'0')
		}
	}
	return sign * seconds
}
`;

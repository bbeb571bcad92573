import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

const program = process.env.ACESO_CHROMIUM ?? "/usr/bin/chromium";

/** Whether there is a Chromium to test pages with. */
export const hasChromium = existsSync(program);

export function launchChromium(): Promise<Browser> {
	return chromium.launch({ executablePath: program, args: ["--no-sandbox", "--disable-gpu"] });
}

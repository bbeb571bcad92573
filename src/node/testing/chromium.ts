import { existsSync } from "node:fs";
import { type Browser, chromium, type Page } from "playwright-core";

const program = process.env.ACESO_CHROMIUM ?? "/usr/bin/chromium";

/** Whether there is a Chromium to test pages with. */
export const hasChromium = existsSync(program);

export function launchChromium(): Promise<Browser> {
	return chromium.launch({ executablePath: program, args: ["--no-sandbox", "--disable-gpu"] });
}

/** A passkey in software that knows PRF, of this page alone; it is there whenever it is asked. */
export async function addPasskey(page: Page, { prf = true }: { readonly prf?: boolean } = {}): Promise<void> {
	const session = await page.context().newCDPSession(page);
	await session.send("WebAuthn.enable", {});
	await session.send("WebAuthn.addVirtualAuthenticator", {
		options: {
			protocol: "ctap2",
			ctap2Version: "ctap2_1",
			transport: "internal",
			hasResidentKey: true,
			hasUserVerification: true,
			hasPrf: prf,
			isUserVerified: true,
			automaticPresenceSimulation: true,
		},
	});
}

import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { Request, RequestQuery, Response } from "cosmjs-types/tendermint/abci/types";
import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import { concatBytes } from "#base";
import { temporaryPath } from "../testing/openToySealer.ts";
import { encodeFrame, FrameReader, frameBytesMax } from "./abciFrames.ts";
import { type AbciHandler, serveAbci } from "./abciServer.ts";

async function open(handler: AbciHandler): Promise<Socket> {
	const path = temporaryPath("app.sock");
	const server = await serveAbci(path, handler);
	const socket = connect(path);
	await once(socket, "connect");
	onTestFinished(async () => {
		socket.destroy();
		await server.close();
	});
	return socket;
}

/** The next answers on a socket. */
async function answers(socket: Socket, count: number): Promise<Response[]> {
	const reader = new FrameReader();
	const found: Response[] = [];
	for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
		found.push(...reader.push(chunk as Uint8Array).map((message) => Response.decode(message)));
		if (found.length >= count) break;
	}
	return found;
}

function request(fields: Partial<Request>): Uint8Array {
	return encodeFrame(Request.encode(fields).finish());
}

describe("the application's socket", () => {
	it("[CB10] messages come out as they went in, however they were cut", () => {
		const messages = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 });
		fc.assert(
			fc.property(messages, fc.integer({ min: 1, max: 50 }), (sent, piece) => {
				const bytes = concatBytes(...sent.map(encodeFrame));
				const reader = new FrameReader();
				const found: Uint8Array[] = [];
				for (let at = 0; at < bytes.length; at += piece) found.push(...reader.push(bytes.subarray(at, at + piece)));
				expect(found).toEqual(sent);
			}),
		);
	});

	it("[CB10] a length that no message has is refused, be it too large or without end", () => {
		const tooLarge = encodeFrame(new Uint8Array(3));
		for (const bytes of [Uint8Array.of(255, 255, 255, 255, 1), Uint8Array.of(129, 128, 128, 128), Uint8Array.of(255, 255, 255, 127)]) {
			expect(() => new FrameReader().push(bytes)).toThrow(expect.objectContaining({ code: "LEDGER_ABCI_MALFORMED" }));
		}
		expect(frameBytesMax).toBeLessThan(128 ** 4);
		expect(new FrameReader().push(tooLarge)).toHaveLength(1);
	});

	it("[CB10] answers keep the order of requests, though the first takes longest; an exception is an answer", async () => {
		const socket = await open({
			async handle({ echo, query }) {
				if (query !== undefined) throw new RangeError("a bug");
				await new Promise((resolve) => setTimeout(resolve, echo?.message === "1" ? 40 : 1));
				return { echo: echo! };
			},
		});
		socket.write(
			concatBytes(
				request({ echo: { message: "1" } }),
				request({ echo: { message: "2" } }),
				request({ query: RequestQuery.fromPartial({}) }),
				request({ echo: { message: "3" } }),
			),
		);
		const found = await answers(socket, 4);
		expect(found.map(({ echo, exception }) => echo?.message ?? exception?.error)).toEqual(["1", "2", "an unexpected failure", "3"]);
	});

	it("[CB10] what is no message ends the connection", async () => {
		const socket = await open({ handle: () => ({ flush: {} }) });
		socket.write(Uint8Array.of(255, 255, 255, 255, 255));
		await once(socket, "close");
		expect(socket.destroyed).toBe(true);
	});
});

import { z } from "zod";
import type { Digest, MemberId } from "#base";
import { type Contract, ContractRefusal, defineAction, type StateReader } from "../contract.ts";
import { codeField, digestField } from "../fields.ts";
import { toState } from "../membership/member.ts";
import { requireSigningMember } from "../signingMember.ts";

/** A version of a model as its publisher stands for it. State key `c/<modelId>/<version>`. */
export interface ModelCard {
	readonly modelId: string;
	readonly version: string;
	readonly publisher: MemberId;
	/** SHA-256 of the model card's canonical JSON. */
	readonly cardHash: Digest;
	/** SHA-256 of the knowledge tables it computes from. */
	readonly knowledgeHash: Digest;
	readonly status: "current" | "retired";
	readonly publishedAtMs: number;
	/** 0 while current. */
	readonly retiredAtMs: number;
}

/** State key `m/<modelId>`. */
interface ModelHead {
	readonly publisher: MemberId;
	readonly latest: string;
}

export interface PublishModelBody {
	readonly modelId: string;
	readonly version: string;
	readonly cardHash: Digest;
	readonly knowledgeHash: Digest;
}
export interface RetireModelBody {
	readonly modelId: string;
	readonly version: string;
}

const refuse = (code: string, message: string): never => {
	throw new ContractRefusal("models", code, message);
};

const publishSchema: z.ZodType<PublishModelBody> = z.strictObject({
	modelId: codeField,
	version: codeField,
	cardHash: digestField,
	knowledgeHash: digestField,
});

const publish = defineAction<PublishModelBody>(publishSchema, (context, body) => {
	const publisher = requireSigningMember(context, "models").id;
	const head = context.get(`m/${body.modelId}`) as unknown as ModelHead | undefined;
	if (head !== undefined && head.publisher !== publisher) refuse("MODELS_NOT_PUBLISHER", "expected the member that first published the model");
	if (context.get(cardKey(body.modelId, body.version)) !== undefined) refuse("MODELS_VERSION_EXISTS", "expected a version that was never published");
	const card: ModelCard = { ...body, publisher, status: "current", publishedAtMs: context.time, retiredAtMs: 0 };
	context.put(`m/${body.modelId}`, { publisher, latest: body.version });
	context.put(cardKey(body.modelId, body.version), toState(card));
	context.emit({ type: "models.published", data: { modelId: body.modelId, version: body.version, publisher } });
});

const retire = defineAction<RetireModelBody>(z.strictObject({ modelId: codeField, version: codeField }), (context, body) => {
	const member = requireSigningMember(context, "models").id;
	const card = context.get(cardKey(body.modelId, body.version)) as unknown as ModelCard | undefined;
	if (card === undefined) return refuse("MODELS_UNKNOWN", "expected a published version of a model");
	if (card.publisher !== member) refuse("MODELS_NOT_PUBLISHER", "expected the member that published the model");
	if (card.status === "retired") refuse("MODELS_RETIRED", "expected a version that is not retired yet");
	context.put(cardKey(body.modelId, body.version), toState({ ...card, status: "retired", retiredAtMs: context.time }));
	context.emit({ type: "models.retired", data: { modelId: body.modelId, version: body.version } });
});

function cardKey(modelId: string, version: string): string {
	return `c/${modelId}/${version}`;
}

/** A version in any status; the version published last when none is named. */
export function readModel(state: StateReader, modelId: string, version?: string): ModelCard | undefined {
	const named = version ?? (state.get("models", `m/${modelId}`) as ModelHead | undefined)?.latest;
	return named === undefined ? undefined : (state.get("models", cardKey(modelId, named)) as ModelCard | undefined);
}

/** Model cards: who stands for which version, computed from which knowledge. Rules: SPEC.md. */
export const models: Contract = { name: "models", actions: { publish, retire } };

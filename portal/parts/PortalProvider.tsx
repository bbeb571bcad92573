import { useQuery, useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useRef, useState } from "react";
import type { Pseudonym } from "#base";
import { type Actor, fetchActorKey, fetchActors, type KnownHelper, type TreatedPatient } from "../core/actors.ts";
import { type Api, createApi } from "../core/api.ts";
import { connectDesk } from "../core/deskClient.ts";
import type { Desk, House, Memory, OpenedDesk, Unlocking } from "../core/deskTypes.ts";
import { isOffline } from "../core/errors.ts";
import { forgetLastHome } from "../core/lastHome.ts";
import { readMemories, updateMemory } from "../core/memory.ts";
import { languageKey } from "../texts/firstLanguage.ts";
import { type Formats, formatsOf, type Language, loadTexts, type Texts } from "../texts/texts.ts";
import { useSitting } from "./useSitting.ts";

/** Somebody who is signed in. */
export interface Session extends OpenedDesk {
	readonly actor: Actor;
	/** Who of the demonstration would act for this patient by which key. */
	readonly knownHelpers: readonly KnownHelper[];
	/** Whom a clinician treats here. */
	readonly patients: readonly TreatedPatient[];
	/** The key is the person's own and was opened here; the demonstration hands its people theirs. */
	readonly isOwnSitting: boolean;
	/** Whom the person acts for now: what they call them, and their own session, which waits. */
	readonly helped?: { readonly name: string; readonly own: Session } | undefined;
}

export interface Portal {
	readonly texts: Texts;
	readonly formats: Formats;
	readonly language: Language;
	setLanguage(language: Language): void;
	readonly house: House | undefined;
	readonly session: Session | undefined;
	/** True while a session of before a reload is being opened again. */
	readonly isOpening: boolean;
	readonly failure: unknown;
	/** Who works where, as the node tells it. */
	readonly actors: readonly Actor[];
	readonly actorsFailure: unknown;
	readonly desk: Desk;
	readonly api: Api;
	/** As one of the demonstration's people. */
	signIn(key: string): Promise<void>;
	/** With a key of one's own. */
	unlock(unlocking: Unlocking): Promise<void>;
	/** Acts for somebody who has named this person as a helper. Rejects where the ledger does not list the key. */
	actFor(person: Pseudonym, name: string): Promise<void>;
	actForOneself(): Promise<void>;
	signOut(): void;
	memory(): Memory | undefined;
	remember(change: Partial<Memory>): void;
}

const Context = createContext<Portal | undefined>(undefined);

/** How long a page that could not begin waits before it tries again, in ms. */
const againMs = 3_000;

/** Until an answer came once; a node that starts again is there a moment later. */
const untilAnswered = ({ state }: { readonly state: { readonly data: unknown; readonly error: unknown } }) =>
	state.data === undefined && isOffline(state.error) ? againMs : false;

const actorKey = "aceso/actor";

/** A language with its words. */
export interface Spoken {
	readonly language: Language;
	readonly texts: Texts;
}

interface PortalProviderProps {
	readonly first: Spoken;
	/** Where the person's key is held. */
	readonly worker: Worker;
	readonly children: ReactNode;
}

/** What every page shares: the words, the person, and the thread that holds the person's key. */
export function PortalProvider({ worker, first, children }: PortalProviderProps) {
	const api = useMemo(() => createApi(), []);
	const desk = useMemo(() => connectDesk(worker), [worker]);
	const [spoken, setSpoken] = useState(first);
	const { language } = spoken;
	const [session, setSession] = useState<Session>();
	const [isOpening, setOpening] = useState(() => sessionStorage.getItem(actorKey) !== null);
	const [failure, setFailure] = useState<unknown>();
	const client = useQueryClient();
	const house = useHouse(api);
	const people = useQuery({
		queryKey: ["actors"],
		queryFn: () => fetchActors(api),
		staleTime: Number.POSITIVE_INFINITY,
		refetchInterval: untilAnswered,
	});

	useEffect(() => {
		document.documentElement.lang = language;
	}, [language]);

	const enter = useCallback(async (open: () => Promise<Session>) => {
		setOpening(true);
		setFailure((before: unknown) => (isOffline(before) ? before : undefined));
		try {
			const opened = await open();
			updateMemory(localStorage, opened.pseudonym, { genesis: opened.genesis, consortium: opened.consortium });
			setSession(opened);
			setFailure(undefined);
		} catch (error) {
			// Whoever was signed in before a reload still is when the node is back.
			if (!isOffline(error)) sessionStorage.removeItem(actorKey);
			setFailure(error);
		} finally {
			setOpening(false);
		}
	}, []);
	const signIn = useCallback(
		(key: string) =>
			enter(async () => {
				const { actor, seed, guardianSeed, helpers = [], patients = [] } = await fetchActorKey(api, key);
				const opened = await desk.signIn({ seed, guardianSeed, isStaff: actor.kind === "staff", memories: readMemories(localStorage) });
				sessionStorage.setItem(actorKey, key);
				return { ...opened, actor, patients, knownHelpers: helpers, isOwnSitting: false };
			}),
		[api, desk, enter],
	);
	const unlock = useCallback(
		(unlocking: Unlocking) =>
			enter(async () => {
				const opened = await desk.unlock({ unlocking, memories: readMemories(localStorage) });
				const { kind, name, pseudonym } = opened;
				return { ...opened, actor: { key: pseudonym, kind, name, about: "" }, patients: [], knownHelpers: [], isOwnSitting: true };
			}),
		[desk, enter],
	);

	const switchTo = useCallback(
		(next: Session) => {
			setSession(next);
			// Nothing of one person's stays on a page about another.
			forgetLastHome(sessionStorage);
			client.removeQueries({ queryKey: ["person"] });
		},
		[client],
	);
	const actFor = useCallback(
		async (person: Pseudonym, name: string) => {
			const own = session?.helped?.own ?? session;
			if (own === undefined) return;
			const memories = readMemories(localStorage);
			const opened = await desk.actFor({ person, memories });
			const { genesis, consortium } = opened;
			const helpedNames = { ...memories[own.pseudonym]?.helpedNames, [person]: name };
			updateMemory(localStorage, own.pseudonym, { genesis: own.genesis, helpedNames });
			updateMemory(localStorage, opened.pseudonym, { genesis, consortium });
			switchTo({ ...own, ...opened, patients: [], knownHelpers: [], helped: { name, own } });
		},
		[desk, session, switchTo],
	);
	const actForOneself = useCallback(async () => {
		const own = session?.helped?.own;
		if (own === undefined) return;
		await desk.actForOneself();
		switchTo(own);
	}, [desk, session, switchTo]);

	const leave = useCallback(() => {
		sessionStorage.removeItem(actorKey);
		forgetLastHome(sessionStorage);
		void desk.signOut();
		setSession(undefined);
		client.removeQueries({ queryKey: ["person"] });
	}, [client, desk]);
	useSitting({ desk, isOpen: session?.isOwnSitting === true, onEnd: leave });

	// A reload keeps who is signed in, for this tab alone; the key itself is kept nowhere.
	const resumed = useRef(false);
	useEffect(() => {
		const key = sessionStorage.getItem(actorKey);
		if (key !== null && !resumed.current) void signIn(key);
		resumed.current = true;
	}, [signIn]);

	useEffect(() => {
		const key = sessionStorage.getItem(actorKey);
		if (key === null || !isOffline(failure)) return;
		const again = setInterval(() => void signIn(key), againMs);
		return () => clearInterval(again);
	}, [failure, signIn]);

	const portal = useMemo(
		(): Portal => ({
			texts: spoken.texts,
			formats: formatsOf(language),
			language,
			setLanguage(chosen) {
				localStorage.setItem(languageKey, chosen);
				// Where the words do not come, those that are there stay.
				loadTexts(chosen).then((loaded) => setSpoken({ language: chosen, texts: loaded }), setFailure);
			},
			...{ house: session?.house ?? house, session, isOpening, failure, desk, api, signIn, unlock, actFor, actForOneself },
			actors: people.data ?? [],
			actorsFailure: people.error,
			signOut: leave,
			memory: () => (session === undefined ? undefined : readMemories(localStorage)[session.pseudonym]),
			remember(change) {
				if (session !== undefined) updateMemory(localStorage, session.pseudonym, { genesis: session.genesis, ...change });
			},
		}),
		[actFor, actForOneself, api, desk, failure, house, isOpening, language, leave, people.data, people.error, session, signIn, spoken, unlock],
	);
	return <Context value={portal}>{children}</Context>;
}

function useHouse(api: Api): House | undefined {
	const { data } = useQuery({
		queryKey: ["house"],
		queryFn: async (): Promise<House> => {
			const { member, institution, chain } = await api.get<{ member: House["member"]; institution: string; chain: string }>("/");
			return { member, name: institution, chain };
		},
		staleTime: Number.POSITIVE_INFINITY,
		refetchInterval: untilAnswered,
	});
	return data;
}

export function usePortal(): Portal {
	const portal = useContext(Context);
	if (portal === undefined) throw new Error("expected to stand inside the portal");
	return portal;
}

/** For pages that stand behind the sign-in. */
export function useSession(): Session {
	const { session } = usePortal();
	if (session === undefined) throw new Error("expected somebody to be signed in");
	return session;
}

import { Alert, Button, NativeSelect, useMantineColorScheme } from "@mantine/core";
import { Link, Outlet, useNavigate, useRouterState } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { isOffline } from "../core/errors.ts";
import { readLastHome } from "../core/lastHome.ts";
import { SignIn } from "../pages/SignIn.tsx";
import { fill, type Language } from "../texts/texts.ts";
import { Acting } from "./Acting.tsx";
import { BundleBanner } from "./BundleBanner.tsx";
import { LastHome } from "./LastHome.tsx";
import { usePortal } from "./PortalProvider.tsx";
import { isOfficerAlone, useErased, useHeight, useRoles } from "./queries.ts";
import { Loading } from "./States.tsx";

const pages = [
	{ to: "/", name: "home" },
	{ to: "/who-looked", name: "looked" },
	{ to: "/who-can-see-what", name: "sharing" },
	{ to: "/who-acts-for-me", name: "helpers" },
	{ to: "/research", name: "research" },
	{ to: "/record", name: "record" },
	{ to: "/values", name: "trends" },
	{ to: "/heart-risk", name: "risk" },
	{ to: "/genes", name: "genes" },
	{ to: "/my-key", name: "key" },
	{ to: "/erase", name: "erase" },
	{ to: "/how-it-is-checked", name: "proofs" },
] as const;

const clinicPages = [
	{ to: "/", name: "patients" },
	{ to: "/invite", name: "invite" },
	{ to: "/my-key", name: "key" },
] as const;

/** The first is also where an officer begins. */
const officerPages = [
	{ to: "/oversight", name: "live" },
	{ to: "/oversight/reviews", name: "reviews" },
	{ to: "/oversight/refusals", name: "refusals" },
	{ to: "/oversight/health", name: "health" },
	{ to: "/oversight/members", name: "members" },
	{ to: "/oversight/reports", name: "reports" },
] as const;

/** A clock that is off by less is told to nobody. */
const skewToldMs = 60_000;

export function Shell() {
	const { texts, session, isOpening, actors, failure, actorsFailure } = usePortal();
	const last = isOffline(failure) || isOffline(actorsFailure) ? readLastHome(sessionStorage) : undefined;
	return (
		<>
			<a className="skip" href="#page">
				{texts.app.skip}
			</a>
			<Header />
			<BundleBanner />
			{session === undefined ? (
				<main id="page" className="page page-alone" tabIndex={-1}>
					{last !== undefined ? <LastHome home={last} /> : isOpening ? <Loading label={texts.signIn.working} /> : <SignIn />}
				</main>
			) : (
				<SignedIn />
			)}
			{actors.length === 0 ? null : <footer className="footer">{texts.app.demo}</footer>}
		</>
	);
}

function Header() {
	const { texts, session, house, language, setLanguage, signOut } = usePortal();
	const { colorScheme, setColorScheme } = useMantineColorScheme();
	const navigate = useNavigate();
	// Whoever signs in next begins at the first page, not at one that may not be theirs.
	const leave = () => {
		signOut();
		void navigate({ to: "/" });
	};
	return (
		<header className="header">
			<div className="brand">
				<img src="/icon.svg" alt="" width="32" height="32" />
				<span>
					<strong>{texts.app.name}</strong>
					<span className="brand-house">{house?.name ?? ""}</span>
				</span>
			</div>
			<div className="header-tools">
				<NativeSelect
					aria-label={texts.app.language}
					value={language}
					onChange={(event) => setLanguage(event.currentTarget.value as Language)}
					data={[
						{ value: "en", label: "English" },
						{ value: "de", label: "Deutsch" },
					]}
				/>
				<NativeSelect
					aria-label={texts.app.theme}
					value={colorScheme}
					onChange={(event) => setColorScheme(event.currentTarget.value as "light" | "dark" | "auto")}
					data={[
						{ value: "auto", label: texts.app.auto },
						{ value: "light", label: texts.app.light },
						{ value: "dark", label: texts.app.dark },
					]}
				/>
				{session === undefined ? null : (
					<>
						<span className="who">
							{session.actor.name === "" ? texts.app.signedInPlain : fill(texts.app.signedIn, { name: session.actor.name })}
							{session.helped === undefined ? null : <strong> {fill(texts.helpers.forWhom, { name: session.helped.name })}</strong>}
						</span>
						<Button variant="default" onClick={leave}>
							{texts.app.signOut}
						</Button>
					</>
				)}
			</div>
		</header>
	);
}

function SignedIn() {
	const { texts } = usePortal();
	const pages = usePages();
	const path = useRouterState({ select: ({ location }) => location.pathname });
	const main = useRef<HTMLElement>(null);
	const shown = useRef(path);
	// Whoever listens or uses keys begins a new page at its beginning.
	useEffect(() => {
		if (shown.current !== path) main.current?.focus({ preventScroll: true });
		shown.current = path;
	}, [path]);
	return (
		<div className="frame">
			<nav className="nav" aria-label={texts.app.menu}>
				{pages.map(({ to, name }) => (
					<Link
						key={to}
						to={to}
						className="nav-link"
						activeProps={{ className: "nav-link nav-active", "aria-current": "page" }}
						activeOptions={{ exact: to === "/" || to === "/oversight" }}
					>
						{texts.app[name]}
					</Link>
				))}
			</nav>
			<main id="page" className="page" tabIndex={-1} ref={main}>
				<Acting />
				<Standing />
				<Outlet />
			</main>
		</div>
	);
}

/** Which pages somebody is offered, by what they are. */
function usePages() {
	const { session } = usePortal();
	const { data: roles = [] } = useRoles();
	// Keys are each person's own affair.
	if (session?.helped !== undefined) return pages.filter(({ name }) => name !== "key");
	if (session?.actor.kind !== "staff") return pages;
	if (isOfficerAlone(roles)) return [{ to: "/", name: "live" } as const, ...officerPages.slice(1), { to: "/my-key", name: "key" } as const];
	return roles.includes("compliance-officer") ? [...clinicPages, ...officerPages] : clinicPages;
}

/** What stands in the way of the whole page: no connection, a wrong clock. */
function Standing() {
	const { texts, formats, house, session } = usePortal();
	const { error } = useHeight();
	const { data: erased } = useErased();
	const skewMs = session?.skewMs ?? 0;
	return (
		<>
			{error === null ? null : (
				<Alert color="orange" variant="light" title={texts.state.offline} role="alert">
					{fill(texts.state.offlineWhy, { house: house?.name ?? "" })}
				</Alert>
			)}
			{erased === undefined || erased === null ? null : (
				<Alert color="gray" variant="light" title={texts.erased.gone} role="status">
					{fill(texts.erased.goneWhy, { house: house?.name ?? "", date: formats.time(erased.unreadableSinceMs) })}{" "}
					<Link to="/erase">{texts.erased.receipt}</Link>
				</Alert>
			)}
			{Math.abs(skewMs) < skewToldMs ? null : (
				<Alert color="yellow" variant="light" role="status">
					{fill(texts.state.clock, { minutes: formats.number(Math.round(Math.abs(skewMs) / 60_000)) })}
				</Alert>
			)}
		</>
	);
}

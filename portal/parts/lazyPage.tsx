import { type ComponentType, useCallback, useEffect, useState } from "react";
import { PortalError } from "../core/errors.ts";
import { Failure, Loading } from "./States.tsx";

/** A page whose script comes when it is first opened, so that the first page stays small. A script that does not come is told, and asked for again. */
export function lazyPage<Props extends object>(load: () => Promise<ComponentType<Props>>): ComponentType<Props> {
	let loaded: ComponentType<Props> | undefined;
	return function LazyPage(props: Props) {
		const [Page, setPage] = useState<ComponentType<Props> | undefined>(() => loaded);
		const [failed, setFailed] = useState(false);
		const fetch = useCallback(() => {
			setFailed(false);
			load().then(
				(page) => {
					loaded = page;
					setPage(() => page);
				},
				() => setFailed(true),
			);
		}, []);
		useEffect(() => {
			if (loaded === undefined) fetch();
		}, [fetch]);
		if (Page !== undefined) return <Page {...props} />;
		return failed ? <Failure error={new PortalError("OFFLINE")} onRetry={fetch} /> : <Loading />;
	};
}

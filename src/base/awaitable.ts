/** What is at hand, or comes. Waiting for what is at hand costs more than most of it did, so whoever is often asked looks first. */
export type Awaitable<Value> = Value | Promise<Value>;

/** `next` of the value, at once where it is at hand. */
export function andThen<Value, Result>(value: Awaitable<Value>, next: (value: Value) => Awaitable<Result>): Awaitable<Result> {
	return value instanceof Promise ? value.then(next) : next(value);
}

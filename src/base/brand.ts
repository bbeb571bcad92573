declare const brand: unique symbol;

/**
 * A value of type `T` that only its own parser can make: a `Pseudonym` is not a `ConsentId`, nor a bare string either of them. Names are keys,
 * so that brands add up: a `Pseudonym` is also a `PublicKey`, where two different literals in one place would make it `never`.
 */
export type Brand<T, Name extends string> = T & { readonly [brand]: { readonly [name in Name]: true } };

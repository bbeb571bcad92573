declare const brand: unique symbol;

/** A value of type `T` that only its own parser can make: a `Pseudonym` is not a `ConsentId`, nor a bare string either of them. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };

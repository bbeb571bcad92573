/** The shape of one language's words, whatever they say: what every other language has to say too, none left out. */
export type Widened<Tree> = { readonly [Key in keyof Tree]: Tree[Key] extends string ? string : Widened<Tree[Key]> };

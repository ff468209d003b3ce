/** A JSON value. `undefined` never occurs: an absent field is absent. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export type JsonObject = { readonly [key: string]: Json };

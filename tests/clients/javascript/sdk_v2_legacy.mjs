import { connectIn } from "./sdk_v2.mjs";

export const connect = connectIn("legacy");

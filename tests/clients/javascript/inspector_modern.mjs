import { connectIn } from "./inspector.mjs";

export const connect = connectIn("modern");

// A type that has no end.
type Grow<T extends unknown[]> = { [K in keyof T]: Grow<[...T, ...T]> };
type Count<N extends number, T extends unknown[] = []> = T["length"] extends N ? T : Count<N, [...T, 0]>;
type Cross<A extends string, B extends string> = `${A}${B}`;
type Digit = "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9";
type Four = Cross<Cross<Digit, Digit>, Cross<Digit, Digit>>;
const endless: Count<99999> = [];
const many: Cross<Four, Four> = "no digits";
const grown: Grow<[0, 1]> = 1;
console.log(endless, many, grown);

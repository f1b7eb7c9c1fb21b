export const all = [] as const;

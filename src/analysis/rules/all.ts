import type { Rule } from '../rule.ts';

export const all: readonly Rule[] = [];

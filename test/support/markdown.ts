/** A fenced block of a Markdown text; `line` is that of its first line of content, counted from 1. */
export interface Block {
  readonly language: string;
  readonly text: string;
  readonly line: number;
}

export function blocksOf(markdown: string): Block[] {
  const blocks: Block[] = [];
  for (const { index, 1: language = '', 2: text = '' } of markdown.matchAll(/^```(\S*)\n([\s\S]*?)\n```$/gm))
    blocks.push({ language, text, line: markdown.slice(0, index).split('\n').length + 1 });
  return blocks;
}

/** Targets of the links and images, those with a scheme or a mere fragment left out. */
export const localLinks = (markdown: string): string[] =>
  [...withoutBlocks(markdown).matchAll(/\]\(([^)#\s]+)[^)]*\)/g)]
    .map(([, target]) => target as string)
    .filter((target) => !/^[a-z]+:/.test(target));

const withoutBlocks = (markdown: string): string => markdown.replace(/^```[\s\S]*?^```$/gm, '');

/** White space between the tokens of JSON taken away; that inside strings stays. */
const compact = (json: string): string =>
  json.replace(/("(?:[^"\\]|\\.)*")|\s+/g, (_all, string?: string) => string ?? '');

/**
 * What a document shows against what there is: every character counts, but `...` stands for anything, and in JSON
 * the white space between tokens is free. Returns null, or what is shown between two `...` and is not there.
 */
export function disagreement(
  { language, text }: Pick<Block, 'language' | 'text'>,
  real: string,
): string | null {
  const tidy = language === 'json' ? compact : (plain: string) => plain.trim();
  const actual = tidy(real);
  const parts = tidy(text).split('...');
  const last = parts.length - 1;
  let at = 0;
  for (const [i, part] of parts.entries()) {
    // The first place is as good as any later one, except that the last part has to be at the end.
    const found = i === last ? actual.length - part.length : actual.indexOf(part, at);
    const there = found >= at && actual.startsWith(part, found) && (i > 0 || found === 0);
    if (!there) return part;
    at = found + part.length;
  }
  return null;
}

/**
 * Whether a name is like `pattern`, in which each `*` stands for any text or none. Its pieces are looked for one after
 * the other, which takes the product of the lengths at worst, and no caller's regular expression ever runs.
 */
export function matcher(pattern: string): (name: string) => boolean {
  const pieces = pattern.split('*');
  if (pieces.length === 1) return (name) => name === pattern;
  const first = pieces[0] as string;
  const last = pieces.at(-1) as string;
  const middle = pieces.slice(1, -1);
  return (name) => {
    const end = name.length - last.length;
    let at = first.length;
    if (end < at || !name.startsWith(first) || !name.endsWith(last)) return false;
    for (const piece of middle) {
      const found = name.indexOf(piece, at);
      if (found === -1 || found + piece.length > end) return false;
      at = found + piece.length;
    }
    return true;
  };
}

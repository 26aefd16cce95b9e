/** The word that was probably meant, or null where none is near: at most a third of its letters differ. */
export function nearest(text: string, words: readonly string[]): string | null {
  // no name is so long, and the distance costs the product of both lengths
  if (text.length > 100) return null;
  const given = text.toLowerCase();
  let best: string | null = null;
  let least = Math.max(1, Math.floor(text.length / 3)) + 1;
  for (const word of words) {
    if (Math.abs(word.length - text.length) >= least) continue;
    const distance = editDistance(given, word.toLowerCase());
    // a word that shares no letter is not meant
    if (distance >= least || distance >= Math.max(text.length, word.length)) continue;
    least = distance;
    best = word;
  }
  return best;
}

/** `did you mean orders? ` where a word is near, else nothing: the beginning of what a message says is right. */
export function didYouMean(text: string, words: readonly string[]): string {
  const word = nearest(text, words);
  return word === null ? "" : `did you mean ${word}? `;
}

/** Letters to insert, delete or change, and neighbours to swap (Damerau and Levenshtein, no letter moved twice). */
function editDistance(a: string, b: string): number {
  let before: readonly number[] = [];
  let row: readonly number[] = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const isSame = a.charAt(i - 1) === b.charAt(j - 1);
      const isSwapped = i > 1 && j > 1 && a.charAt(i - 1) === b.charAt(j - 2) && a.charAt(i - 2) === b.charAt(j - 1);
      next.push(
        Math.min(
          (next[j - 1] ?? 0) + 1,
          (row[j] ?? 0) + 1,
          (row[j - 1] ?? 0) + (isSame ? 0 : 1),
          isSwapped ? (before[j - 2] ?? 0) + 1 : Infinity,
        ),
      );
    }
    before = row;
    row = next;
  }
  return row[b.length] ?? 0;
}

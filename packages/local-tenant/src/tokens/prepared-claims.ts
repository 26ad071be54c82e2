/** The first ones as they are, the others by name, as in tokens of the real service; the last of those with one name counts. */
export function inOrder<Fresh extends string>(
  first: readonly Claim<Fresh>[],
  others: readonly Claim<Fresh>[],
): Claim<Fresh>[] {
  const present = others.filter((claim) => typeof claim === 'string' || claim[1] !== undefined)
  const byName = new Map(present.map((claim) => [nameOf(claim), claim]))
  const sorted = [...byName].toSorted(([one], [other]) => (one < other ? -1 : 1))
  return [...first, ...sorted.map(([, claim]) => claim)]
}

const nameOf = (claim: Claim<string>): string => (typeof claim === 'string' ? claim : claim[0])

/** A claim, or only the name of one whose value every token has anew. A claim whose value is undefined is absent. */
export type Claim<Fresh extends string> = readonly [name: string, value: unknown] | Fresh

/** Values for the claims that are fresh in every token, each of them already JSON. */
export type FreshClaims<Fresh extends string> = Readonly<Record<Fresh, string | number>>

/**
 * The text of a JSON object with these claims, in their order, but for the fresh values, which the function is given. Most of
 * a token is the same in the client's next one: turned into text once, it costs nothing any more.
 */
export function prepareClaims<Fresh extends string>(
  claims: readonly Claim<Fresh>[],
): (values: FreshClaims<Fresh>) => string {
  const { pieces, last } = cut(claims)
  return (values) => {
    let text = ''
    for (const { before, fresh } of pieces) text += before + values[fresh]
    return text + last
  }
}

/** The fixed text before each fresh value, and the one after all of them. */
function cut<Fresh extends string>(claims: readonly Claim<Fresh>[]) {
  const pieces: { before: string; fresh: Fresh }[] = []
  let text = '{'
  let separator = ''
  for (const claim of claims) {
    const [name, value] = typeof claim === 'string' ? [claim, ''] : claim
    if (value === undefined) continue
    text += `${separator}${JSON.stringify(name)}:`
    separator = ','
    if (typeof claim === 'string') {
      pieces.push({ before: text, fresh: claim })
      text = ''
    } else text += JSON.stringify(value)
  }
  return { pieces, last: `${text}}` }
}

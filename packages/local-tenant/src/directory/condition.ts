/** What of a collection is wanted. A path names a property as Graph does: `displayName`, `api/requestedAccessTokenVersion`. */
export type Condition =
  | { kind: 'all' | 'some'; of: readonly Condition[] }
  | { kind: 'not'; of: Condition }
  | { kind: 'compare'; path: string; operator: Comparison; value: Literal }
  | { kind: 'in'; path: string; values: readonly Literal[] }
  | { kind: 'starts' | 'ends'; path: string; value: string }
  /** Some member of a collection; in `of`, the path of the member itself is ''. Null: the collection is not empty. */
  | { kind: 'any'; path: string; of: Condition | null }
  | { kind: 'count'; path: string; operator: Comparison; value: number }
  /** Each word begins a word of the text. */
  | { kind: 'words'; path: string; words: readonly string[] }

export type Comparison = 'eq' | 'ne' | 'gt' | 'ge' | 'lt' | 'le'
export type Literal = string | number | boolean | null

/** What a property holds. `guid` and `time` are texts that compare as what they stand for; `text` compares without regard to the case of ASCII letters. */
export type FieldKind = 'text' | 'guid' | 'boolean' | 'number' | 'time'

export interface Field {
  readonly kind: FieldKind
  /** SQL of the value. */
  readonly sql: string
  /** SQL that finds the objects with one value by an index, where comparing with `sql` would not use it. */
  readonly equals?: string
}

export interface CollectionField {
  readonly kind: 'collection'
  /** SQL of the JSON list. */
  readonly sql: string
  /** The members by their names, or one without a name for a list of plain values. SQL speaks of `each.value`. */
  readonly members: Readonly<Record<string, Field>>
  /** SQL that finds the objects with one plain value by an index. */
  readonly equals?: string
}

/** What of one kind of object can be asked for. */
export type Fields = Readonly<Record<string, Field | CollectionField>>

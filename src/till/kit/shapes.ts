// Shapes that many operations share. Amounts are integers of the minor unit of the venue's
// currency.
import { Type, type Static, type TProperties, type TSchema } from 'typebox'
import { limits } from '../../limits.ts'

/** Refuses fields that it does not have: a misspelt one is told, not ignored. */
export const Fields = <P extends TProperties>(properties: P, more: object = {}) =>
  Type.Object(properties, { additionalProperties: false, ...more })

export const OneOf = <const Words extends readonly string[]>(words: Words, more: object = {}) =>
  Type.Unsafe<Words[number]>({ type: 'string', enum: [...words], ...more })

/** A field of a change: null empties it, left out it stays as it is. */
export const Emptied = <S extends TSchema>(schema: S) =>
  Type.Unsafe<Static<S> | null>({ anyOf: [schema, { type: 'null' }] })

export const Id = Type.String({
  minLength: 1,
  maxLength: limits.maxIdCharacters,
  pattern: '^[A-Za-z0-9._~:-]+$',
  description:
    'Letters, digits and . _ ~ : - An id of your own is used once in the venue, for ever.',
})
export const Name = Type.String({ minLength: 1, maxLength: limits.maxNameCharacters })
/**
 * What a thing is called: on one line, and without spaces around it, so that it comes back from a
 * file as it was.
 */
export const Label = Type.String({
  minLength: 1,
  maxLength: limits.maxNameCharacters,
  pattern: '^[^\\s\\p{Cc}\\p{Cs}\\uFFFD]([^\\p{Cc}\\p{Cs}\\uFFFD]*[^\\s\\p{Cc}\\p{Cs}\\uFFFD])?$',
  description: 'On one line, without spaces around it.',
})
export const Note = Type.String({ maxLength: limits.maxNoteCharacters })
export const Reason = Type.String({
  minLength: 1,
  maxLength: limits.maxReasonCharacters,
  pattern: '\\S',
  description: 'Why, for the record.',
})
export const Quantity = Type.Integer({ minimum: 1, maximum: limits.maxQuantity })
export const Minor = Type.Integer({
  minimum: 0,
  maximum: limits.maxAmountMinor,
  description: 'Minor units (pence, cents).',
})
export const SomeMinor = Type.Integer({
  minimum: 1,
  maximum: limits.maxAmountMinor,
  description: 'Minor units (pence, cents), at least 1.',
})
export const Sum = Type.Integer({ description: 'Minor units (pence, cents).' })
export const Hundredths = Type.Integer({
  minimum: 0,
  maximum: 10_000,
  description: 'Hundredths of a percent: 1250 is 12.5 %.',
})
export const Time = Type.String({ format: 'date-time' })
export const Day = Type.String({ format: 'date', description: 'By the calendar of the venue.' })
export const Covers = Type.Integer({ minimum: 0, maximum: limits.maxQuantity })
export const TableIds = Type.Array(Id, { minItems: 1, maxItems: limits.maxTablesOfVisit })
export const Version = Type.Integer({
  description:
    'Counts the changes; also the ETag. Send it as If-Match to change only what you saw.',
})

export const Cursor = {
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: limits.maxPageRows })),
  before: Type.Optional(
    Type.String({
      maxLength: limits.maxPathParameterCharacters,
      description: 'The `before` of a page: what is newer than it.',
    }),
  ),
  after: Type.Optional(
    Type.String({
      maxLength: limits.maxPathParameterCharacters,
      description: 'The `after` of a page: what comes after it.',
    }),
  ),
}

/** A page of a list, with cursors to what is before and after it, where there is something. */
export const PageOf = <S extends TSchema>(row: S) =>
  Fields({
    rows: Type.Array(row),
    before: Type.Optional(Type.String()),
    after: Type.Optional(Type.String()),
  })

export const OrderPath = Fields({ orderId: Id })
export const LinePath = Fields({ orderId: Id, lineId: Id })

// Shapes that several operations share. Amounts are integers of the minor unit of the venue's
// currency.
import { Type, type Static, type TProperties, type TSchema } from 'typebox'
import { VISIBLE } from '../../domain/names.ts'
import { limits } from '../../limits.ts'

/** Refuses unknown fields, so that a misspelt one is reported instead of ignored. */
export const Fields = <P extends TProperties>(properties: P, more: object = {}) =>
  Type.Object(properties, { additionalProperties: false, ...more })

export const OneOf = <const Words extends readonly string[]>(words: Words, more: object = {}) =>
  Type.Unsafe<Words[number]>({ type: 'string', enum: [...words], ...more })

/** A field of a change: null clears it, leaving it out keeps it. */
export const Emptied = <S extends TSchema>(schema: S) =>
  Type.Unsafe<Static<S> | null>({ anyOf: [schema, { type: 'null' }] })

export const Id = Type.String({
  minLength: 1,
  maxLength: limits.maxIdCharacters,
  pattern: '^[A-Za-z0-9._~:-]+$',
  description:
    'Letters, digits and . _ ~ : - You may choose an id; it can be used only once in the venue.',
})
export const Name = Type.String({
  minLength: 1,
  maxLength: limits.maxNameCharacters,
  pattern: VISIBLE,
  description: 'With at least one character that can be seen.',
})
/** A name that comes back unchanged from a file: on one line, without spaces around it. */
export const Label = Type.String({
  minLength: 1,
  maxLength: limits.maxNameCharacters,
  pattern: `^(?=.*${VISIBLE})[^\\s\\p{Cc}\\p{Cs}\\uFFFD]([^\\p{Cc}\\p{Cs}\\uFFFD]*[^\\s\\p{Cc}\\p{Cs}\\uFFFD])?$`,
  description: 'On one line, without spaces around it, and with something that can be seen.',
})
export const Note = Type.String({ maxLength: limits.maxNoteCharacters })
export const Reason = Type.String({
  minLength: 1,
  maxLength: limits.maxReasonCharacters,
  pattern: VISIBLE,
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
export const Day = Type.String({ format: 'date', description: "By the venue's calendar." })
export const Covers = Type.Integer({ minimum: 0, maximum: limits.maxQuantity })
export const TableIds = Type.Array(Id, { minItems: 1, maxItems: limits.maxTablesOfVisit })
export const Version = Type.Integer({
  description:
    'Counts the changes; also the ETag. Send it as If-Match to change only the version you saw.',
})

export const Cursor = {
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: limits.maxPageRows })),
  before: Type.Optional(
    Type.String({
      maxLength: limits.maxPathParameterCharacters,
      description: 'The `before` of a page: for the entries before it.',
    }),
  ),
  after: Type.Optional(
    Type.String({
      maxLength: limits.maxPathParameterCharacters,
      description: 'The `after` of a page: for the entries after it.',
    }),
  ),
}

/** A page of a list, with a cursor on each side where there is more. */
export const PageOf = <S extends TSchema>(row: S) =>
  Fields({
    rows: Type.Array(row),
    before: Type.Optional(Type.String()),
    after: Type.Optional(Type.String()),
  })

export const OrderPath = Fields({ orderId: Id })
export const LinePath = Fields({ orderId: Id, lineId: Id })

export const CheckShape = Fields(
  {
    name: Type.String(),
    state: OneOf(['ok', 'warning', 'broken', 'skipped']),
    finding: Type.String({ description: 'One sentence.' }),
    advice: Type.Optional(Type.String({ description: 'What to do.' })),
  },
  { title: 'Check' },
)

const Names = Type.Array(Type.String())
export const DiagnosisShape = Fields(
  {
    healthy: Type.Boolean({ description: 'Whether nothing is broken; a warning breaks nothing.' }),
    checks: Type.Array(CheckShape),
    extent: Type.Optional(
      Fields(
        { overRest: Names, overSocket: Names, missing: Names, notServed: Names },
        {
          description:
            'The capabilities that Dojo has registered for the venue over REST and over the ' +
            'socket; those that are served here and registered nowhere; and those registered ' +
            'that are not served here. Absent when Dojo could not be asked.',
        },
      ),
    ),
  },
  { title: 'Diagnosis' },
)

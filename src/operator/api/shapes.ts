// Shapes that several operations of the operator's API share.
import { Type } from 'typebox'
import { Fields, Id, Time } from '../../till/kit/shapes.ts'

export const VenuePath = Fields({ venueId: { ...Id, description: 'The id of the venue.' } })
export const When = Type.Optional(Time)
export const Text = Type.Optional(Type.String())

/** As JSON has it; undefined for null. */
export const timeOf = (at: Date | null | undefined): string | undefined => at?.toISOString()

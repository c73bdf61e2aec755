// What opens a venue: Dojo's credentials, the venue's key for Dojo, and the tokens of its tills.
import { Type } from 'typebox'
import { tillRoles } from '../../domain/venue/till-role.ts'
import { limits } from '../../limits.ts'
import { Fields, Id, Name, OneOf, Time } from '../../till/kit/shapes.ts'
import { revokeCredentials, rotateCredential } from '../credentials.ts'
import { setDojoKey } from '../dojo-keys.ts'
import { createToken, listTokens, revokeToken } from '../tokens.ts'
import { operation } from './operation.ts'
import { Text, timeOf, VenuePath, When } from './shapes.ts'

const tag = 'Access'

export const TokenShape = Fields(
  {
    id: Type.String(),
    role: OneOf(tillRoles),
    waiterId: Text,
    till: Text,
    createdAt: Time,
    revokedAt: When,
  },
  { title: 'TillToken' },
)

export const accessOperations = [
  operation({
    id: 'createCredential',
    method: 'POST',
    path: '/venues/{venueId}/credentials',
    summary: 'A new credential for Dojo, whose password is shown once',
    description: 'Earlier ones keep working until they are revoked. `register` makes its own.',
    tag,
    params: VenuePath,
    answer: Fields({ username: Type.String(), password: Type.String() }),
    run: async ({ deps: { store }, params: { venueId } }) =>
      await rotateCredential(store.prisma, venueId),
  }),

  operation({
    id: 'revokeCredential',
    method: 'DELETE',
    path: '/venues/{venueId}/credentials/{username}',
    summary: 'Ends a credential',
    description: 'It may work for up to two more seconds.',
    tag,
    params: Fields({ ...VenuePath.properties, username: Type.String() }),
    answer: Fields({ username: Type.String() }),
    run: async ({ deps: { store }, params: { venueId, username } }) => {
      await revokeCredentials(store.database, venueId, username)
      return { username }
    },
  }),

  operation({
    id: 'setDojoKey',
    method: 'PUT',
    path: '/venues/{venueId}/dojo-key',
    summary: 'Stores the API key that Dojo gave the venue, sealed',
    description: 'Paused calls to Dojo resume. The key is never shown again.',
    tag,
    params: VenuePath,
    body: Fields({ key: Type.String({ minLength: 1, maxLength: limits.maxCredentialCharacters }) }),
    secrets: ['key'],
    answer: Fields({ hasKey: Type.Boolean() }),
    run: async ({ deps: { store, secretsKey }, params: { venueId }, body: { key } }) => {
      await setDojoKey(store.prisma, venueId, key.trim(), secretsKey())
      return { hasKey: true }
    },
  }),

  operation({
    id: 'listTillTokens',
    method: 'GET',
    path: '/venues/{venueId}/tokens',
    summary: "The tokens of the venue's tills, newest first",
    tag,
    params: VenuePath,
    answer: Fields({ rows: Type.Array(TokenShape) }),
    run: async ({ deps: { store }, params: { venueId } }) => ({
      rows: (await listTokens(store.prisma, venueId)).map((token) => ({
        id: token.tokenId,
        role: token.role,
        waiterId: token.waiterId,
        till: token.tillName,
        createdAt: token.createdAt.toISOString(),
        revokedAt: timeOf(token.revokedAt),
      })),
    }),
  }),

  operation({
    id: 'createTillToken',
    method: 'POST',
    path: '/venues/{venueId}/tokens',
    summary: 'A new token for a till, which is shown once',
    tag,
    params: VenuePath,
    body: Fields({
      role: OneOf(tillRoles),
      waiterId: Type.Optional(Id),
      till: Type.Optional(Name),
    }),
    answer: Fields({ id: Type.String(), token: Type.String() }),
    run: async ({ deps: { store }, params: { venueId }, body: { role, waiterId, till } }) => {
      const given = {
        role,
        ...(waiterId === undefined ? {} : { waiterId }),
        ...(till === undefined ? {} : { tillName: till }),
      }
      const { tokenId, token } = await createToken(store.prisma, venueId, given)
      return { id: tokenId, token }
    },
  }),

  operation({
    id: 'revokeTillToken',
    method: 'DELETE',
    path: '/venues/{venueId}/tokens/{tokenId}',
    summary: 'Ends a token at once, and the sessions that were opened with it',
    tag,
    params: Fields({ ...VenuePath.properties, tokenId: Id }),
    answer: Fields({ id: Type.String() }),
    run: async ({ deps: { store }, params: { venueId, tokenId } }) => {
      await revokeToken(store.prisma, venueId, tokenId)
      return { id: tokenId }
    },
  }),
]

// The shapes of the Dojo API that are used here. What Dojo adds to an answer is let through: only what is read is checked.
import { Type, type Static } from 'typebox'

export interface RestRegistration {
  capabilities: { name: string, version: string }[]
  auth: { authType: 'basic', basic: { username: string, password: string } }
  /** One base URL for all capabilities. */
  url: string
}

/** What `PUT /epos/integrations/rest` answers. */
export const restIntegrations = Type.Array(Type.Object({
  url: Type.String(),
  capabilities: Type.Array(Type.Object({ name: Type.String() })),
}))
export type RestIntegrations = Static<typeof restIntegrations>

/** What `GET /epos/integrations` answers. */
export const integrations = Type.Object({ restIntegrations })
export type Integrations = Static<typeof integrations>

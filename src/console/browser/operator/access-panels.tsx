// What opens a venue: its key for Dojo, Dojo's credentials, and the tokens of its tills.
import type { Static } from 'typebox'
import { useState } from 'preact/hooks'
import { toast } from '../../../page/browser/dialog.tsx'
import { DialogForm } from '../../../page/browser/dialog-form.tsx'
import { Button, TextField, useAct } from '../../../page/browser/form.tsx'
import { Badge, Failure, Notice, Panel, Segments, Waiting } from '../../../page/browser/parts.tsx'
import type { TokenShape } from '../../../operator/api/access.ts'
import { AddButton } from '../setup/add-button.tsx'
import { api, utc, type Settings } from './operator.ts'
import { useOperator } from './use-operator.ts'

type Token = Static<typeof TokenShape>

interface PanelsProps {
  settings: Settings
  onChanged: () => void
}

export function AccessPanels({ settings, onChanged }: PanelsProps) {
  /** What is shown once. */
  const [shown, setShown] = useState<{ what: string; secret: string }>()
  return (
    <>
      {shown === undefined ? null : (
        <Notice icon="key" tone="live">
          <b>{shown.what}</b> is not shown again: <span class="mono">{shown.secret}</span>
        </Notice>
      )}
      <KeyPanel settings={settings} onChanged={onChanged} />
      <Credentials settings={settings} onChanged={onChanged} onShown={setShown} />
      <Tokens venueId={settings.id} onShown={setShown} />
    </>
  )
}

interface ShownProps {
  onShown: (shown: { what: string; secret: string }) => void
}

function KeyPanel({ settings: { id, hasKey, keyRefusedAt }, onChanged }: PanelsProps) {
  return (
    <Panel
      title="The key that Dojo gave the venue"
      aside={
        <AddButton
          label={hasKey ? 'Replace the key' : 'Set the key'}
          dialog={(onClose) => <KeyDialog venueId={id} onClose={onClose} onChanged={onChanged} />}
        />
      }
    >
      <p class="panel__body soft">
        {hasKey ? keyInWords(keyRefusedAt) : 'The venue has none, so Dojo hears of no change.'}
      </p>
    </Panel>
  )
}

function keyInWords(refusedAt: string | undefined): string {
  if (refusedAt === undefined) return 'A key is stored, sealed, and Dojo accepts it.'
  return `Dojo refused it at ${utc.clock(refusedAt)} UTC. Calls to Dojo are paused until another is set.`
}

interface KeyDialogProps {
  venueId: string
  onClose: () => void
  onChanged: () => void
}

function KeyDialog({ venueId, onClose, onChanged }: KeyDialogProps) {
  const [key, setKey] = useState('')
  return (
    <DialogForm
      title="The venue’s Dojo API key"
      verb="Store the key"
      isReady={key !== ''}
      onClose={onClose}
      work={async () => {
        await api.call('PUT', `/venues/${venueId}/dojo-key`, { key })
        toast({ icon: 'key', title: 'The key is stored.' })
        onChanged()
      }}
    >
      <TextField
        label="Key"
        value={key}
        onChange={setKey}
        isMono
        help="It begins with sk_prod_ or sk_sandbox_, and is never shown again."
        input={{ type: 'password', autocomplete: 'off', required: true }}
      />
    </DialogForm>
  )
}

function Credentials({
  settings: { id, credentials },
  onChanged,
  onShown,
}: PanelsProps & ShownProps) {
  const { run, isBusy, problem } = useAct()
  const path = `/venues/${id}/credentials`
  const create = async (): Promise<void> => {
    const { username, password } = await api.call<Record<string, string>>('POST', path)
    onShown({ what: `The password of ${username}`, secret: password! })
    onChanged()
  }
  const revoke = async (username: string): Promise<void> => {
    await api.call('DELETE', `${path}/${username}`)
    toast({ icon: 'ban', title: `${username} no longer works.` })
    onChanged()
  }
  return (
    <Panel
      title="Dojo’s credentials"
      aside={
        <Button
          icon="plus"
          disabled={isBusy}
          onPress={() => {
            run(create)
          }}
        >
          Another credential
        </Button>
      }
    >
      {problem === undefined ? null : <Failure problem={problem} />}
      <Opening
        rows={credentials.map(({ username, ...row }) => ({ ...row, id: username, name: username }))}
        onRevoke={(row) => {
          run(async () => await revoke(row.id))
        }}
      />
    </Panel>
  )
}

function Tokens({ venueId, onShown }: { venueId: string } & ShownProps) {
  const path = `/venues/${venueId}/tokens`
  const { data, problem, reload } = useOperator(
    path,
    async () => await api.call<{ rows: Token[] }>('GET', path),
    0,
  )
  const { run, problem: refused } = useAct()
  const revoke = async (tokenId: string): Promise<void> => {
    await api.call('DELETE', `${path}/${tokenId}`)
    toast({ icon: 'ban', title: 'The token no longer works.' })
    reload()
  }
  return (
    <Panel
      title="Tokens of tills"
      aside={
        <AddButton
          label="A token"
          dialog={(onClose) => (
            <TokenDialog
              path={path}
              onClose={onClose}
              onMade={(secret) => {
                onShown({ what: 'The token', secret })
                reload()
              }}
            />
          )}
        />
      }
    >
      {[problem, refused].map((each) =>
        each === undefined ? null : <Failure key={each.message} problem={each} />,
      )}
      {data === undefined ? (
        <Waiting />
      ) : (
        <Opening
          rows={data.rows.map(({ till, waiterId, role, ...row }) => ({
            ...row,
            name: till ?? (waiterId === undefined ? role : `Waiter ${waiterId}`),
            note: role,
          }))}
          onRevoke={({ id }) => {
            run(async () => await revoke(id))
          }}
        />
      )}
    </Panel>
  )
}

const ROLES = ['kitchen', 'waiter', 'manager', 'owner'] as const
type Role = (typeof ROLES)[number]

interface TokenDialogProps {
  path: string
  onClose: () => void
  onMade: (token: string) => void
}

function TokenDialog({ path, onClose, onMade }: TokenDialogProps) {
  const [role, setRole] = useState<Role>('waiter')
  const [till, setTill] = useState('')
  return (
    <DialogForm
      title="A token for a till"
      verb="Make the token"
      isReady={till.trim() !== ''}
      onClose={onClose}
      work={async () => {
        const { token } = await api.call<{ token: string }>('POST', path, { role, till })
        onMade(token)
      }}
    >
      <TextField label="Till" value={till} onChange={setTill} input={{ required: true }} />
      <Segments
        label="Role"
        choices={ROLES.map((value) => ({ value, label: value }))}
        chosen={role}
        onChoose={setRole}
      />
    </DialogForm>
  )
}

interface OpeningRow {
  id: string
  name: string
  note?: string
  createdAt: string
  revokedAt?: string | undefined
}

interface OpeningProps {
  rows: readonly OpeningRow[]
  onRevoke: (row: OpeningRow) => void
}

/** What opens something, until it is revoked. */
function Opening({ rows, onRevoke }: OpeningProps) {
  return (
    <table class="table">
      <thead>
        <tr>
          <th>Name</th>
          <th>State</th>
          <th class="lo">Made</th>
          <th>
            <span class="unseen">Revoke</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.id}>
            <td>
              <span class="strong">{row.name}</span>
              {row.note === undefined ? null : <span class="two">{row.note}</span>}
            </td>
            <td>
              <Badge
                icon={row.revokedAt === undefined ? 'tick' : 'ban'}
                tone={row.revokedAt === undefined ? 'good' : 'plain'}
              >
                {row.revokedAt === undefined ? 'Works' : 'Revoked'}
              </Badge>
            </td>
            <td class="lo">{utc.date(row.createdAt)}</td>
            <td class="num">
              {row.revokedAt === undefined ? (
                <Button
                  isSmall
                  kind="danger"
                  label={`Revoke ${row.name}`}
                  onPress={() => {
                    onRevoke(row)
                  }}
                >
                  Revoke
                </Button>
              ) : null}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

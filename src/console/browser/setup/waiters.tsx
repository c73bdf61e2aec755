// The waiters, and the PINs with which they sign in to this console.
import { useState } from 'preact/hooks'
import { Dialog, toast } from '../../../page/browser/dialog.tsx'
import { DialogForm } from '../../../page/browser/dialog-form.tsx'
import { Button, Form, TextField, useAct } from '../../../page/browser/form.tsx'
import { Empty, Failure, Panel, Waiting } from '../../../page/browser/parts.tsx'
import { useLoad } from '../../../page/browser/use-load.ts'
import { me, till, type Me } from '../session.ts'
import { AddButton, type AddDialogProps } from './add-button.tsx'
import { SignIns } from './sign-ins.tsx'

interface Waiter {
  id: string
  name: string
}

const ROLES: readonly Me['role'][] = ['kitchen', 'waiter', 'manager', 'owner']

export function Waiters() {
  const { data, problem, reload } = useLoad(
    'waiters',
    async () => await till.call<{ rows: Waiter[] }>('GET', '/waiters'),
  )
  const [giving, setGiving] = useState<Waiter>()
  if (problem !== undefined) return <Failure problem={problem} onRetry={reload} />
  if (data === undefined) return <Waiting />
  return (
    <>
      <div class="row">
        <AddButton
          label="Add a waiter"
          dialog={(onClose) => <AddDialog onClose={onClose} onAdded={reload} />}
        />
      </div>
      <Panel title={`${data.rows.length} waiters`}>
        {data.rows.length === 0 ? (
          <Empty icon="people" title="No waiters yet">
            Add one with the number that they type on the card machine.
          </Empty>
        ) : (
          <List waiters={data.rows} onGive={setGiving} />
        )}
      </Panel>
      <SignIns />
      {giving === undefined ? null : (
        <PinDialog
          waiter={giving}
          onClose={() => {
            setGiving(undefined)
          }}
        />
      )}
    </>
  )
}

interface ListProps {
  waiters: readonly Waiter[]
  onGive: (waiter: Waiter) => void
}

function List({ waiters, onGive }: ListProps) {
  return (
    <table class="table">
      <thead>
        <tr>
          <th>Name</th>
          <th>Number</th>
          <th class="num">PIN</th>
        </tr>
      </thead>
      <tbody>
        {waiters.map((waiter) => (
          <tr key={waiter.id}>
            <td class="strong">{waiter.name}</td>
            <td class="mono">{waiter.id}</td>
            <td class="num">
              <Button
                isSmall
                icon="key"
                onPress={() => {
                  onGive(waiter)
                }}
              >
                <span>
                  Give<span class="unseen"> {waiter.name}</span> a PIN…
                </span>
              </Button>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function PinDialog({ waiter, onClose }: { waiter: Waiter; onClose: () => void }) {
  const [pin, setPin] = useState('')
  const [role, setRole] = useState<Me['role']>('waiter')
  const { run, isBusy, problem } = useAct()
  const path = `/waiters/${encodeURIComponent(waiter.id)}/pin`
  const give = async (): Promise<void> => {
    await till.call('PUT', path, { pin, role })
    toast({ icon: 'key', title: `${waiter.name} has a new PIN.` })
    onClose()
  }
  const take = async (): Promise<void> => {
    await till.call('DELETE', path)
    toast({ icon: 'key', title: `${waiter.name} has no PIN any more.` })
    onClose()
  }
  return (
    <Dialog title={`A PIN for ${waiter.name}`} onClose={onClose}>
      <Form
        onSubmit={() => {
          run(give)
        }}
      >
        <p>With it they sign in to this console on a device where somebody did before.</p>
        <TextField
          label="PIN"
          value={pin}
          onChange={setPin}
          help="4 to 8 digits, not all the same and not in a row"
          input={{ inputMode: 'numeric', minLength: 4, maxLength: 8, autofocus: true }}
        />
        <Roles chosen={role} onChoose={setRole} />
        {problem === undefined ? null : <Failure problem={problem} />}
        <div class="dialog__foot">
          <Button
            kind="danger"
            disabled={isBusy}
            onPress={() => {
              run(take)
            }}
          >
            Take it away
          </Button>
          <Button kind="main" submits disabled={isBusy || pin.length < 4}>
            Give the PIN
          </Button>
        </div>
      </Form>
    </Dialog>
  )
}

interface RolesProps {
  chosen: Me['role']
  onChoose: (role: Me['role']) => void
}

/** Nobody gives more than they have. */
function Roles({ chosen, onChoose }: RolesProps) {
  return (
    <fieldset class="stack stack--2">
      <legend class="label">They may do what this role may</legend>
      {ROLES.slice(0, ROLES.indexOf(me.value!.role) + 1).map((role) => (
        <label key={role} class="choice">
          <input
            type="radio"
            name="role"
            checked={role === chosen}
            onChange={() => {
              onChoose(role)
            }}
          />
          {role}
        </label>
      ))}
    </fieldset>
  )
}

function AddDialog({ onClose, onAdded }: AddDialogProps) {
  const [id, setId] = useState('')
  const [name, setName] = useState('')
  const add = async (): Promise<void> => {
    await till.call('POST', '/waiters', { id: id.trim(), name: name.trim() })
    toast({ icon: 'people', title: `${name.trim()} is a waiter here.` })
    onAdded()
  }
  return (
    <DialogForm
      title="Add a waiter"
      verb="Add"
      isReady={id.trim() !== '' && name.trim() !== ''}
      work={add}
      onClose={onClose}
    >
      <TextField label="Name" value={name} onChange={setName} input={{ autofocus: true }} />
      <TextField
        label="Number"
        value={id}
        onChange={setId}
        help="what they type on the card machine"
      />
    </DialogForm>
  )
}

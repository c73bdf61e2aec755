// The sign-in: a waiter's number and PIN on a device that knows its venue, or a till's token.
import { useEffect, useState } from 'preact/hooks'
import { Door, Slip } from '../../page/browser/door.tsx'
import { Button, Form, TextField, useAct } from '../../page/browser/form.tsx'
import type { IconName } from '../../page/browser/icon.tsx'
import { Pad } from '../../page/browser/pad.tsx'
import { Notice } from '../../page/browser/parts.tsx'
import type { Problem } from '../../page/browser/problem.ts'
import { healthLines, useHealth } from '../../page/browser/use-health.ts'
import { signInOperator } from './operator/operator.ts'
import { base, rememberedVenue, signIn, whySignedOut, type Proof } from './session.ts'

type Way = 'pin' | 'token' | 'operator'

export function SignIn() {
  const venue = rememberedVenue()
  const [way, setWay] = useState<Way>(venue === undefined ? 'token' : 'pin')
  const [problem, setProblem] = useState<Problem>()
  const [isBusy, setBusy] = useState(false)
  const attempt = (proof: Proof): void => {
    setBusy(true)
    setProblem(undefined)
    void signIn(proof).then((found) => {
      setProblem(found)
      setBusy(false)
    })
  }
  return (
    <Door mark="EP" name="EPOS Data server" slip={<HealthSlip />}>
      <Why />
      {way === 'operator' ? <ByPassword /> : null}
      {way === 'pin' && venue !== undefined ? (
        <ByPin venue={venue} isBusy={isBusy} problem={problem} onGiven={attempt} />
      ) : null}
      {way === 'token' ? <ByToken isBusy={isBusy} problem={problem} onGiven={attempt} /> : null}
      <Ways
        way={way}
        hasVenue={venue !== undefined}
        onChoose={(other) => {
          setProblem(undefined)
          setWay(other)
        }}
      />
    </Door>
  )
}

function Why() {
  const why = whySignedOut.value
  if (why === undefined) return null
  return (
    <Notice icon="clock" tone="live">
      {why}
    </Notice>
  )
}

interface WaysProps {
  way: Way
  hasVenue: boolean
  onChoose: (way: Way) => void
}

const WAYS: readonly { way: Way; icon: IconName; label: string }[] = [
  { way: 'pin', icon: 'user', label: 'Use a PIN' },
  { way: 'token', icon: 'key', label: 'Use a till token' },
  { way: 'operator', icon: 'venues', label: 'All venues' },
]

function Ways({ way, hasVenue, onChoose }: WaysProps) {
  const others = WAYS.filter((other) => other.way !== way && (hasVenue || other.way !== 'pin'))
  return (
    <div class="stack stack--2">
      <div class="row row--wrap">
        {others.map((other) => (
          <Button
            key={other.way}
            icon={other.icon}
            onPress={() => {
              onChoose(other.way)
            }}
          >
            {other.label}
          </Button>
        ))}
      </div>
      <p class="small faint">
        You are signed out after 15 minutes without a touch. Who signs in, and what they change, is
        on record.
      </p>
    </div>
  )
}

/** An operator, who looks after all venues. */
function ByPassword() {
  const [name, setName] = useState('')
  const [password, setPassword] = useState('')
  const { run, isBusy, problem } = useAct()
  return (
    <Form
      onSubmit={() => {
        run(async () => {
          const refused = await signInOperator(name.trim(), password)
          if (refused !== undefined) throw refused
        })
      }}
    >
      <div class="stack stack--1">
        <h1>All venues</h1>
        <p class="soft">For those who look after the venues of this server.</p>
      </div>
      <TextField
        label="Name"
        value={name}
        onChange={setName}
        input={{ autocomplete: 'username', required: true, autofocus: true, spellcheck: false }}
      />
      <TextField
        label="Password"
        value={password}
        onChange={setPassword}
        fault={problem?.message}
        help={
          <>
            Made by <span class="mono">npx epos operator create</span>
          </>
        }
        input={{ type: 'password', autocomplete: 'current-password', required: true }}
      />
      <Button kind="main" isWide submits disabled={isBusy || name === '' || password === ''}>
        Sign in
      </Button>
    </Form>
  )
}

interface GivenProps {
  isBusy: boolean
  problem: Problem | undefined
  onGiven: (proof: Proof) => void
}

function ByToken({ isBusy, problem, onGiven }: GivenProps) {
  const [token, setToken] = useState('')
  return (
    <Form
      onSubmit={() => {
        onGiven({ token: token.trim() })
      }}
    >
      <div class="stack stack--1">
        <h1>Sign in</h1>
        <p class="soft">With the token of a till. What it may do, you may do.</p>
      </div>
      <TextField
        label="Till token"
        value={token}
        onChange={setToken}
        isMono
        fault={problem?.message}
        help={
          <>
            Made by <span class="mono">npx epos token create</span>
          </>
        }
        input={{
          type: 'password',
          autocomplete: 'off',
          spellcheck: false,
          required: true,
          autofocus: true,
          placeholder: 'till_…',
        }}
      />
      <Button kind="main" isWide submits disabled={isBusy || token === ''}>
        Sign in
      </Button>
    </Form>
  )
}

const LEAST_DIGITS = 4
const MOST_DIGITS = 8

interface ByPinProps extends GivenProps {
  venue: { id: string; name: string }
}

function ByPin({ venue, isBusy, problem, onGiven }: ByPinProps) {
  const [waiterId, setWaiterId] = useState('')
  const [pin, setPin] = useState('')
  useEffect(() => {
    if (problem !== undefined) setPin('')
  }, [problem])
  return (
    <Form
      onSubmit={() => {
        onGiven({ locationId: venue.id, waiterId: waiterId.trim(), pin })
      }}
    >
      <div class="stack stack--1">
        <h1>{venue.name}</h1>
        <p class="soft">Your waiter number and your PIN.</p>
      </div>
      <div class="pair">
        <TextField
          label="Waiter number"
          value={waiterId}
          onChange={setWaiterId}
          input={{ autocomplete: 'username', required: true, autofocus: true }}
        />
        <TextField
          label="PIN"
          value={pin}
          onChange={setPin}
          fault={problem?.message}
          input={{
            type: 'password',
            inputMode: 'numeric',
            autocomplete: 'current-password',
            required: true,
            minLength: LEAST_DIGITS,
            maxLength: MOST_DIGITS,
          }}
        />
      </div>
      <Pad label="PIN pad" value={pin} onChange={setPin} mostDigits={MOST_DIGITS} />
      <Button
        kind="main"
        isWide
        submits
        disabled={isBusy || waiterId === '' || pin.length < LEAST_DIGITS}
      >
        Sign in
      </Button>
    </Form>
  )
}

/** Nothing of a venue: only how the server is. */
function HealthSlip() {
  const server = useHealth(base.replace(/\/console$/, ''))
  return (
    <Slip
      title="EPOS Data server"
      note={new Date().toLocaleDateString('en-GB', LONG)}
      lines={healthLines(server)}
      foot="Sign in to see the rest"
    />
  )
}

const LONG = { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' } as const

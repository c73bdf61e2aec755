// The sign-in: a waiter's number and PIN on a device that knows its venue, or a till's token.
import { useEffect, useState } from 'preact/hooks'
import { Button, Form, TextField, useAct } from '../../page/browser/form.tsx'
import { Icon, type IconName } from '../../page/browser/icon.tsx'
import { Notice } from '../../page/browser/parts.tsx'
import type { Problem } from '../../page/browser/problem.ts'
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
    <main class="door">
      <div class="door__form">
        <div class="row row--3">
          <span class="rail__mark" aria-hidden="true">
            EP
          </span>
          <b>EPOS Data server</b>
        </div>
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
      </div>
      <HealthPaper />
    </main>
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

const KEYS = ['1', '2', '3', '4', '5', '6', '7', '8', '9'] as const
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
      <Pad
        onDigit={(digit) => {
          setPin((was) => (was + digit).slice(0, MOST_DIGITS))
        }}
        onBack={() => {
          setPin((was) => was.slice(0, -1))
        }}
      />
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

function Pad({ onDigit, onBack }: { onDigit: (digit: string) => void; onBack: () => void }) {
  const key = (digit: string) => (
    <button
      key={digit}
      type="button"
      class="key"
      onClick={() => {
        onDigit(digit)
      }}
    >
      {digit}
    </button>
  )
  return (
    <div class="pad" role="group" aria-label="PIN pad">
      {KEYS.map(key)}
      <span />
      {key('0')}
      <button
        type="button"
        class="key key--quiet"
        aria-label="Delete the last digit"
        onClick={onBack}
      >
        <Icon name="back" large />
      </button>
    </div>
  )
}

interface Health {
  status: string
  checks: { database: string; load: string }
}

/** Nothing of a venue: only how the server is. */
function HealthPaper() {
  const [health, setHealth] = useState<Health>()
  useEffect(() => {
    void fetch(base.replace(/\/console$/, '/health/ready'))
      .then(async (response) => (await response.json()) as Health)
      .then(setHealth, () => {})
  }, [])
  return (
    <div class="door__side" aria-hidden="true">
      <figure class="paper">
        <div class="paper__sheet">
          <h3>EPOS Data server</h3>
          <p class="c paper__note">{new Date().toLocaleDateString('en-GB', LONG)}</p>
          <hr class="double" />
          <Line name="Server" value={health?.status ?? 'not reached'} />
          <Line name="Database" value={health?.checks.database ?? '–'} />
          <Line name="Load" value={health?.checks.load ?? '–'} />
          <hr />
          <p class="c">Sign in to see the rest</p>
        </div>
      </figure>
    </div>
  )
}

const LONG = { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' } as const

function Line({ name, value }: { name: string; value: string }) {
  return (
    <div class="paper__line">
      <span>{name}</span>
      <span>{value}</span>
    </div>
  )
}

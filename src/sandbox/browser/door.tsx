// Whose account it is. Any key opens one: the stand-in holds no money and no secrets.
import { useState } from 'preact/hooks'
import { Door, Slip } from '../../page/browser/door.tsx'
import { Button, Form, TextField } from '../../page/browser/form.tsx'
import { Icon } from '../../page/browser/icon.tsx'
import { keyProblem, openAccount } from './session.ts'

const SHAPE = /^sk_sandbox_[\w-]{1,200}$/
const SUGGESTED = 'sk_sandbox_me'

export function AccountDoor() {
  const [value, setValue] = useState(SUGGESTED)
  const [isTried, setTried] = useState(false)
  const isWrong = isTried && !SHAPE.test(value.trim())
  return (
    <Door mark={<Icon name="flask" />} name="Stand-in for Dojo" slip={<NoMoney />}>
      <Form
        onSubmit={() => {
          setTried(true)
          if (SHAPE.test(value.trim())) openAccount(value.trim())
        }}
      >
        <div class="stack stack--1">
          <h1>Whose account?</h1>
          <p class="soft">
            Card machines, guests and bookings of Dojo, without any money. Use the key that your
            EPOS was given; another one opens an account of its own.
          </p>
        </div>
        <TextField
          label="API key"
          value={value}
          onChange={setValue}
          isMono
          fault={isWrong ? WRONG : keyProblem.value?.message}
          help={
            <>
              Given to a venue by <span class="mono">npx epos location set-dojo-key</span>
            </>
          }
          input={{ autocomplete: 'off', spellcheck: false, required: true, autofocus: true }}
        />
        <Button kind="main" isWide submits>
          Open
        </Button>
      </Form>
    </Door>
  )
}

function NoMoney() {
  return (
    <Slip
      title="Stand-in for Dojo"
      lines={[
        ['Card machines', '6'],
        ['Faults', 'as switches'],
        ['Real money', '£0.00'],
      ]}
      foot="No money moves"
    />
  )
}

const WRONG = 'A key begins with sk_sandbox_, followed by letters, digits, - or _.'

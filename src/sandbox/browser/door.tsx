// Whose account it is. Any key opens one: the stand-in holds no money and no secrets.
import { useState } from 'preact/hooks'
import { Button, Form, TextField } from '../../page/browser/form.tsx'
import { Icon } from '../../page/browser/icon.tsx'
import { keyProblem, openAccount } from './session.ts'

const SHAPE = /^sk_sandbox_[\w-]{1,200}$/
const SUGGESTED = 'sk_sandbox_me'

export function Door() {
  const [value, setValue] = useState(SUGGESTED)
  const [isTried, setTried] = useState(false)
  const isWrong = isTried && !SHAPE.test(value.trim())
  return (
    <main class="door">
      <div class="door__form">
        <div class="row row--3">
          <span class="rail__mark" aria-hidden="true">
            <Icon name="flask" />
          </span>
          <b>Stand-in for Dojo</b>
        </div>
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
      </div>
      <div class="door__side" aria-hidden="true">
        <figure class="paper">
          <div class="paper__sheet">
            <h3>Stand-in for Dojo</h3>
            <hr class="double" />
            <Line name="Card machines" value="6" />
            <Line name="Faults" value="as switches" />
            <Line name="Real money" value="£0.00" />
            <hr />
            <p class="c">No money moves</p>
          </div>
        </figure>
      </div>
    </main>
  )
}

const WRONG = 'A key begins with sk_sandbox_, followed by letters, digits, - or _.'

function Line({ name, value }: { name: string; value: string }) {
  return (
    <div class="paper__line">
      <span>{name}</span>
      <span>{value}</span>
    </div>
  )
}

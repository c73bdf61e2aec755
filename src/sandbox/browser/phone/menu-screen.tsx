// Ordering from a phone: what is chosen, and paid before the kitchen has it.
import { useState } from 'preact/hooks'
import { Button, useAct } from '../../../page/browser/form.tsx'
import { Icon } from '../../../page/browser/icon.tsx'
import { Failure, Waiting } from '../../../page/browser/parts.tsx'
import { useLoad } from '../../../page/browser/use-load.ts'
import type { Menu, MenuItem } from '../../api/guests.ts'
import { shareOf } from '../bench/amounts.ts'
import { formatsIn } from '../live.ts'
import { sandbox } from '../session.ts'
import { Tip, type TipShare } from './tip.tsx'
import type { ScannedTable } from './venue.ts'

export function MenuScreen({ table }: { table: ScannedTable }) {
  const { data, problem, reload } = useLoad(
    'menu',
    async () => await sandbox.call<Menu>('GET', '/menu'),
  )
  if (problem !== undefined) return <Failure problem={problem} onRetry={reload} />
  return data === undefined ? <Waiting rows={6} /> : <Choose menu={data} table={table} />
}

type Basket = ReadonlyMap<string, number>

function Choose({ menu, table }: { menu: Menu; table: ScannedTable }) {
  const [basket, setBasket] = useState<Basket>(new Map())
  const [share, setShare] = useState<TipShare>('0')
  const [isOrdered, setOrdered] = useState(false)
  const { run, isBusy, problem } = useAct()
  const { money } = formatsIn(menu.currencyCode)
  const sumMinor = menu.items.reduce(
    (sum, { plu, priceMinor }) => sum + priceMinor * (basket.get(plu) ?? 0),
    0,
  )
  const tipsMinor = shareOf(sumMinor, Number(share))
  const order = async (): Promise<void> => {
    const items = [...basket].map(([plu, quantity]) => ({ plu, quantity }))
    await sandbox.call('POST', '/order-and-pay', { tableId: table.id, tipsMinor, items })
    setBasket(new Map())
    setOrdered(true)
  }
  if (isOrdered) {
    return (
      <Ordered
        table={table}
        onMore={() => {
          setOrdered(false)
        }}
      />
    )
  }
  return (
    <>
      <div class="screen__body screen__body--scroll" tabIndex={0} role="group" aria-label="Menu">
        {menu.items.map((item) => (
          <Item
            key={item.plu}
            item={item}
            price={money(item.priceMinor)}
            quantity={basket.get(item.plu) ?? 0}
            onChange={(quantity) => {
              setBasket(changed(basket, item.plu, quantity))
            }}
          />
        ))}
        <Tip chosen={share} onChoose={setShare} />
        {problem === undefined ? null : <Failure problem={problem} />}
      </div>
      <div class="screen__foot">
        <Button
          kind="main"
          isWide
          disabled={isBusy || sumMinor === 0}
          onPress={() => {
            run(order)
          }}
        >
          {sumMinor === 0 ? 'Choose something' : `Order and pay ${money(sumMinor + tipsMinor)}`}
        </Button>
      </div>
    </>
  )
}

interface ItemProps {
  item: MenuItem
  price: string
  quantity: number
  onChange: (quantity: number) => void
}

function Item({ item: { name }, price, quantity, onChange }: ItemProps) {
  return (
    <div class="pick item">
      <span>
        <b>{name}</b>
        <small>{price}</small>
      </span>
      <span class="row">
        {quantity === 0 ? null : (
          <>
            <button
              type="button"
              class="btn btn--icon btn--small"
              aria-label={`One ${name} less`}
              onClick={() => {
                onChange(quantity - 1)
              }}
            >
              −
            </button>
            <b>{quantity}</b>
          </>
        )}
        <button
          type="button"
          class="btn btn--icon btn--small"
          aria-label={`One ${name} more`}
          onClick={() => {
            onChange(quantity + 1)
          }}
        >
          <Icon name="plus" />
        </button>
      </span>
    </div>
  )
}

function Ordered({ table, onMore }: { table: ScannedTable; onMore: () => void }) {
  return (
    <>
      <div class="screen__body screen__body--mid" role="status">
        <span class="screen__mark good">
          <Icon name="tickc" large />
        </span>
        <p>
          <b>Ordered and paid</b>
        </p>
        <p class="small soft">The till has it, for {table.name}.</p>
      </div>
      <div class="screen__foot">
        <Button kind="main" isWide onPress={onMore}>
          Order something else
        </Button>
      </div>
    </>
  )
}

function changed(basket: Basket, plu: string, quantity: number): Basket {
  const next = new Map(basket)
  if (quantity > 0) next.set(plu, quantity)
  else next.delete(plu)
  return next
}

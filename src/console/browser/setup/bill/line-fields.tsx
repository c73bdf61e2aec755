// The fields of one line of the template, by its kind.
import { useId } from 'preact/hooks'
import { AreaField, SelectField, SwitchField } from '../../../../page/browser/fields.tsx'
import { TextField } from '../../../../page/browser/form.tsx'
import type { Align, Line, Size } from './template.ts'

const SIZES: readonly { value: Size; label: string }[] = [
  { value: 'Body', label: 'Normal' },
  { value: 'Header2', label: 'Large' },
  { value: 'Header1', label: 'Largest' },
]
const PLACES: readonly { value: Align; label: string }[] = [
  { value: 'Left', label: 'Left' },
  { value: 'Center', label: 'Middle' },
  { value: 'Right', label: 'Right' },
]

export interface LineFieldsProps {
  line: Line
  /** What is wrong with a field of the line, such as `text.value`. */
  faultAt: (field: string) => string | undefined
  onChange: (line: Line) => void
}

export function LineFields({ line, faultAt, onChange }: LineFieldsProps) {
  const { merchantName, merchantPhoneNumber, merchantEmailAddress } = line
  if (line.text !== undefined) return <Text {...{ line, faultAt, onChange }} />
  if (line.url !== undefined) return <Address {...{ line, faultAt, onChange }} />
  if (line.merchantAddress !== undefined) return <Postal {...{ line, faultAt, onChange }} />
  if (line.logo !== undefined || line.image !== undefined) {
    return <Picture {...{ line, faultAt, onChange }} />
  }
  if (merchantName !== undefined) {
    return (
      <TextField
        label="Name"
        value={merchantName.name}
        fault={faultAt('merchantName.name')}
        onChange={(name) => {
          onChange({ ...line, merchantName: { name } })
        }}
      />
    )
  }
  if (merchantPhoneNumber !== undefined) {
    return (
      <TextField
        label="Number"
        value={merchantPhoneNumber.phoneNumber}
        fault={faultAt('merchantPhoneNumber.phoneNumber')}
        onChange={(phoneNumber) => {
          onChange({ ...line, merchantPhoneNumber: { phoneNumber } })
        }}
      />
    )
  }
  if (merchantEmailAddress !== undefined) {
    return (
      <TextField
        label="Address"
        value={merchantEmailAddress.emailAddress}
        fault={faultAt('merchantEmailAddress.emailAddress')}
        onChange={(emailAddress) => {
          onChange({ ...line, merchantEmailAddress: { emailAddress } })
        }}
      />
    )
  }
  if (line.taxNumber !== undefined) return <TaxNumber {...{ line, faultAt, onChange }} />
  return (
    <SelectField
      label="Stroke"
      value={line.horizontalLine?.line ?? 'Single'}
      choices={[
        { value: 'Single', label: 'Single' },
        { value: 'Double', label: 'Double' },
      ]}
      onChange={(stroke) => {
        onChange({ ...line, horizontalLine: { line: stroke } })
      }}
    />
  )
}

function Text({ line, faultAt, onChange }: LineFieldsProps) {
  const text = line.text!
  const change = (part: Partial<typeof text>): void => {
    onChange({ ...line, text: { ...text, ...part } })
  }
  return (
    <div class="line__text">
      <TextField
        label="Says"
        value={text.value}
        fault={faultAt('text.value')}
        onChange={(value) => {
          change({ value })
        }}
      />
      <SelectField
        label="Size"
        value={text.size}
        choices={SIZES}
        onChange={(size) => {
          change({ size })
        }}
      />
      <SelectField
        label="Place"
        value={text.align ?? 'Left'}
        choices={PLACES}
        onChange={(align) => {
          change({ align })
        }}
      />
      <SwitchField
        label="Bold"
        isOn={text.bold === true}
        onChange={(bold) => {
          change({ bold })
        }}
      />
    </div>
  )
}

function Address({ line, faultAt, onChange }: LineFieldsProps) {
  const url = line.url!
  const change = (part: Partial<typeof url>): void => {
    onChange({ ...line, url: { ...url, ...part } })
  }
  return (
    <>
      <div class="pair">
        <TextField
          label="Web address"
          value={url.url}
          fault={faultAt('url.url')}
          onChange={(address) => {
            change({ url: address })
          }}
        />
        <TextField
          label="Words with it"
          value={url.description ?? ''}
          fault={faultAt('url.description')}
          onChange={(description) => {
            change({ description })
          }}
        />
      </div>
      <div class="pair">
        <SwitchField
          label="As a code to scan"
          isOn={url.showQr === true}
          onChange={(showQr) => {
            change({ showQr })
          }}
        />
        <SwitchField
          label="In letters"
          isOn={url.showUrl === true}
          onChange={(showUrl) => {
            change({ showUrl })
          }}
        />
      </div>
    </>
  )
}

function Postal({ line, faultAt, onChange }: LineFieldsProps) {
  const address = line.merchantAddress!
  const change = (part: Partial<typeof address>): void => {
    onChange({ ...line, merchantAddress: { ...address, ...part } })
  }
  return (
    <div class="pair">
      <AreaField
        label="Lines"
        value={address.addressLines.join('\n')}
        fault={faultAt('merchantAddress.addressLines')}
        onChange={(text) => {
          change({ addressLines: text === '' ? [] : text.split('\n') })
        }}
      />
      <TextField
        label="Postcode"
        value={address.postcode}
        fault={faultAt('merchantAddress.postcode')}
        onChange={(postcode) => {
          change({ postcode })
        }}
      />
    </div>
  )
}

function TaxNumber({ line, faultAt, onChange }: LineFieldsProps) {
  const tax = line.taxNumber!
  return (
    <div class="pair">
      <TextField
        label="Called"
        value={tax.name}
        fault={faultAt('taxNumber.name')}
        onChange={(name) => {
          onChange({ ...line, taxNumber: { ...tax, name } })
        }}
      />
      <TextField
        label="Number"
        value={tax.number}
        fault={faultAt('taxNumber.number')}
        onChange={(number) => {
          onChange({ ...line, taxNumber: { ...tax, number } })
        }}
      />
    </div>
  )
}

/** A drawing from a file. What it may contain is for the server to say. */
function Picture({ line, faultAt, onChange }: LineFieldsProps) {
  const id = useId()
  const fault = faultAt('logo.svgImage') ?? faultAt('image.svgImage')
  const read = async (file: File | undefined): Promise<void> => {
    if (file === undefined) return
    const svgImage = await file.text()
    const { image } = line
    onChange(
      image === undefined
        ? { ...line, logo: { svgImage } }
        : { ...line, image: { ...image, svgImage } },
    )
  }
  return (
    <div class="field">
      <label for={id}>An SVG file</label>
      <input
        id={id}
        type="file"
        accept=".svg,image/svg+xml"
        aria-invalid={fault !== undefined}
        aria-describedby={fault === undefined ? undefined : `${id}-fault`}
        onChange={({ currentTarget }) => {
          void read(currentTarget.files?.[0])
        }}
      />
      {fault === undefined ? null : (
        <p class="field__fault" id={`${id}-fault`} role="alert">
          {fault}
        </p>
      )}
    </div>
  )
}

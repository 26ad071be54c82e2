import { type ReactNode, useId } from 'react'

interface FieldProps {
  readonly label: string
  readonly hint?: string
  readonly children: (id: string, hintId: string | undefined) => ReactNode
}

function Field({ label, hint, children }: FieldProps) {
  const id = useId()
  const hintId = hint === undefined ? undefined : `${id}-hint`
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children(id, hintId)}
      {hint !== undefined && (
        <p id={hintId} className="hint">
          {hint}
        </p>
      )}
    </div>
  )
}

interface TextProps {
  readonly label: string
  readonly value: string
  readonly onChange: (value: string) => void
  readonly hint?: string
  readonly required?: boolean
  readonly type?: 'text' | 'password' | 'number' | 'datetime-local'
  /** More than one line. */
  readonly lines?: number
  readonly placeholder?: string
}

export function TextField({
  label,
  value,
  onChange,
  required = false,
  type = 'text',
  lines,
  placeholder,
  ...rest
}: TextProps) {
  return (
    <Field label={label} {...rest}>
      {(id, hintId) => {
        const common = { id, value, required, placeholder, 'aria-describedby': hintId, spellCheck: false }
        const change = (event: { target: { value: string } }) => onChange(event.target.value)
        if (lines !== undefined) return <textarea {...common} rows={lines} onChange={change} />
        return <input {...common} type={type} autoComplete="off" onChange={change} />
      }}
    </Field>
  )
}

interface SelectProps {
  readonly label: string
  readonly value: string
  readonly onChange: (value: string) => void
  /** Values and their words. */
  readonly options: Readonly<Record<string, string>>
  readonly hint?: string
}

export function SelectField({ label, value, onChange, options, ...rest }: SelectProps) {
  return (
    <Field label={label} {...rest}>
      {(id, hintId) => (
        <select id={id} value={value} aria-describedby={hintId} onChange={(event) => onChange(event.target.value)}>
          {Object.entries(options).map(([option, words]) => (
            <option key={option} value={option}>
              {words}
            </option>
          ))}
        </select>
      )}
    </Field>
  )
}

interface ChoiceProps {
  readonly legend: string
  readonly value: string
  readonly onChange: (value: string) => void
  readonly options: Readonly<Record<string, string>>
}

/** One of a few, all of them in sight. */
export function ChoiceField({ legend, value, onChange, options }: ChoiceProps) {
  const name = useId()
  return (
    <fieldset className="field">
      <legend>{legend}</legend>
      {Object.entries(options).map(([option, words]) => (
        <label key={option} className="choice">
          <input type="radio" name={name} checked={value === option} onChange={() => onChange(option)} />
          {words}
        </label>
      ))}
    </fieldset>
  )
}

interface CheckProps {
  readonly label: ReactNode
  readonly checked: boolean
  readonly onChange: (checked: boolean) => void
}

export function CheckField({ label, checked, onChange }: CheckProps) {
  return (
    <label className="choice">
      <input type="checkbox" checked={checked} onChange={(event) => onChange(event.target.checked)} />
      {label}
    </label>
  )
}

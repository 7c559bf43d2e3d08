import { badParameter } from './api-error.ts'

/** Parameters of a call as Grape sees them: query and body in one, `a[b]=` nested, `a[]=` a list. */
export type Fields = { [name: string]: unknown }

export function nest(pairs: Iterable<[string, string]>): Fields {
  const fields: Fields = {}
  for (const [name, value] of pairs) {
    if (name.endsWith('[]')) {
      const holder = within(fields, name.slice(0, -2))
      const list = holder.at[holder.key]
      if (Array.isArray(list)) list.push(value)
      else holder.at[holder.key] = [value]
    } else {
      const holder = within(fields, name)
      holder.at[holder.key] = value
    }
  }
  return fields
}

function within(fields: Fields, name: string): { at: Fields; key: string } {
  const match = /^([^[]+)\[([^\]]+)\]$/.exec(name)
  const [, outer, inner] = match ?? []
  if (outer === undefined || inner === undefined) return { at: fields, key: name }
  const known = fields[outer]
  const at: Fields = isFields(known) ? known : {}
  fields[outer] = at
  return { at, key: inner }
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function has(fields: Fields, name: string): boolean {
  return fields[name] !== undefined
}

export function text(fields: Fields, name: string): string | undefined {
  const value = fields[name]
  if (value === undefined || value === null) return undefined
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  throw badParameter(`${name} is invalid`)
}

export function neededText(fields: Fields, name: string): string {
  const value = text(fields, name)
  if (value === undefined) throw badParameter(`${name} is missing`)
  return value
}

export function whole(fields: Fields, name: string): number | undefined {
  const value = text(fields, name)
  if (value === undefined || value === '') return undefined
  if (!/^-?\d{1,15}$/.test(value)) throw badParameter(`${name} is invalid`)
  return Number(value)
}

export function flag(fields: Fields, name: string): boolean | undefined {
  const value = fields[name]
  if (value === undefined || value === null || value === '') return undefined
  if (value === true || value === 'true' || value === '1' || value === 1 || value === 't') return true
  if (value === false || value === 'false' || value === '0' || value === 0 || value === 'f') return false
  throw badParameter(`${name} is invalid`)
}

/** A list given as `a,b` or as an array. An empty string is an empty list, which means "none". */
export function list(fields: Fields, name: string): string[] | undefined {
  const value = fields[name]
  if (value === undefined || value === null) return undefined
  // Lists are split at commas even inside an array: a comma cannot be in a name (helpers' comma coercion).
  const parts = Array.isArray(value) ? value.map(String) : [String(value)]
  return parts
    .flatMap((part) => part.split(','))
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

export function wholeList(fields: Fields, name: string): number[] | undefined {
  return list(fields, name)?.map((part) => {
    if (!/^\d{1,15}$/.test(part)) throw badParameter(`${name} is invalid`)
    return Number(part)
  })
}

export function oneOf<T extends string>(fields: Fields, name: string, values: readonly T[]): T | undefined {
  const value = text(fields, name)
  if (value === undefined || value === '') return undefined
  const found = values.find((candidate) => candidate === value)
  if (found === undefined) throw badParameter(`${name} does not have a valid value`)
  return found
}

/** A point in time, in UTC milliseconds. */
export function moment(fields: Fields, name: string): number | undefined {
  const value = text(fields, name)
  if (value === undefined || value === '') return undefined
  const ms = Date.parse(value)
  if (Number.isNaN(ms)) throw badParameter(`${name} is invalid`)
  return ms
}

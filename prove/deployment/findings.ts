// What a proof looked at, and what was wrong with it. One wrong thing does not keep it from looking at the next.

export type Findings = {
  /** Does it, and keeps what it throws. Answers whether all was well. */
  check(what: string, look: () => Promise<unknown> | unknown): Promise<boolean>
  readonly checked: () => number
  readonly faults: readonly string[]
}

export const findings = (): Findings => {
  const faults: string[] = []
  let checked = 0
  return {
    faults,
    checked: () => checked,
    check: async (what, look) => {
      checked++
      try {
        await look()
        return true
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error)
        faults.push(`${what}: ${why.slice(0, 2_000)}`)
        return false
      }
    },
  }
}

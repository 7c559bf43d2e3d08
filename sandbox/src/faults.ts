import { z } from 'zod'

/**
 * What can go wrong on purpose. `path` is a regular expression over the path of the call; `times` counts down;
 * `ms` is the delay of `slow` and the wait that `limit` and `last` announce. `lost` and `garbage` do the work first.
 */
const fault = z.strictObject({
  method: z.string().optional(),
  path: z.string().refine(isPattern, { message: 'is not a regular expression' }).optional(),
  kind: z.enum(['status', 'slow', 'reset', 'lost', 'garbage', 'limit', 'last']),
  status: z.int().min(100).max(599).optional(),
  ms: z.number().min(0).max(600_000).optional(),
  times: z.int().min(0).optional(),
  chance: z.number().min(0).max(1).optional(),
})
export const faultList = z.array(fault)
export type Fault = z.infer<typeof fault>
export type ArmedFault = Fault & { hits: number }

export type Faults = {
  set(list: readonly Fault[]): void
  all(): ArmedFault[]
  /** The first fault that strikes this call, already counted as a hit. */
  strike(method: string, path: string): Fault | undefined
}

function isPattern(text: string): boolean {
  try {
    new RegExp(text)
    return true
  } catch {
    return false
  }
}

export function armFaults(seed = 1): Faults {
  let armed: { rule: ArmedFault; pattern: RegExp }[] = []
  let dice = seed
  // A seeded generator: a run with `chance` can be repeated.
  const roll = () => {
    dice = (Math.imul(dice, 1_103_515_245) + 12_345) & 0x7fffffff
    return dice / 0x80000000
  }
  return {
    set(list) {
      armed = list.map((rule) => ({ rule: { ...rule, hits: 0 }, pattern: new RegExp(rule.path ?? '') }))
    },
    all: () => armed.map(({ rule }) => ({ ...rule })),
    strike(method, path) {
      for (const { rule, pattern } of armed) {
        if (rule.method && rule.method !== '*' && rule.method.toUpperCase() !== method) continue
        if (rule.times !== undefined && rule.hits >= rule.times) continue
        if (!pattern.test(path)) continue
        if (rule.chance !== undefined && roll() >= rule.chance) continue
        rule.hits++
        return rule
      }
      return undefined
    },
  }
}

/** A seeded generator: the same seed fills the same desk. */
export type Dice = {
  /** From 0 up to, not including, 1. */
  roll(): number
  chance(probability: number): boolean
  pick<T>(from: readonly [T, ...T[]]): T
}

/** mulberry32 */
export function dice(seed: number): Dice {
  let state = seed >>> 0
  const roll = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  return {
    roll,
    chance: (probability) => roll() < probability,
    pick: (from) => from[Math.floor(roll() * from.length)] ?? from[0],
  }
}

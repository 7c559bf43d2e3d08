// The few sums that every figure needs.

export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

/** The value that so many of a hundred do not exceed; NaN of nothing. */
export const percentile = (values: readonly number[], part: number): number => {
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.min(sorted.length - 1, Math.ceil((sorted.length * part) / 100) - 1)] ?? Number.NaN
}

export const median = (values: readonly number[]): number => {
  const sorted = Float64Array.from(values).sort()
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[sorted.length / 2 - 1] ?? Number.NaN) + upper) / 2
}

/** Whole numbers from 0 up to `below`, the same ones in every run, each before any of them again. */
export const shuffled = (below: number, count: number): number[] => {
  let state = 20_250_117
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
  const drawn = new Set<number>()
  while (drawn.size < Math.min(count, below)) drawn.add(Math.floor(random() * below))
  return [...drawn]
}

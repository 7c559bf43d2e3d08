// How a handful or a hundred thousand durations spread: their median, ninth decile and mean. Nearest rank: each of
// the first two is one of the durations themselves, nothing is interpolated. Fewer than five are told one by one.

import type { Spread } from './report.ts'

/** The 1-based rank of the k-th tenth: ceil(n × tenths / 10), in whole numbers so that no rounding moves it. */
export const nearestRank = (n: number, tenths: number): number => Math.ceil((n * tenths) / 10)

/**
 * Of `values[from..to)`, which are put into another order by it (nobody else needs the old one, and there may be a
 * hundred thousand). Whole milliseconds; their sum stays exact below 2^53.
 */
export const spreadOf = (values: Float64Array, from = 0, to = values.length): Spread => {
  const n = to - from
  if (n === 0) return { n, p50: null, p90: null, mean: null, values: [] }
  let sum = 0
  for (let index = from; index < to; index++) sum += values[index] ?? 0
  const middle = from + nearestRank(n, 5) - 1
  const high = from + nearestRank(n, 9) - 1
  if (n < 5) {
    const sorted = values.subarray(from, to).sort()
    return {
      n,
      p50: values[middle] ?? null,
      p90: values[high] ?? null,
      mean: sum / n,
      values: Array.from(sorted),
    }
  }
  select(values, from, to - 1, middle)
  // All beyond the median are no smaller than it: the ninth decile is looked for among these alone.
  if (high > middle) select(values, middle + 1, to - 1, high)
  return { n, p50: values[middle] ?? null, p90: values[high] ?? null, mean: sum / n }
}

/** Quickselect: afterwards `values[at]` is what it would be if all were sorted, smaller ones before, larger behind. */
const select = (values: Float64Array, from: number, to: number, at: number): void => {
  let left = from
  let right = to
  while (right - left > 16) {
    const a = values[left] ?? 0
    const b = values[(left + right) >> 1] ?? 0
    const c = values[right] ?? 0
    // The median of three: the values often come almost in order, where the first one would be the worst choice.
    const pivot = a < b ? (b < c ? b : a < c ? c : a) : a < c ? a : b < c ? c : b
    let low = left
    let high = right
    while (low <= high) {
      while ((values[low] ?? 0) < pivot) low++
      while ((values[high] ?? 0) > pivot) high--
      if (low > high) break
      const swapped = values[low] ?? 0
      values[low] = values[high] ?? 0
      values[high] = swapped
      low++
      high--
    }
    if (at <= high) right = high
    else if (at >= low) left = low
    else return
  }
  for (let index = left + 1; index <= right; index++) {
    const value = values[index] ?? 0
    let place = index
    while (place > left && (values[place - 1] ?? 0) > value) {
      values[place] = values[place - 1] ?? 0
      place--
    }
    values[place] = value
  }
}

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
  if (n >= many) {
    const [p50, p90] = selectOfMany(values, from, to, middle - from, high - from)
    return { n, p50, p90, mean: sum / n }
  }
  select(values, from, to - 1, middle)
  // All beyond the median are no smaller than it: the ninth decile is looked for among these alone.
  if (high > middle) select(values, middle + 1, to - 1, high)
  return { n, p50: values[middle] ?? null, p90: values[high] ?? null, mean: sum / n }
}

/** From so many on it pays to sort them roughly first. */
const many = 4_096

/** Buckets of a 64th of a power of two: the upper bits of a number as it is stored stand in the order of the numbers. */
const bucketBits = 14
const firstBucket = 1_023 << (20 - bucketBits)
/** Up to 2^44 ms, which is five centuries; what is above shares the last one, what is below 1 the first. */
const buckets = 44 << (20 - bucketBits)

const littleEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1

/**
 * The values of two ranks (from 0). Counting them into buckets and looking only into the two that are asked for goes
 * over all values twice, always straight on, which takes a third of what quickselect does.
 */
const selectOfMany = (
  values: Float64Array,
  from: number,
  to: number,
  rank: number,
  otherRank: number,
): [number, number] => {
  const halves = new Int32Array(values.buffer, values.byteOffset, values.length * 2)
  const upper = littleEndian ? 1 : 0
  const counts = new Int32Array(buckets)
  for (let index = from; index < to; index++) {
    const bucket = ((halves[index * 2 + upper] ?? 0) >> bucketBits) - firstBucket
    const place = bucket < 0 ? 0 : bucket >= buckets ? buckets - 1 : bucket
    counts[place] = (counts[place] ?? 0) + 1
  }
  const inBucket = (wanted: number): number => {
    let place = 0
    let before = 0
    while (before + (counts[place] ?? 0) <= wanted) before += counts[place++] ?? 0
    const there = new Float64Array(counts[place] ?? 0)
    let found = 0
    for (let index = from; index < to; index++) {
      const bucket = ((halves[index * 2 + upper] ?? 0) >> bucketBits) - firstBucket
      if ((bucket < 0 ? 0 : bucket >= buckets ? buckets - 1 : bucket) === place)
        there[found++] = values[index] ?? 0
    }
    select(there, 0, found - 1, wanted - before)
    return there[wanted - before] ?? 0
  }
  return [inBucket(rank), inBucket(otherRank)]
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

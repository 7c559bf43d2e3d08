// In which order a ticket's events are looked at. GitLab counts its events up, so of two at the same instant the
// one with the lower number was first: 9 comes before 10, which as text it does not.

import type { KpiEvent } from './figures.ts'

const isNumber = (text: string): boolean => {
  if (text === '') return false
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code < 48 || code > 57) return false
  }
  return true
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** By what stands before the last colon; then numbers by value, and other words behind them. */
export const compareSources = (a: string, b: string): number => {
  if (a === b) return 0
  const cutA = a.lastIndexOf(':') + 1
  const cutB = b.lastIndexOf(':') + 1
  const heads = byText(a.slice(0, cutA), b.slice(0, cutB))
  if (heads !== 0) return heads
  const tailA = a.slice(cutA)
  const tailB = b.slice(cutB)
  const numberA = isNumber(tailA)
  if (numberA !== isNumber(tailB)) return numberA ? -1 : 1
  return (numberA ? Number(tailA) - Number(tailB) : 0) || byText(tailA, tailB)
}

export const compareKpiEvents = (
  a: Pick<KpiEvent, 'at' | 'source'>,
  b: Pick<KpiEvent, 'at' | 'source'>,
): number => a.at - b.at || compareSources(a.source, b.source)

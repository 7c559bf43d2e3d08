/** Counts API calls by method and route template, so that tests and benchmarks can count what Belay asks. */
export type CallCounts = {
  count(method: string, template: string): void
  all(): Record<string, number>
  total(): number
  reset(): void
}

export function countCalls(): CallCounts {
  const counts = new Map<string, number>()
  return {
    count(method, template) {
      const key = `${method} ${template}`
      counts.set(key, (counts.get(key) ?? 0) + 1)
    },
    all: () => Object.fromEntries([...counts].sort(([a], [b]) => a.localeCompare(b))),
    total: () => [...counts.values()].reduce((sum, n) => sum + n, 0),
    reset: () => counts.clear(),
  }
}

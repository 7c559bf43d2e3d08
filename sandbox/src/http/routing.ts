import type { Route } from './call.ts'

export type Match = { route: Route; params: Record<string, string> }
export type Router = {
  find(method: string, path: string): Match | undefined
  /** The methods a path answers to, for 405. */
  methods(path: string): string[]
}

type Compiled = { route: Route; parts: string[]; rest: string | undefined }

/**
 * Matches the path as it was sent, part by part, and decodes afterwards: an encoded slash in a project path or
 * a branch name does not separate (doc/api/rest).
 */
export function routeCalls(routes: readonly Route[]): Router {
  const compiled = routes.map((route): Compiled => {
    const parts = route.template.split('/').slice(1)
    const last = parts.at(-1)
    if (last?.startsWith('*')) return { route, parts: parts.slice(0, -1), rest: last.slice(1) }
    return { route, parts, rest: undefined }
  })
  return {
    find(method, path) {
      const sent = path.split('/').slice(1)
      for (const candidate of compiled) {
        if (candidate.route.method !== method) continue
        const params = fit(candidate, sent)
        if (params) return { route: candidate.route, params }
      }
      return undefined
    },
    methods(path) {
      const sent = path.split('/').slice(1)
      return [...new Set(compiled.filter((c) => fit(c, sent)).map((c) => c.route.method))]
    },
  }
}

function fit({ parts, rest }: Compiled, sent: readonly string[]): Record<string, string> | undefined {
  if (rest === undefined ? sent.length !== parts.length : sent.length <= parts.length) return undefined
  const params: Record<string, string> = {}
  for (const [index, part] of parts.entries()) {
    const given = sent[index] ?? ''
    if (!part.startsWith(':')) {
      if (part !== given) return undefined
      continue
    }
    const value = decode(given)
    if (value === undefined || value === '') return undefined
    params[part.slice(1)] = value
  }
  if (rest !== undefined) {
    const value = decode(sent.slice(parts.length).join('/'))
    if (value === undefined) return undefined
    params[rest] = value
  }
  return params
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

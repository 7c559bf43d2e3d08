// The parser's process gets its own program as JavaScript: taking the types out of TypeScript costs it 30 MB that it
// would keep for life, and we have done it already for ourselves. Only the files its first one imports are taken along.

import { readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'

/** URL of each TypeScript file that `entry` needs → its JavaScript. */
export function plainSources(entry: URL): Readonly<Record<string, string>> {
  const sources: Record<string, string> = {}
  const missing = [entry.href]
  for (let next = missing.pop(); next !== undefined; next = missing.pop()) {
    if (sources[next] !== undefined) continue
    const plain = stripTypeScriptTypes(readFileSync(new URL(next), 'utf8'))
    sources[next] = plain
    for (const [, from] of plain.matchAll(/^(?:import|export)\b[^'";]*?\bfrom\s*'(\.[^']+\.ts)'/gm))
      missing.push(new URL(from ?? '', next).href)
  }
  return sources
}

/** A module that makes a process take these files from its fifth descriptor instead of the disk. */
export const takesPlainSources = `data:text/javascript,${encodeURIComponent(
  `import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
const sources = JSON.parse(readFileSync(4, 'utf8'))
registerHooks({
  load: (url, context, next) =>
    Object.hasOwn(sources, url) ? { format: 'module', source: sources[url], shortCircuit: true } : next(url, context),
})`,
)}`

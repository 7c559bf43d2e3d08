// Which files an image is built from: what `docker build` would be given of this folder, by .dockerignore.

import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

type Pattern = { readonly keeps: boolean; readonly matches: RegExp }

const patternOf = (line: string): Pattern => {
  const keeps = line.startsWith('!')
  const glob = line
    .slice(keeps ? 1 : 0)
    .replace(/^\//u, '')
    .replace(/\/$/u, '')
  const source = glob
    .split(/(\*\*\/?|\*|\?)/u)
    .map((part) =>
      part.startsWith('**')
        ? '.*'
        : part === '*'
          ? '[^/]*'
          : part === '?'
            ? '[^/]'
            : part.replace(/[.+^${}()|[\]\\]/gu, '\\$&'),
    )
    .join('')
  // A folder's pattern is one for all that is in it.
  return { keeps, matches: new RegExp(`^${source}(?:/|$)`, 'u') }
}

/** As Docker reads it: of all the lines that match, the last one decides. */
export const keptBy = (ignore: string): ((path: string) => boolean) => {
  const patterns = ignore
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map(patternOf)
  return (path) => patterns.findLast(({ matches }) => matches.test(path))?.keeps ?? true
}

/** Paths from the root: git's files (and what is not committed yet), less what is ignored. */
export const contextFiles = (root: string): string[] => {
  const kept = keptBy(readFileSync(join(root, '.dockerignore'), 'utf8'))
  return execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root })
    .toString()
    .split('\0')
    .filter((path) => path !== '' && kept(path) && existsSync(join(root, path)))
}

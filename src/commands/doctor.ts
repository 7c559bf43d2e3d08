// `belay doctor`: what was looked at, whether it is well, and what to do where it is not.

import type { Finding, SetupParts } from '../application/examine-setup.ts'
import { examineSetup } from '../application/examine-setup.ts'

/** Findings in words: a line each, and below it what to do. */
export const findingsInWords = (findings: readonly Finding[]): string => {
  const width = Math.max(...findings.map(({ check }) => check.length))
  const out = findings.flatMap(({ check, ok, found, mend }) => [
    `${ok ? 'ok  ' : 'MEND'}  ${check.padEnd(width)}  ${found}`,
    ...(mend === '' ? [] : [`${' '.repeat(width + 8)}${mend}`]),
  ])
  const open = findings.filter(({ ok }) => !ok).length
  const end =
    open === 0
      ? 'Everything is in order.'
      : open === 1
        ? 'One thing is to be mended.'
        : `${open} things are to be mended.`
  return `${out.join('\n')}\n\n${end}\n`
}

/** Exit code: 1 when anything is to be mended. */
export const runDoctor = async (
  options: { readonly json: boolean },
  parts: SetupParts & { readonly stdout: { write(text: string): unknown } },
): Promise<0 | 1> => {
  const findings = await examineSetup(parts)
  parts.stdout.write(options.json ? `${JSON.stringify(findings, null, 2)}\n` : findingsInWords(findings))
  return findings.every(({ ok }) => ok) ? 0 : 1
}

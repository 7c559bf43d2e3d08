// One hostile input: what comes in by which door, what must become of it, and where it is known from.

export type Row<Input = unknown, Expect = unknown> = {
  readonly id: string
  readonly door: string
  readonly input: Input
  readonly expect: Expect
  /** A section of the desk's own rules, an RFC, a CVE, a weakness (CWE), a source of GitLab's. */
  readonly why: string
}

/** What is too long to be read is written down as how it is made. */
export type Made = { readonly of: string; readonly times: number }

export const made = (of: string, times: number): Made => ({ of, times })

export const textOf = (input: string | Made): string =>
  typeof input === 'string' ? input : input.of.repeat(input.times)

/** The rows of one door, one a line: name, input, what must become of it, where it is known from. */
export const rows = <Input, Expect>(
  door: string,
  table: readonly (readonly [id: string, input: Input, expect: Expect, why: string])[],
): readonly Row<Input, Expect>[] =>
  table.map(([id, input, expect, why]) => ({ id: `${door}/${id}`, door, input, expect, why }))

/** The places that are named most often, by a short name. */
export const from = {
  text: 'security.md 4, text on its way to GitLab',
  branch: 'security.md 4, branch and label names',
  mailIn: 'security.md 4, mail in',
  mailOut: 'security.md 4, mail out',
  web: 'security.md 4, web',
  hook: 'security.md 4, webhook',
  browser: 'security.md 4, browser',
  rights: 'security.md 5, rights and data',
  extractor: 'GitLab lib/gitlab/quick_actions/extractor.rb (FACTS 5)',
  references: 'GitLab mentionable/reference_regexes.rb (FACTS 12)',
  mentions: 'GitLab doc/user/markdown.md, mentions (FACTS 5)',
  commands: 'GitLab doc/user/project/quick_actions.md (FACTS 5)',
  refNames: 'GitLab lib/gitlab/git_ref_validator.rb (FACTS 7); git-check-ref-format(1)',
  branches: 'GitLab app/services/branches/create_service.rb (FACTS 7)',
  labels: 'GitLab label names (FACTS 8)',
  limits: 'GitLab limits (FACTS 4)',
  standardWebhooks: 'Standard Webhooks, verification; FACTS 10',
} as const

// The parts of GitLab's answers that we rely on, checked. Everything else in them may come, go
// and change. Sources: GitLab's own API entities (lib/api/entities), kept in the contract folder.

import { z } from 'zod'

/** GitLab's times are ISO 8601; inside they are UTC milliseconds. */
const instant = z.string().transform((text, context) => {
  const at = Date.parse(text)
  if (Number.isNaN(at)) context.addIssue({ code: 'custom', message: 'is not a time' })
  return at
})

const listOf = <T>(item: z.ZodType<T>): z.ZodType<T[]> => z.array(item)

export const user = z.object({ id: z.int(), username: z.string(), name: z.string() })
export type WireUser = z.infer<typeof user>

export const ownUser = user.extend({ bot: z.boolean().nullish(), is_admin: z.boolean().nullish() })

export const issue = z.object({
  id: z.int(),
  iid: z.int(),
  project_id: z.int(),
  title: z.string(),
  description: z.string().nullish(),
  state: z.string(),
  created_at: instant,
  updated_at: instant,
  closed_at: instant.nullish(),
  labels: z.array(z.string()),
  author: user,
  assignees: z.array(user).nullish(),
  assignee: user.nullish(),
  confidential: z.boolean().nullish(),
  issue_type: z.string().nullish(),
  type: z.string().nullish(),
  web_url: z.string(),
  moved_to_id: z.int().nullish(),
  service_desk_reply_to: z.string().nullish(),
})
export type WireIssue = z.infer<typeof issue>
export const issues = listOf<WireIssue>(issue)

export const note = z.object({
  id: z.int(),
  body: z.string(),
  author: user,
  created_at: instant,
  system: z.boolean(),
  internal: z.boolean().nullish(),
  confidential: z.boolean().nullish(),
})
export type WireNote = z.infer<typeof note>
export const notes = listOf<WireNote>(note)

/** 202: the text was nothing but commands, and there is no note. */
export const commandsOnly = z.object({ summary: z.array(z.string()) })

/** `user` is null once the account is gone for good. */
export const labelEvent = z.object({
  id: z.int(),
  user: user.nullish(),
  created_at: instant,
  label: z.object({ name: z.string() }).nullish(),
  action: z.string(),
})
export type WireLabelEvent = z.infer<typeof labelEvent>
export const labelEvents = listOf<WireLabelEvent>(labelEvent)

export const stateEvent = z.object({
  id: z.int(),
  user: user.nullish(),
  created_at: instant,
  state: z.string(),
  source_merge_request_id: z.int().nullish(),
})
export type WireStateEvent = z.infer<typeof stateEvent>
export const stateEvents = listOf<WireStateEvent>(stateEvent)

export const branch = z.object({ name: z.string(), web_url: z.string().nullish() })
export type WireBranch = z.infer<typeof branch>
export const branches = listOf<WireBranch>(branch)

export const mergeRequest = z.object({
  id: z.int(),
  iid: z.int(),
  title: z.string(),
  web_url: z.string(),
  state: z.string(),
  author: user,
  created_at: instant,
})
export type WireMergeRequest = z.infer<typeof mergeRequest>
export const mergeRequests = listOf<WireMergeRequest>(mergeRequest)

export const member = z.object({
  id: z.int(),
  username: z.string(),
  name: z.string(),
  state: z.string(),
  access_level: z.int(),
  membership_state: z.string().nullish(),
})
export type WireMember = z.infer<typeof member>
export const members = listOf<WireMember>(member)

export const project = z.object({
  id: z.int(),
  path_with_namespace: z.string(),
  web_url: z.string(),
  visibility: z.string().nullish(),
  archived: z.boolean().nullish(),
  empty_repo: z.boolean().nullish(),
  default_branch: z.string().nullish(),
  issues_access_level: z.string().nullish(),
  issues_enabled: z.boolean().nullish(),
  repository_access_level: z.string().nullish(),
  service_desk_enabled: z.boolean().nullish(),
  enforce_auth_checks_on_uploads: z.boolean().nullish(),
})
export type WireProject = z.infer<typeof project>

export const label = z.object({ id: z.int(), name: z.string(), color: z.string().nullish() })
export type WireLabel = z.infer<typeof label>
export const labels = listOf<WireLabel>(label)

export const upload = z.object({ url: z.string(), markdown: z.string(), alt: z.string().nullish() })

export const version = z.object({ version: z.string(), enterprise: z.boolean().nullish() })

export const ownToken = z.object({
  name: z.string().nullish(),
  scopes: z.array(z.string()),
  expires_at: z.string().nullish(),
  revoked: z.boolean().nullish(),
  active: z.boolean().nullish(),
})

export const protectedBranch = z.object({
  name: z.string(),
  push_access_levels: z.array(z.object({ access_level: z.int().nullish() })).nullish(),
})
export const protectedBranches = listOf<z.infer<typeof protectedBranch>>(protectedBranch)

export const nothing = z.unknown()

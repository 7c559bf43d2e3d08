import type { Route } from '../http/call.ts'
import { branchRoutes } from './branches.ts'
import { commitRoutes } from './commits.ts'
import { eventRoutes } from './events.ts'
import { hookRoutes } from './hooks.ts'
import { issueRoutes } from './issues.ts'
import { labelRoutes } from './labels.ts'
import { memberRoutes } from './members.ts'
import { mergeRequestRoutes } from './merge-requests.ts'
import { noteRoutes } from './notes.ts'
import { projectRoutes } from './projects.ts'
import { tokenRoutes } from './tokens.ts'
import { uploadRoutes } from './uploads.ts'
import { userRoutes } from './users.ts'
import { versionRoutes } from './version.ts'

/** All of `/api/v4`, the most used first: the table is searched in order. */
export const apiRoutes: Route[] = [
  ...issueRoutes,
  ...noteRoutes,
  ...eventRoutes,
  ...labelRoutes,
  ...memberRoutes,
  ...branchRoutes,
  ...userRoutes,
  ...projectRoutes,
  ...mergeRequestRoutes,
  ...commitRoutes,
  ...uploadRoutes,
  ...hookRoutes,
  ...tokenRoutes,
  ...versionRoutes,
]

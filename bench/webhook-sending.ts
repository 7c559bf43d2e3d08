// Deliveries of GitLab's webhook, signed with the desk's key, each about another issue of so many.

import { createHmac, randomBytes, randomUUID } from 'node:crypto'
import type { Sent } from './load.ts'

const key = randomBytes(32)

/** As it is pasted into the settings of both. */
export const webhookSecret = `whsec_${key.toString('base64')}`

const description =
  'It hums, the lamp blinks twice, and then nothing happens. Yesterday it worked, and the cable is in.\n'.repeat(
    4,
  )

const bodyOf = (iid: number): string => {
  const at = new Date().toISOString()
  const user = { id: 5, name: 'Ana', username: 'ana', avatar_url: null, email: '[REDACTED]' }
  const project = { id: 2, name: 'Helpdesk', path_with_namespace: 'demo/helpdesk', default_branch: 'main' }
  return JSON.stringify({
    object_kind: 'issue',
    event_type: 'issue',
    user,
    project,
    object_attributes: {
      ...{ id: 1_000 + iid, iid, title: `The projector in room ${iid} stays dark`, description },
      ...{
        author_id: 5,
        created_at: at,
        updated_at: at,
        state: 'opened',
        action: 'update',
        confidential: true,
      },
    },
    labels: [{ id: 1, title: 'Level::1', color: '#aabbcc', type: 'ProjectLabel' }],
    changes: { updated_at: { previous: at, current: at } },
    repository: { name: 'Helpdesk', url: 'git@gitlab.example:demo/helpdesk.git' },
  })
}

/** The next one, about each of these issues in turn. */
export const deliveriesAbout = (iids: readonly number[]): (() => Sent) => {
  const bodies = iids.map(bodyOf)
  let sent = 0
  return () => {
    const body = bodies[sent++ % bodies.length] ?? ''
    const id = `msg_${randomUUID()}`
    const timestamp = String(Math.floor(Date.now() / 1_000))
    const signature = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64')
    return {
      path: '/hooks/gitlab',
      headers: {
        'content-type': 'application/json',
        'webhook-id': id,
        'webhook-timestamp': timestamp,
        'webhook-signature': `v1,${signature}`,
        'x-gitlab-event': 'Issue Hook',
      },
      body,
    }
  }
}

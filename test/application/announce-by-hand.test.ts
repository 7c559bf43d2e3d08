import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { DeskAndGitlab } from '../support/desk-and-gitlab.ts'
import { deskAndGitlab } from '../support/desk-and-gitlab.ts'

const ownMail = { mail: { own: true, language: 'en', reopenWithin: 14 * 86_400_000 } } as const
const minute = 60_000

const mailsOf = async (desk: DeskAndGitlab, id: string): Promise<string[]> =>
  desk.store.read(async (reader) =>
    (await reader.operations(id)).flatMap(({ intent }) =>
      intent.kind === 'mail' ? `${intent.notice}: ${intent.text}` : [],
    ),
  )

const later = async (desk: DeskAndGitlab): Promise<void> => {
  desk.turn(2 * minute)
  await desk.pull()
}

describe('what agents do in GitLab itself', () => {
  test('Ana is mailed an answer that Carla wrote in GitLab, once', async (t) => {
    const desk = await deskAndGitlab(t, { desk: ownMail })
    const ticket = await desk.opened()
    await later(desk)
    await desk.byHand('carla', 'POST', `/projects/1/issues/${ticket.iid}/notes`, { body: 'Take mine.' })
    await later(desk)
    await later(desk)
    assert.deepEqual(await mailsOf(desk, ticket.id), ['received: ', 'reply: Take mine.'])
  })

  test('Ana hears that Carla closed it in GitLab, and nothing of what agents note among themselves', async (t) => {
    const desk = await deskAndGitlab(t, { desk: ownMail })
    const ticket = await desk.opened()
    await later(desk)
    const issue = `/projects/1/issues/${ticket.iid}`
    await desk.byHand('carla', 'POST', `${issue}/notes`, { body: 'She always does.', internal: true })
    await desk.byHand('carla', 'PUT', issue, { state_event: 'close' })
    await later(desk)
    assert.deepEqual(await mailsOf(desk, ticket.id), ['received: ', 'resolved: '])
  })

  test('a desk that reads years of history for the first time mails nobody', async (t) => {
    const first = await deskAndGitlab(t, { desk: ownMail })
    const ticket = await first.opened()
    await first.byHand('carla', 'POST', `/projects/1/issues/${ticket.iid}/notes`, { body: 'Take mine.' })
    const second = await deskAndGitlab(t, { desk: ownMail, beside: first })
    await later(second)
    const [known] = await second.store.read((reader) => reader.tickets([ticket.iid ?? 0]))
    assert.deepEqual(await mailsOf(second, known?.id ?? ''), [])
  })
})

// Somebody else has Ana's link. She has a new one sent, by a real mail server, and it alone opens her page from
// then on: also in the mails that follow, and where an agent sends the next one.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openDesk } from '../support/desk.ts'
import type { ArrivedMail } from '../support/mail-arriving.ts'
import { arrivedAt } from '../support/mail-arriving.ts'
import { aMailDeskOf } from '../support/mail-desk.ts'
import { deskAddress } from '../support/mail-writing.ts'

const linkIn = ({ email }: ArrivedMail): string =>
  new URL(/https?:\/\/\S+\/t\/[\w-]{43}/u.exec(email.text ?? '')?.[0] ?? assert.fail(email.text)).pathname

test('a new link reaches Ana by mail, the former one is over, and later mails know the new one', async (t) => {
  const arriving = await arrivedAt(t)
  await using desk = await openDesk({
    desk: aMailDeskOf(),
    config: {
      mail: {
        smtpUrl: arriving.url,
        imapUrl: null,
        from: { name: 'Help desk', address: deskAddress },
        templates: null,
        folders: { done: 'Done', quarantine: 'Quarantine' },
        plusAddressing: true,
      },
    },
  })
  const [ana, bruno] = [desk.stranger(), await desk.signedIn('bruno')]
  const form = await ana.get('/open-issue')
  const { location: first } = await ana.post('/open-issue', {
    title: 'The SECRET screen',
    description: 'Black since this morning.',
    name: 'Ana Secretname',
    email: 'ana@school.example',
    key: ana.hidden(form, 'key'),
  })
  const nth = async (count: number): Promise<ArrivedMail> =>
    (await arriving.waitFor(count))[count - 1] ?? assert.fail()
  assert.equal(linkIn(await nth(1)), first)

  assert.equal((await ana.post(`${first}/new-link`, { key: 'link-key-12' })).status, 200)
  const mail = await nth(2)
  const second = linkIn(mail)
  assert.deepEqual(mail.to, ['ana@school.example'])
  assert.equal(mail.email.headers.find(({ key }) => key === 'auto-submitted')?.value, 'auto-generated')
  assert.doesNotMatch(
    `${mail.email.subject} ${mail.email.text} ${mail.email.html} ${JSON.stringify(mail.email.headers)}`,
    /SECRET|Secretname|Black/u,
  )
  assert.notEqual(second, first)
  assert.deepEqual([(await ana.get(first)).status, (await ana.get(second)).status], [404, 200])

  const iid = desk.sandbox.issues()[0]?.iid ?? assert.fail()
  assert.equal((await bruno.post(`/issues/${iid}/replies`, { body: 'Which cable?' })).status, 303)
  assert.equal(linkIn(await nth(3)), second)

  assert.equal((await bruno.post(`/issues/${iid}/new-link`, { key: 'link-key-13' })).status, 303)
  const third = linkIn(await nth(4))
  assert.deepEqual(
    [(await ana.get(first)).status, (await ana.get(second)).status, (await ana.get(third)).status],
    [404, 404, 200],
  )
  // GitLab is told nothing of it.
  assert.deepEqual(
    desk.sandbox.notes(iid).map(({ body }) => body.split('\n')[0]),
    ['Bruno Berg:'],
  )
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openMailDesk } from './support/mail.ts'

const form = (fields: Record<string, string>, file?: File) => {
  const data = new FormData()
  for (const [name, value] of Object.entries(fields)) data.append(name, value)
  data.append('file', file ?? new File([], ''))
  return data
}

test('the walk-through can be clicked: write a mail, read the answer, answer it', async (t) => {
  const desk = await openMailDesk(t)
  const { url } = desk.sandbox
  const get = async (path: string) => (await fetch(url + path)).text()
  assert.match(await get('/-/sandbox'), /href="\/-\/sandbox\/mail"/)
  const empty = await get('/-/sandbox/mail')
  assert.ok(empty.includes(desk.address))
  assert.match(empty, /smtp:\/\/127\.0\.0\.1:\d+/)
  const written = await fetch(`${url}/-/sandbox/mail`, {
    method: 'POST',
    body: form(
      {
        name: 'Ana Alves',
        from: 'ana@people.example',
        subject: '[Hardware] Buying a new screen',
        text: 'A wide one.',
      },
      new File(['26 inch'], 'offer.txt'),
    ),
    redirect: 'manual',
  })
  assert.deepEqual([written.status, written.headers.get('location')], [303, '/-/sandbox/mail#received'])
  const issue = desk.sandbox.issue(1)
  assert.deepEqual(
    [issue?.title, issue?.service_desk_reply_to, desk.sandbox.uploads()[0]?.filename],
    ['[Hardware] Buying a new screen', 'ana@people.example', 'offer.txt'],
  )
  assert.match(
    await get('/demo/helpdesk/-/issues/1'),
    /Public comments go by .*mail<\/a> to ana@people\.example/,
  )
  await desk.say(1, 'Which <b>room</b>?')
  const list = await get('/-/sandbox/mail')
  assert.match(list, /opened <a href="\/demo\/helpdesk\/-\/issues\/1">#1<\/a>/)
  assert.match(list, /<a href="\/-\/sandbox\/mail\/2">Re: \[Hardware\] Buying a new screen \(#1\)<\/a>/)
  const mail = await get('/-/sandbox/mail/2')
  for (const part of [
    'In-Reply-To',
    'gitlab@gitlab.example',
    'Which &#60;b&#62;room&#60;/b&#62;?',
    'Send the answer',
  ])
    assert.ok(mail.includes(part), part)
  assert.match(await get('/-/sandbox/mail/2/raw'), /^From: "Bruno Berg \(@bruno\)"/m)
  await fetch(`${url}/-/sandbox/mail/2/reply`, { method: 'POST', body: form({ text: 'Room 7' }) })
  const last = desk.sandbox.notes(1).at(-1)
  assert.deepEqual([last?.body, last?.external_author], ['Room 7', 'ana@people.example'])
  assert.equal(desk.sandbox.issues().length, 1)
  const facts = (await (await fetch(`${url}/-/sandbox.json`)).json()) as { mail: unknown[] }
  assert.equal(facts.mail.length, 2)
})

test('what strangers mail is shown as text', async (t) => {
  const desk = await openMailDesk(t)
  const attack = '<script>alert(1)</script><img src=x onerror=alert(1)>'
  await desk.send({ from: { name: attack, address: 'ana@people.example' }, subject: attack, text: attack })
  await desk.say(1, attack)
  for (const path of ['/-/sandbox/mail', '/-/sandbox/mail/1', '/-/sandbox/mail/2']) {
    const answer = await fetch(desk.sandbox.url + path)
    assert.doesNotMatch(await answer.text(), /<script|<img/i, path)
    assert.match(
      answer.headers.get('content-security-policy') ?? '',
      /default-src 'none'.*form-action 'self'/,
    )
  }
})

test('a page elsewhere can neither write mail nor change settings', async (t) => {
  const desk = await openMailDesk(t)
  for (const path of ['/-/sandbox/mail', '/-/sandbox/mail/1/reply', '/-/sandbox/service-desk']) {
    const answer = await fetch(desk.sandbox.url + path, {
      method: 'POST',
      headers: { 'Sec-Fetch-Site': 'cross-site' },
      body: form({ from: 'ana@people.example', text: 'x' }),
    })
    assert.equal(answer.status, 403, path)
  }
  assert.equal(desk.sandbox.receivedMails().length, 0)
})

test('a wrong sender is named, and nothing is sent while Service Desk is off', async (t) => {
  const desk = await openMailDesk(t)
  const write = async (from: string) => {
    const answer = await fetch(`${desk.sandbox.url}/-/sandbox/mail`, { method: 'POST', body: form({ from }) })
    return [answer.status, /role="alert"><strong>([^<]*)/.exec(await answer.text())?.[1]]
  }
  assert.deepEqual(await write('nobody'), [422, 'Give an address to write from, such as ana@example.org.'])
  await fetch(`${desk.sandbox.url}/-/sandbox/service-desk`, { method: 'POST', body: new URLSearchParams() })
  assert.deepEqual(await write('ana@people.example'), [
    422,
    'Service Desk is switched off: switch it on below, then write again.',
  ])
  await fetch(`${desk.sandbox.url}/-/sandbox/service-desk`, {
    method: 'POST',
    body: new URLSearchParams({ enabled: '1', reopen: '1' }),
  })
  assert.equal((await write('ana@people.example'))[0], 200)
  assert.equal(desk.sandbox.issue(1)?.confidential, 0)
})

test('programs change Service Desk’s settings too, and wrong ones are named', async (t) => {
  const desk = await openMailDesk(t)
  const put = async (body: unknown) => {
    const answer = await fetch(`${desk.sandbox.url}/-/sandbox/service-desk`, {
      method: 'PUT',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    })
    return { status: answer.status, text: await answer.text() }
  }
  assert.equal((await put({ reopenOnExternalNote: true, thankYou: 'Thanks' })).status, 200)
  assert.match((await put({ thankYou: null })).text, /"reopen_on_external_note":1.*"thank_you":null/)
  assert.match((await put({ reopen: true })).text, /reopen/)
  assert.equal((await put({ issueType: 'epic' })).status, 400)
  assert.equal((await put({ projectId: 99 })).status, 404)
})

test('a mail nobody has sent is not found', async (t) => {
  const desk = await openMailDesk(t)
  for (const path of [
    '/-/sandbox/mail/1',
    '/-/sandbox/mail/x',
    '/-/sandbox/mail/1/raw',
    '/-/sent_notifications/x/unsubscribe',
  ])
    assert.equal((await fetch(desk.sandbox.url + path)).status, 404, path)
  const answer = await fetch(`${desk.sandbox.url}/-/sandbox/mail/1/reply`, {
    method: 'POST',
    body: form({ text: 'x' }),
  })
  assert.equal(answer.status, 404)
})

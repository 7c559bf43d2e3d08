// The main story of the desk in the real browser, once with scripts and once without any: the same
// words, the same clicks, and the same truth in GitLab's books afterwards.

import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import type { Locator, Page, Request } from 'playwright-core'
import type { Clock } from '../../src/application/ports.ts'
import { realClock } from '../../src/composition-root.ts'
import { launchBrowser } from '../support/browser.ts'
import { openDesk } from '../support/desk.ts'
import { atTheDesk, onThePhone, openTab, signIn, until } from './tab.ts'

/** The real time, on which a test can jump ahead: whoever sleeps wakes up when the jump has passed their time. */
const jumpingClock = (): Clock & { jump(milliseconds: number): void } => {
  let ahead = 0
  const now = () => realClock.now() + ahead
  const sleeping = new Set<{ until: number; wake: () => void }>()
  return {
    now,
    sleep: async (milliseconds, signal) => {
      const woken = new AbortController()
      const sleeper = { until: now() + milliseconds, wake: () => woken.abort() }
      sleeping.add(sleeper)
      await realClock.sleep(milliseconds, signal ? AbortSignal.any([signal, woken.signal]) : woken.signal)
      sleeping.delete(sleeper)
    },
    jump: (milliseconds) => {
      ahead += milliseconds
      for (const sleeper of sleeping) if (sleeper.until <= now()) sleeper.wake()
    },
  }
}

/** A red dot, and what the machine said. */
const picture = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGP4z8DwHwAFAAH/iZk9HQAAAABJRU5ErkJggg==',
  'base64',
)
const files = [
  { name: 'my desk.png', mimeType: 'image/png', buffer: picture },
  { name: 'messages.log', mimeType: 'text/plain', buffer: Buffer.from('no signal') },
]

type Presses = 'once' | 'twice, and the second one is sent' | 'twice, and the second one does nothing'

/** What comes after a chapter that failed would only fail as well, and slowly. */
const inOrder = (t: TestContext) => {
  let broken = false
  return {
    test: (title: string, tell: () => Promise<void>) =>
      t.test(title, async () => {
        assert.ok(!broken, 'the story broke off before')
        broken = true
        await tell()
        broken = false
      }),
  }
}

/** The line of the timeline, or its card, that says this. */
const told = (page: Page, text: string) => page.locator('.timeline .entry', { hasText: text })

test('the desk in the real browser', { timeout: 170_000 }, async (t) => {
  const clock = jumpingClock()
  await using desk = await openDesk({ clock })
  await using browser = await launchBrowser()
  const { sandbox } = desk

  /** What GitLab's own books say of a ticket, once it knows everything. */
  const books = async (iid: number) => {
    await desk.settled(iid)
    return {
      issue: sandbox.issue(iid),
      raised: sandbox
        .labelEvents(iid)
        .filter(({ label, action }) => label === 'level::2' && action === 'add'),
      branches: sandbox.branches().filter(({ name }) => name.startsWith(`${iid}-`)),
      // What Service Desk notes when it takes a ticket over is not ours.
      notes: sandbox.notes(iid).filter(({ body }) => body.includes('<!-- belay')),
    }
  }
  const titled = (title: string) => sandbox.issues().filter((issue) => issue.title === title)

  /** A second press comes when the first one is on its way and GitLab, and with it the answer, takes its time. */
  const press = async (page: Page, button: Locator, presses: Presses) => {
    if (presses === 'once') return button.click()
    let sent = 0
    const count = (request: Request) => {
      if (request.method() === 'POST') sent += 1
    }
    page.on('request', count)
    sandbox.faults([{ kind: 'slow', ms: 300, path: '^/api/' }])
    await button.scrollIntoViewIfNeeded()
    const { x, y, width, height } = (await button.boundingBox()) ?? assert.fail('there is no button')
    const leaving = page.waitForRequest((request) => request.method() === 'POST')
    const arriving = page.waitForEvent('framenavigated')
    await page.mouse.click(x + width / 2, y + height / 2)
    await leaving
    await page.mouse.click(x + width / 2, y + height / 2)
    await arriving
    sandbox.faults([])
    assert.equal(sent, presses === 'twice, and the second one is sent' ? 2 : 1)
    page.off('request', count)
  }

  /** Chooses what to write, writes it, and presses the button. */
  const write = async (page: Page, tab: string, text: string, button: string, presses: Presses = 'once') => {
    await page.locator('.composer-tab', { hasText: tab }).click()
    const form = page.locator('form.writing:visible')
    await form.getByRole('textbox').fill(text)
    await press(page, form.getByRole('button', { name: button, exact: true }), presses)
  }

  /** As Ana, on the form. */
  const ask = async (page: Page, title: string, presses: Presses = 'once') => {
    await page.goto('/open-issue')
    await page.getByLabel('Title').fill(title)
    await page.getByLabel('What happened?').fill('It is for the second desk in room 2.14.')
    await page.getByLabel('Your name').fill('Ana Souza')
    await page.getByLabel('Your e-mail address').fill('ana@school.example')
    await page.getByLabel('Files').setInputFiles(files)
    await press(page, page.getByRole('button', { name: 'Send ticket' }), presses)
    await page.waitForURL(/\/t\/[\w-]{43}$/u)
  }

  for (const scripts of [true, false]) {
    const title = scripts ? '[Hardware] Buying a new screen' : '[Hardware] Buying another screen'
    await t.test(`the main story ${scripts ? 'with scripts' : 'without any script'}`, async (whole) => {
      const story = inOrder(whole)
      const [ana, bruno, carla, davi] = await Promise.all([
        openTab(browser, desk.url, { ...onThePhone, locale: 'en' }, { scripts }),
        openTab(browser, desk.url, atTheDesk, { scripts }),
        openTab(browser, desk.url, atTheDesk, { scripts }),
        openTab(browser, desk.url, atTheDesk, { scripts }),
      ])
      const twice: Presses = scripts
        ? 'twice, and the second one does nothing'
        : 'twice, and the second one is sent'
      let number = 0
      let link = ''

      await story.test(
        'Ana opens a ticket with a file, presses Send twice, and gets one ticket',
        async () => {
          const before = sandbox.uploads().length
          await ask(ana.page, title, twice)
          link = ana.page.url()
          await ana.page.getByRole('heading', { name: title }).waitFor()
          const says = await ana.page.locator('.mine-number').innerText()
          assert.match(says, /Your ticket #\d+|on its way/u)
          const [issue, ...more] = await until(
            'GitLab has the ticket',
            () => titled(title),
            (all) => all.length > 0,
          )
          assert.equal(more.length, 0)
          number = issue?.iid ?? 0
          assert.equal((await books(number)).issue?.confidential, 1)
          assert.equal(sandbox.uploads().length, before + 2)
        },
      )

      await story.test("Bruno signs in on GitLab's page and finds it at Level 1", async () => {
        await bruno.page.goto('/issues')
        await bruno.page.getByRole('link', { name: 'Sign in with GitLab' }).click()
        await bruno.page.getByRole('button', { name: 'Bruno Berg' }).click()
        await bruno.page.getByRole('heading', { level: 1, name: 'Level 1' }).waitFor()
        const row = bruno.page.getByRole('row', { name: title })
        assert.match(await row.innerText(), /Open[\s\S]*Hardware[\s\S]*Ana Souza[\s\S]*Nobody/u)
        await row.getByRole('link').click()
        await bruno.page.waitForURL(`/issues/${number}`)
        await bruno.page.getByRole('heading', { level: 1, name: title }).waitFor()
      })

      await story.test('Bruno sees the picture that Ana sent and gets the other file', async () => {
        const shown = await bruno.page.getByRole('link', { name: 'my desk.png' }).getAttribute('href')
        const answer = await bruno.context.request.get(shown ?? '')
        assert.equal(answer.headers()['content-type'], 'image/png')
        assert.deepEqual(await answer.body(), picture)
        const coming = bruno.page.waitForEvent('download')
        await bruno.page.getByRole('link', { name: 'messages.log' }).click()
        const download = await coming
        assert.equal(download.suggestedFilename(), 'messages.log')
        const chunks: Buffer[] = []
        for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer)
        assert.equal(Buffer.concat(chunks).toString(), 'no signal')
      })

      await story.test('Bruno replies to Ana with two presses, and she is written to once', async () => {
        await write(bruno.page, 'Reply', 'Would 27 inches be all right?', 'Send to Ana Souza', twice)
        await bruno.page.locator('.flash').waitFor()
        assert.equal(await told(bruno.page, 'Would 27 inches be all right?').count(), 1)
        const { notes } = await books(number)
        assert.deepEqual(
          notes.map(({ internal }) => internal),
          [0],
        )
        assert.match(notes[0]?.body ?? '', /^Bruno Berg:[\s\S]*Would 27 inches be all right\?/u)
      })

      await story.test('Bruno writes an internal note, which says that Ana does not see it', async () => {
        await bruno.page.locator('.composer-tab', { hasText: 'Internal note' }).click()
        await bruno.page.getByText('Only agents see this. Ana Souza does not.').waitFor()
        await write(bruno.page, 'Internal note', 'Two are left in the store room.', 'Save internal note')
        await told(bruno.page, 'Two are left in the store room.').waitFor()
        assert.match(await told(bruno.page, 'Two are left').innerText(), /only agents see this/iu)
        assert.deepEqual(
          (await books(number)).notes.map(({ internal }) => internal),
          [0, 1],
        )
      })

      await story.test(
        'Bruno escalates with two presses: once Level 2, one branch, named on the page',
        async () => {
          await write(bruno.page, 'Escalate', 'May I order one?', 'Escalate to Level 2', twice)
          await bruno.page.locator('.flash').waitFor()
          assert.match(await bruno.page.locator('.ladder [aria-current]').innerText(), /^Level 2/u)
          const { issue, raised, branches, notes } = await books(number)
          assert.deepEqual(issue?.labels, ['hardware', 'level::2'])
          assert.equal(raised.length, 1)
          assert.deepEqual(
            branches.map(({ name }) => name),
            [`${number}-confidential-issue`],
          )
          assert.deepEqual(
            notes.map(({ internal }) => internal),
            [0, 1, 1],
          )
          await bruno.page.goto(`/issues/${number}`)
          assert.equal(await bruno.page.locator('.branch code').innerText(), `${number}-confidential-issue`)
          assert.equal(await told(bruno.page, 'May I order one?').count(), 1)
        },
      )

      await story.test('Carla finds it under Level 2, takes it and resolves it with an answer', async () => {
        await signIn(carla.page, 'carla')
        await carla.page.getByRole('link', { name: /^Level 2/u }).click()
        await carla.page.getByRole('heading', { level: 1, name: 'Level 2' }).waitFor()
        await carla.page.getByRole('link', { name: title }).click()
        await carla.page.getByRole('button', { name: 'Take it' }).click()
        await told(carla.page, 'Carla Conti took this').waitFor()
        await write(carla.page, 'Resolve', 'It is ordered and comes on Friday.', 'Send answer and resolve')
        await carla.page.locator('.ticket-standing', { hasText: 'Resolved' }).waitFor()
        const { issue, notes } = await books(number)
        assert.equal(issue?.state, 'closed')
        assert.equal(issue?.assignee_id, sandbox.users().find(({ username }) => username === 'carla')?.id)
        assert.deepEqual(
          notes.map(({ internal }) => internal),
          [0, 1, 1, 0],
        )
      })

      await story.test('Davi sees it resolved in the list, and in the timeline who did what', async () => {
        await signIn(davi.page, 'davi')
        await davi.page.getByRole('link', { name: /^Resolved/u }).click()
        const row = davi.page.getByRole('row', { name: title })
        assert.match(await row.innerText(), /Resolved[\s\S]*Carla Conti/u)
        await row.getByRole('link').click()
        await davi.page.waitForURL(`/issues/${number}`)
        const lines = await davi.page.locator('.timeline .entry-head').allInnerTexts()
        const deeds = [
          'Ana Souza asked',
          'Bruno Berg replied',
          'Bruno Berg noted',
          'Bruno Berg escalated',
          'Carla Conti took',
          'Carla Conti resolved',
        ]
        assert.deepEqual(
          lines
            .map((line) => deeds.find((deed) => line.replaceAll(/\s+/gu, ' ').startsWith(deed)) ?? line)
            .filter((line) => !line.includes('branch')),
          deeds,
        )
      })

      await story.test(
        'Ana reads on her page that it is resolved, and nothing that agents said among themselves',
        async () => {
          await ana.page.goto(link)
          await ana.page.getByRole('heading', { name: 'Solved on' }).waitFor()
          const text = await ana.page.locator('body').innerText()
          assert.doesNotMatch(text, /store room|May I order/u)
        },
      )

      await story.test('the browser never complained', async () => {
        assert.deepEqual(
          [ana, bruno, carla, davi].flatMap((tab) => tab.troubles()),
          [],
        )
        await Promise.all([ana, bruno, carla, davi].map(({ context }) => context.close()))
      })
    })
  }

  await t.test('Carla hands a ticket back, and Bruno finds it at Level 1 again', async () => {
    const [ana, bruno, carla] = await Promise.all([
      openTab(browser, desk.url, atTheDesk),
      openTab(browser, desk.url, atTheDesk),
      openTab(browser, desk.url, atTheDesk),
    ])
    await ask(ana.page, 'A cable is missing')
    const iid = titled('A cable is missing')[0]?.iid ?? 0
    await signIn(bruno.page, 'bruno', `/issues/${iid}`)
    await write(bruno.page, 'Escalate', '', 'Escalate to Level 2')
    await bruno.page.locator('.flash').waitFor()
    await signIn(carla.page, 'carla', `/issues/${iid}`)
    await write(carla.page, 'Hand back', 'It lies in your drawer.', 'Hand back to Level 1')
    await told(carla.page, 'Carla Conti handed this back to Level 1').waitFor()
    assert.deepEqual((await books(iid)).issue?.labels, ['level::1'])
    await bruno.page.goto('/issues?view=level-1')
    await bruno.page.getByRole('link', { name: 'A cable is missing' }).waitFor()
    for (const { context } of [ana, bruno, carla]) await context.close()
  })

  await t.test('what scripts add for those who live here', async (extra) => {
    const ana = await openTab(browser, desk.url, atTheDesk)
    const bruno = await openTab(browser, desk.url, atTheDesk)
    const { page } = bruno
    for (const title of ['The beamer hums', 'The door bell is silent', 'The projector shows stripes'])
      await ask(ana.page, title)
    const iid = titled('The beamer hums')[0]?.iid ?? 0
    await signIn(page, 'bruno')
    const focused = () => page.locator(':focus')

    await extra.test('j and k walk through the queue, o opens the ticket', async () => {
      await page.goto('/issues')
      const titles = await page.locator('.c-title a').allInnerTexts()
      assert.ok(titles.length >= 3)
      await page.keyboard.press('j')
      assert.equal(await focused().innerText(), titles[0])
      await page.keyboard.press('j')
      await page.keyboard.press('j')
      assert.equal(await focused().innerText(), titles[2])
      await page.keyboard.press('k')
      assert.equal(await focused().innerText(), titles[1])
      await page.keyboard.press('o')
      await page.waitForURL(/\/issues\/\d+$/u)
      await page.getByRole('heading', { level: 1, name: titles[1] ?? '' }).waitFor()
    })

    await extra.test(
      '/ goes to the search, ? shows the keys, and in a field they are only signs',
      async () => {
        await page.goto('/issues')
        await page.keyboard.press('/')
        assert.equal(await focused().getAttribute('name'), 'q')
        await page.keyboard.type('beamer?j')
        assert.equal(await page.locator('#q').inputValue(), 'beamer?j')
        assert.equal(await page.locator('#keys').isVisible(), false)
        await page.keyboard.press('Backspace')
        await page.keyboard.press('Backspace')
        await page.keyboard.press('Enter')
        await page.waitForURL(/[?&]q=beamer(&|$)/u)
        assert.deepEqual(await page.locator('.c-title a').allInnerTexts(), ['The beamer hums'])
        await page.keyboard.press('?')
        await page.locator('#keys').getByText('Next ticket').waitFor()
        await page.keyboard.press('Escape')
        await page.locator('#keys').waitFor({ state: 'hidden' })
      },
    )

    await extra.test('on a ticket r, n and e begin to write, and Ctrl+Enter sends', async () => {
      await page.goto(`/issues/${iid}`)
      for (const [key, field] of [
        ['e', 'text-escalate'],
        ['r', 'text-reply'],
        ['n', 'text-note'],
      ] as const) {
        await page.keyboard.press(key)
        assert.equal(await focused().getAttribute('id'), field)
        await page.keyboard.press('Escape')
      }
      await page.keyboard.press('n')
      await page.keyboard.type('Written without a mouse.')
      await page.keyboard.press('Control+Enter')
      await told(page, 'Written without a mouse.').waitFor()
      assert.equal((await books(iid)).notes.at(-1)?.internal, 1)
    })

    await extra.test(
      'what Bruno typed is still there when he comes back, and gone once it is sent',
      async () => {
        await page.goto(`/issues/${iid}`)
        await page.locator('.composer-tab', { hasText: 'Internal note' }).click()
        await page.locator('#text-note').fill('Half a thou')
        await page.locator('.ticket-way a').click()
        await page.waitForURL(/view=level-1/u)
        await page.goBack()
        await page.waitForURL(`/issues/${iid}`)
        assert.equal(await page.locator('#text-note:visible').inputValue(), 'Half a thou')
        const other = await bruno.context.newPage()
        await other.goto(`/issues/${iid}`)
        assert.equal(await other.locator('#text-note:visible').inputValue(), 'Half a thou')
        assert.equal(await other.locator('#text-reply').inputValue(), '')
        await write(other, 'Internal note', 'Half a thought, finished.', 'Save internal note')
        await told(other, 'Half a thought, finished.').waitFor()
        await other.goto(`/issues/${iid}`)
        assert.equal(await other.locator('#text-note').inputValue(), '')
        await other.close()
      },
    )

    await extra.test('what Ana typed is still there after a detour, but only in her tab', async () => {
      await ana.page.goto('/open-issue')
      assert.equal(await ana.page.getByLabel('What happened?').inputValue(), '')
      await ana.page.getByLabel('What happened?').fill('A long story about a chair')
      await ana.page.goto('/sign-in')
      await ana.page.goto('/open-issue')
      assert.equal(await ana.page.getByLabel('What happened?').inputValue(), 'A long story about a chair')
      const next = await ana.context.newPage()
      await next.goto('/open-issue')
      assert.equal(await next.getByLabel('What happened?').inputValue(), '')
      await next.close()
    })

    await extra.test('while Bruno types a title, open tickets that sound alike appear', async () => {
      await page.goto('/open-issue')
      await page.getByLabel('Title').pressSequentially('Beamer')
      await page
        .locator('#similar')
        .getByRole('link', { name: /The beamer hums/u })
        .waitFor()
    })

    await extra.test('a pill says that another ticket has come, and one press shows it', async () => {
      const watching = await bruno.context.newPage()
      await watching.clock.install()
      await watching.goto('/issues?view=level-1')
      const pill = watching.locator('[data-news]')
      assert.equal(await pill.isVisible(), false)
      const { page: form } = await openTab(browser, desk.url, atTheDesk)
      await ask(form, 'The kettle is broken')
      await watching.clock.runFor(15_000)
      await pill.getByText('1 new').waitFor()
      assert.match(await watching.title(), /^\(1\) /u)
      await pill.click()
      await watching.getByRole('link', { name: 'The kettle is broken' }).waitFor()
      assert.equal(await pill.isVisible(), false)
      await form.context().close()
      await watching.close()
    })

    await extra.test('the browser never complained', async () => {
      assert.deepEqual([...bruno.troubles(), ...ana.troubles()], [])
      await Promise.all([ana.context.close(), bruno.context.close()])
    })
  })

  await t.test(
    'GitLab is away: Ana is told that it is saved, and it arrives when GitLab is back',
    async () => {
      const ana = await openTab(browser, desk.url, { ...onThePhone, locale: 'en' })
      const bruno = await openTab(browser, desk.url, atTheDesk)
      await signIn(bruno.page, 'bruno')
      sandbox.faults([{ kind: 'status', status: 502, path: '^/api/' }])
      await ask(ana.page, 'Asked in the dark')
      await ana.page.getByRole('heading', { name: 'We have it' }).waitFor()
      await ana.page.getByText('on its way').waitFor()
      await bruno.page.goto('/issues?view=level-1')
      await bruno.page.getByRole('link', { name: 'Asked in the dark' }).click()
      await bruno.page.locator('h1', { hasText: 'on its way' }).waitFor()
      await write(bruno.page, 'Reply', 'We see you.', 'Send to Ana Souza')
      await bruno.page.locator('.flash-saved').waitFor()
      assert.equal(titled('Asked in the dark').length, 0)

      sandbox.faults([])
      sandbox.advance(120_000)
      clock.jump(120_000)
      const [issue] = await until(
        'the ticket arrives',
        () => titled('Asked in the dark'),
        (all) => all.length > 0,
      )
      await ana.page.reload()
      await ana.page.getByText(`Your ticket #${issue?.iid}`).waitFor()
      const { notes } = await books(issue?.iid ?? 0)
      assert.equal(titled('Asked in the dark').length, 1)
      assert.equal(notes.filter(({ body }) => body.includes('We see you.')).length, 1)
      await bruno.page.reload()
      await bruno.page.waitForURL(`/issues/${issue?.iid}`)
      assert.equal(await bruno.page.locator('.operations').count(), 0)
      assert.deepEqual([...ana.troubles(), ...bruno.troubles()], [])
    },
  )
})

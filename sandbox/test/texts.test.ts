import assert from 'node:assert/strict'
import { test } from 'node:test'
import { extractCommands, redactCommands } from '../src/work/quick-actions.ts'
import { findReferences } from '../src/work/references.ts'
import { open, openDesk } from './support/desk.ts'

const names = (source: string) => extractCommands(source).commands.map((command) => command.name)

test('a command is a known name behind a slash that is the first character of a line', () => {
  assert.deepEqual(names('/close'), ['close'])
  assert.deepEqual(names('hello\r\n/CLOSE\r\n/label ~a'), ['close', 'label'])
  for (const harmless of [
    ' /close',
    '\\/close',
    '\u2060/close',
    '> /close',
    '/closed',
    '/etc/hosts',
    'see /close',
    '/ close',
  ]) {
    assert.deepEqual(names(harmless), [], harmless)
  }
})

test('commands in closed fences, quotes, HTML blocks and inline code do nothing, in an open fence they do', () => {
  assert.deepEqual(names('```\n/close\n```'), [])
  assert.deepEqual(names('~~~~ sh\n/close\n~~~~'), [])
  assert.deepEqual(names('>>>\n/close\n>>>'), [])
  assert.deepEqual(names('<pre>\n/close\n</pre>'), [])
  assert.deepEqual(names('`\n/close\n`'), [])
  assert.deepEqual(names('<!-- \n/close\n-->'), [])
  assert.deepEqual(names('```\n/close'), ['close'])
  assert.deepEqual(names('```\nx\n```\n/close'), ['close'])
})

test('a command behind a megabyte of openings is found all the same', () => {
  for (const opening of ['<a>\n', '```a\n', '<!--\n', '`` `\n', '>>>x\n', '~~~~\n~~~\n'])
    assert.deepEqual(names(`${opening.repeat(1_000_000 / opening.length)}\n/close`), ['close'], opening)
})

test('a command put into code is one no more, wherever it stands', () => {
  assert.equal(
    redactCommands('Hi\r\n/close\r\n/label  ~a \n/nope\nx /close'),
    'Hi\n`/close`\n`/label ~a`\n/nope\nx /close',
  )
  for (const text of ['/close', 'a ` b\n/close', '```\n/close', '<!--\n/close', '/assign @a `b` ```'])
    assert.deepEqual(names(redactCommands(text)), [], text)
  assert.equal(redactCommands('```\n/close\n```'), '```\n/close\n```')
})

const users = (text: string) => findReferences('http://gitlab.test', '', text).users

test('a mention counts outside code, escapes and addresses; in a title nothing protects', () => {
  assert.deepEqual(users('ask @carla, please'), ['carla'])
  for (const harmless of [
    '`@carla`',
    '```\n@carla\n```',
    '\\@carla',
    'mail carla@carla.example',
    '@\u2060carla',
    '<!-- @carla -->',
    '    @carla',
  ]) {
    assert.deepEqual(users(harmless), [], harmless)
  }
  assert.deepEqual(findReferences('http://gitlab.test', '`@carla`', '').users, ['carla'])
})

test('references are numbers, addresses of this GitLab and commits', () => {
  const found = findReferences(
    'http://gitlab.test',
    'like #1',
    'see demo/archive#2, !3, GL-4, http://gitlab.test/demo/helpdesk/-/issues/5, http://else.test/a/-/issues/6, 0123abcd and #7x',
  )
  assert.deepEqual(found.issues.map((issue) => issue.iid).sort(), [1, 2, 4, 5])
  assert.deepEqual(
    found.mergeRequests.map((request) => request.iid),
    [3],
  )
  assert.deepEqual(found.commits, ['0123abcd'])
})

test('mentions make to-dos for those who may read, and references leave a note on the other issue', async (t) => {
  const desk = await openDesk(t)
  const one = await open(desk)
  const two = await open(desk, {
    title: `like #${one}`,
    description: '@ana and @carla: see',
    confidential: true,
  })
  await desk.bot('POST', `/projects/1/issues/${two}/notes`, { body: '@bruno `@davi`', internal: true })
  assert.deepEqual(
    desk.sandbox.mentions().map((mention) => mention.user),
    ['ana', 'carla', 'bruno'],
  )
  assert.deepEqual(
    desk.sandbox.todos().map((todo) => [todo.user, todo.action]),
    [
      ['carla', 'directly_addressed'],
      ['bruno', 'directly_addressed'],
    ],
  )
  assert.deepEqual(
    desk.sandbox.crossReferences().map((ref) => ref.target),
    [`demo/helpdesk#${one}`],
  )
  assert.deepEqual(
    desk.sandbox.notes(one).map((note) => note.body),
    [`mentioned in issue #${two}`],
  )
  await desk.davi('POST', '/projects/1/members', { username: 'ana', access_level: 10 })
  assert.deepEqual((await desk.ana('GET', `/projects/1/issues/${one}/notes`)).body, [])
  assert.equal((await desk.bruno<unknown[]>('GET', `/projects/1/issues/${one}/notes`)).body.length, 1)
})

test('@all calls every member', async (t) => {
  const desk = await openDesk(t)
  await open(desk, { description: 'hello @all' })
  assert.deepEqual(
    desk.sandbox
      .todos()
      .map((todo) => todo.user)
      .sort(),
    ['bruno', 'carla', 'davi'],
  )
})

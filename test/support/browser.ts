// A real Chromium for tests, on machines that have none. The package @sparticuz/chromium carries the program, the
// libraries it misses on a bare Debian and one font; its own unpacking writes to fixed places in the temporary
// folder, which two test files at once would break, so it is unpacked here, once, under .belay/chromium.

import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliDecompressSync } from 'node:zlib'
import { type Browser, chromium } from 'playwright-core'

const root = fileURLToPath(new URL('../..', import.meta.url))
const packed = path.join(root, 'node_modules/@sparticuz/chromium')

/** Chromium asks its maker's hosts for updates and more at every start; nothing here may leave the machine. */
const quiet = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--disable-quic',
  '--disable-gpu',
  '--font-render-hinting=none',
]

/** Where the package does not fit (it is for Linux on x64 only), whatever the machine has. */
const installed = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

/** The caller closes it, best with `await using`; it also ends with the test's process, even a killed one. */
export async function launchBrowser(): Promise<Browser> {
  const own = process.platform === 'linux' && process.arch === 'x64' ? unpack() : undefined
  const executablePath = own?.program ?? installed.find((file) => existsSync(file))
  if (executablePath === undefined)
    throw new Error(
      `No Chromium for ${process.platform} on ${process.arch}: install it, any recent one will do.`,
    )
  return chromium.launch({
    executablePath,
    args: quiet,
    // Chromium's sandbox refuses to run as root, and the pages are our own.
    chromiumSandbox: false,
    ...(own === undefined ? {} : { env: { ...stringsOf(process.env), ...own.env } }),
  })
}

function unpack(): { program: string; env: Record<string, string> } {
  const { version } = JSON.parse(readFileSync(path.join(packed, 'package.json'), 'utf8')) as {
    version: string
  }
  const home = path.join(root, '.belay/chromium', version)
  const unpacked = {
    program: path.join(home, 'chromium'),
    env: { LD_LIBRARY_PATH: path.join(home, 'lib'), FONTCONFIG_FILE: path.join(home, 'fonts.conf') },
  }
  if (existsSync(home)) return unpacked
  mkdirSync(path.dirname(home), { recursive: true })
  // Aside first, then renamed: nobody ever sees half a browser, and of several at once the first one counts.
  const aside = mkdtempSync(`${home}-`)
  try {
    const open = (name: string) => brotliDecompressSync(readFileSync(path.join(packed, 'bin', name)))
    writeFileSync(path.join(aside, 'chromium'), open('chromium.br'), { mode: 0o755 })
    for (const name of ['al2023.tar.br', 'fonts.tar.br', 'swiftshader.tar.br'])
      execFileSync('tar', ['-xf', '-', '-C', aside], { input: open(name) })
    writeFileSync(path.join(aside, 'fonts.conf'), fontsConfiguration(home))
    renameSync(aside, home)
  } catch (error) {
    rmSync(aside, { recursive: true, force: true })
    if (!existsSync(home)) throw error
  }
  return unpacked
}

/** Open Sans comes with the package, so that text looks the same on every machine; other fonts only fill its gaps. */
function fontsConfiguration(home: string): string {
  const preferOpenSans = ['sans-serif', 'system-ui', 'serif', 'monospace'].map((family) => {
    const first = family === 'monospace' ? '<family>DejaVu Sans Mono</family>' : ''
    return `<alias><family>${family}</family><prefer>${first}<family>Open Sans</family></prefer></alias>`
  })
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${home}/fonts</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>${home}/fonts-cache</cachedir>
  ${preferOpenSans.join('\n  ')}
</fontconfig>
`
}

function stringsOf(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
}

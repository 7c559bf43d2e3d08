// Raw mails for tests, line by line as a server would hand them over.

/** Headers that are given twice are written twice. */
export function rawMail(
  headers: Readonly<Record<string, string | readonly string[]>>,
  body: string | Buffer = 'My screen stays black.',
): Buffer {
  const all = {
    From: 'Ana Alves <ana@example.com>',
    To: 'desk@example.com',
    Subject: 'Screen broken',
    'Message-ID': '<one@example.com>',
    Date: 'Mon, 05 Oct 2026 10:00:00 +0200',
    ...headers,
  }
  const lines = Object.entries(all).flatMap(([name, values]) =>
    (typeof values === 'string' ? [values] : values).map((value) => `${name}: ${value}`),
  )
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), Buffer.from(body)])
}

export const multipart = (
  type: string,
  parts: readonly { readonly headers: string; readonly body: string }[],
): { readonly headers: Record<string, string>; readonly body: string } => ({
  headers: { 'MIME-Version': '1.0', 'Content-Type': `multipart/${type}; boundary="b-1"` },
  body: `${parts.map(({ headers, body }) => `--b-1\r\n${headers}\r\n\r\n${body}\r\n`).join('')}--b-1--\r\n`,
})

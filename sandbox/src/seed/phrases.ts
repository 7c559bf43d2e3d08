/** What the filled desk is written with. */

type Some<T> = readonly [T, ...T[]]

export const categories = { hardware: 'Hardware', 'gitlab-account': 'Gitlab Account' } as const

export const things: Record<'hardware' | 'gitlab-account' | 'other', Some<string>> = {
  hardware: [
    'Laptop',
    'Screen',
    'Docking station',
    'Printer',
    'Scanner',
    'Projector',
    'Headset',
    'Keyboard',
    'Mouse',
    'Tablet',
    'Webcam',
    'Label printer',
    'Meeting panel',
    'Telephone',
    'Charger',
    'Drucker',
    'Bildschirm',
    'Beamer',
  ],
  'gitlab-account': [
    'GitLab sign-in',
    'Two-factor code',
    'SSH key',
    'Access to the group',
    'Personal token',
    'GitLab password',
    'Push to the project',
    'Invitation',
    'GitLab-Zugang',
    'Runner',
    'Pipeline',
  ],
  other: [
    'Wi-Fi',
    'VPN',
    'Shared drive',
    'Calendar',
    'Mailbox',
    'WLAN',
    'Video call',
    'Intranet page',
    'Badge',
  ],
}

export const troubles: Some<string> = [
  'does not work',
  'is very slow',
  'stopped after the update',
  'is needed for a new colleague',
  'shows an error',
  'is refused',
  'keeps dropping out',
  'works only sometimes',
  'has to be replaced',
  'is missing',
  'geht nicht mehr',
  'asks for a password again and again',
  'is not found',
]

export const places: Some<string> = [
  'room 0.03',
  'room 1.07',
  'room 2.14',
  'room 3.01',
  'the library',
  'the canteen',
  'building C',
  'the front desk',
  'the workshop',
  'home office',
  'the lab',
  'Aula',
  'Lehrerzimmer',
  'the second floor',
  'the warehouse',
]

export const senders: Some<string> = [
  'lena',
  'tom',
  'sara',
  'yusuf',
  'nina',
  'paul',
  'ida',
  'max',
  'olga',
  'ben',
]

export const questions: Some<string> = [
  'It worked yesterday, and I did not change anything.',
  'I have already restarted it twice, without success.',
  'My colleague next door has the same problem since this morning.',
  'It is rather urgent: we have visitors this afternoon.',
  'There is no hurry, but it would be nice to have it before the holidays.',
  'The message disappears before I can read it.',
  'Ich habe schon alles neu gestartet, leider ohne Erfolg.',
  'Could somebody come by? I am here until four.',
  'It happens only when I am connected by cable.',
]

export const answers: Some<string> = [
  'Hello, we are looking into it and come back to you today.',
  'Please try again now; we have set it back on our side.',
  'A replacement is ordered and comes on Thursday.',
  'It is done. Please tell us if it happens again.',
  "This was caused by last night's update, and it is mended.",
  'Could you send us a screenshot of the message?',
  'Wir haben das Gerät getauscht, bitte probieren Sie es noch einmal.',
]

export const internals: Some<string> = [
  'Same cause as last week, see the wiki.',
  'Warranty ends next month: better swap it now.',
  'Checked the logs, nothing on our side.',
  'Called back, nobody there. Trying again tomorrow.',
  'Looks like the certificate again.',
]

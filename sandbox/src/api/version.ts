import { json } from '../http/answers.ts'
import { type Call, type Route, route } from '../http/call.ts'

const revision = 'be1a7000000'

const metadata = (call: Call) =>
  json(200, {
    version: call.world.version,
    revision,
    kas: { enabled: false, externalUrl: null, externalK8sProxyUrl: null, version: null },
    enterprise: false,
  })

export const versionRoutes: Route[] = [
  route('GET', '/version', (call) => json(200, { version: call.world.version, revision }), { scope: 'user' }),
  route('GET', '/metadata', metadata, { scope: 'user' }),
]
